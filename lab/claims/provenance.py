"""Which runs of a report count: those of clean sources, with equal definitions.

A run stores hashes of its sources (lab/results/sources.py) and of the readings of the claims that
it decides. A run that was measured later may stand beside older ones as long as these agree.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from lab.experiments import catalogue, experiment_file
from lab.experiments.toml_table import ExperimentFileError
from lab.results import sources
from lab.results.reading import Run
from lab.rounded import listed

SHARED = (
    *("flask-svc", "fastapi-svc", "mock-upstream", "postgres"),
    *("driver", "measuring", "locks"),
)
"""Sources that must be the same in all runs of a report."""
MOST_NAMED = 3


def problems(runs: Sequence[Run]) -> dict[str, str]:
    """Return why a run does not count, by the number of its experiment; "" where it counts.

    The text is a part of a sentence, such as "was measured from changed sources: ...".
    """
    common = _common(runs)
    return {run.experiment.number: _problem(run, common) for run in runs}


def hashes(runs: Sequence[Run]) -> dict[str, frozenset[str]]:
    """Return the hashes of the readings for which the runs were made, by claim."""
    found: dict[str, set[str]] = {}
    for run in runs:
        for id, value in (run.metadata.get("claims") or {}).items():
            found.setdefault(id, set()).add(value)
    return {id: frozenset(values) for id, values in found.items()}


def _problem(run: Run, common: Mapping[str, str]) -> str:
    own = run.metadata.get("sources")
    if not own:
        return "does not say from which sources it was measured"
    if changed := (run.metadata.get("git") or {}).get("changed_sources"):
        named = [*changed[:MOST_NAMED], *(["others"] if len(changed) > MOST_NAMED else [])]
        return f"was measured from changed sources: {listed(named)}"
    definition = _definition(run)
    if definition and own.get(sources.EXPERIMENT) != definition:
        return "was measured with another definition than today's"
    differing = [name for name in SHARED if own.get(name, "") != common[name]]
    if differing:
        return f"was measured with another {listed(differing)} than the other experiments"
    return ""


def _definition(run: Run) -> str:
    # A report may be read where the experiment's file does not exist, or is another one.
    try:
        return experiment_file.read(catalogue.find(run.experiment.name)).definition
    except ExperimentFileError:
        return ""


def _common(runs: Sequence[Run]) -> dict[str, str]:
    # The commonest hash of each source; of two that are as common, the one that came first.
    found = [run.metadata.get("sources") or {} for run in runs]
    return {
        name: next(
            iter(Counter(each[name] for each in found if name in each).most_common(1)), ("",)
        )[0]
        for name in SHARED
    }
