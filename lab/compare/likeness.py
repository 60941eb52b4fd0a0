"""Check that two runs are comparable: same experiment, machine, servers and load."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lab.experiments.behaviour import UNCHANGED
from lab.results import sources
from lab.results.reading import Run, commit

MACHINE = {"cores": "cores", "cpu": "CPU"}
SERVER = ("worker_class", "workers", "threads", "slots")
NOTHING = "nothing"


def unlike(a: Run, b: Run) -> list[str]:
    """Return reasons against comparing the two, each as "what: ... in A, ... in B"; [] if alike.

    The number of series and the experiment's texts may differ.
    """
    if a.experiment.name != b.experiment.name:
        return [_pair("experiment", a.experiment.name, b.experiment.name)]
    return [
        *_differing("", _place(a), _place(b)),
        *_differing("upstream ", _dial(a), _dial(b)),
        *_differing("shape ", _shapes(a), _shapes(b)),
        *_differing("server ", _servers(a), _servers(b)),
        *_differing("cell ", _cells(a), _cells(b)),
    ]


def worth_knowing(a: Run, b: Run) -> list[str]:
    """Return differences that do not forbid a comparison: versions, commit, sources, the end.

    They may be the very reason for the two runs.
    """
    return [
        *_differing("", _versions(a), _versions(b)),
        *_differing("", _origin(a), _origin(b)),
        *_other_sources(a, b),
        *_differing("", {"ended": a.metadata["state"]}, {"ended": b.metadata["state"]}),
    ]


def _place(run: Run) -> dict[str, Any]:
    machine = run.metadata.get("machine") or {}
    return {
        "runtime": run.metadata.get("runtime"),
        "shortened (QUICK=1)": "yes" if run.experiment.quick else "no",
        **{words: machine.get(name) for name, words in MACHINE.items()},
    }


def _dial(run: Run) -> dict[str, Any]:
    return {**UNCHANGED, **run.experiment.behaviour}


def _shapes(run: Run) -> dict[str, Any]:
    return {
        f"{each.name}{': ' if name else ''}{name}": value
        for each in run.experiment.shapes
        for name, value in {"": each.target, **each.settings}.items()
    }


def _servers(run: Run) -> dict[str, Any]:
    # The answer of /server shows settings that no experiment names, wherever they came from.
    return {
        f"{shape}: {name}": (server or {}).get(name)
        for shape, server in (run.metadata.get("servers") or {}).items()
        for name in SERVER
    }


def _cells(run: Run) -> dict[str, Any]:
    # Path and load in full; the id of a cell has only a part of them.
    found: dict[str, Any] = {}
    for cell in run.experiment.cells:
        found[cell.id] = cell.path
        found |= {f"{cell.id}: {name}": value for name, value in asdict(cell.load).items()}
    return found


def _versions(run: Run) -> dict[str, Any]:
    machine = run.metadata.get("machine") or {}
    return {
        **(run.metadata.get("versions") or {}),
        "Python": machine.get("python"),
        "kernel": machine.get("kernel"),
    }


def _origin(run: Run) -> dict[str, Any]:
    return {"commit": commit(run.metadata) or None}


def _other_sources(a: Run, b: Run) -> list[str]:
    # Runs of schema 1 have no hashes, so nothing is known of them.
    one, other = a.metadata.get("sources"), b.metadata.get("sources")
    if not one or not other:
        return []
    return [f"source {name}: not the same in A and B" for name in sources.differing(one, other)]


def _differing(prefix: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    # A cell that only one run has gives one line, not one more for each of its keys.
    missing = {name for name in {**a, **b} if name not in a or name not in b}
    for name in {**a, **b}:
        if any(name.startswith(f"{each}: ") for each in missing):
            continue
        if name in missing or a[name] != b[name]:
            yield _pair(prefix + name, a.get(name), b.get(name))


def _pair(what: str, a: Any, b: Any) -> str:
    return f"{what}: {_shown(a)} in A, {_shown(b)} in B"


def _shown(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"{value:g}" if isinstance(value, float) else str(value)
