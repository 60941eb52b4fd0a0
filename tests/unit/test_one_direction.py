"""Imports go one way: a package knows those before it, and none after it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from lab.environment import ROOT

# A line reads: definition, results, verdicts, running, report.
ORDER = (
    *("lab.rounded", "lab.terminal", "lab.environment", "lab.child_process"),
    *("lab.setting_values", "lab.theory", "lab.processor_time"),
    *("lab.samples", "lab.lanes", "lab.targets", "lab.addresses", "lab.upstream_wait"),
    *("lab.user_kinds", "lab.server_shape", "lab.attendee"),
    *("lab.experiments", "lab.results", "lab.verdicts", "lab.claims", "lab.charts", "lab.live"),
    *("lab.driver", "lab.burst", "lab.runtime", "lab.running", "lab.report", "lab.compare"),
    *("lab.plan", "lab.demo", "lab.doctor", "lab.command", "lab.__main__"),
    *("bench", "workshop.membership", "workshop.exercises", "workshop.handouts"),
    *("workshop.bundle", "workshop.rehearsal", "workshop.command", "workshop.__main__"),
)
OURS = ("lab", "bench", "workshop")


def package(module: str) -> str:
    """The name in ORDER that a module belongs to."""
    first, *rest = module.split(".")
    return first if first == "bench" else ".".join([first, *rest[:1]])


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_no_import_goes_back_up() -> None:
    """Nor does a package miss from the order."""
    upward = []
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if own in ("lab.__init__", "workshop.__init__"):
                continue
            place = ORDER.index(package(own))
            for each in imports(path):
                if each.split(".")[0] in OURS and ORDER.index(package(each)) > place:
                    upward.append(f"{own} imports {each}")
    assert upward == []


def test_whatever_is_named_is_there() -> None:
    for name in ORDER:
        path = ROOT.joinpath(*name.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), name
