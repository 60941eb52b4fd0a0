"""Read a run with all its finished measurements, however the run ended."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lab.experiments.experiment import Experiment
from lab.results import experiment_json, folder, members, schema_1, tables
from lab.results.measurement import Measurement, Process
from lab.results.writing import (
    COMPLETE,
    CUT_OFF,
    FAILED,
    INTERRUPTED,
    RUNNING,
    SCHEMA,
    is_being_written,
)

Table = TypeVar("Table")


class RunUnreadableError(Exception):
    """A run cannot be read; the message names the file and the problem."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run read from its folder. `metadata` is the content of run.json (docs/results.md)."""

    folder: Path
    metadata: Mapping[str, Any]
    experiment: Experiment
    measurements: Sequence[Measurement]

    @property
    def is_complete(self) -> bool:
        """Whether the run measured everything it planned."""
        return bool(self.metadata["state"] == COMPLETE)

    def of(self, cell: str) -> list[Measurement]:
        """Return the measurements of that cell, in the order in which they were written."""
        return [each for each in self.measurements if each.cell == cell]


def how_it_ended(state: str) -> str:
    """How an incomplete run ended, by its state: "was interrupted", "failed", "has not ended"."""
    return {INTERRUPTED: "was interrupted", FAILED: "failed"}.get(state, "has not ended")


def is_run(path: Path) -> bool:
    """Whether that folder holds a run (has a run.json)."""
    return (path / folder.RUN).is_file()


def runs(path: Path) -> list[Path]:
    """Return `path` if it is the folder of a run, else the runs inside it, sorted.

    Raises RunUnreadableError where there is none.
    """
    found = [path] if is_run(path) else runs_inside(path)
    if not found:
        raise RunUnreadableError(f"{path}: expected the folder of a run, or of a report with runs")
    return found


def runs_inside(report: Path) -> list[Path]:
    """Return the folders of the runs directly inside of `report`, sorted; [] for no folder."""
    return sorted(each for each in report.glob("*/") if is_run(each))


def commit(metadata: Mapping[str, Any]) -> str:
    """Commit of the lab that measured, such as "4f2a9c1b0d with changes"; "" where unknown."""
    git = metadata.get("git") or {}
    changed = " with changes" if git.get("changed") else ""
    return f"{git['commit'][:10]}{changed}" if git.get("commit") else ""


def skipped(path: Path) -> tuple[str, str] | None:
    """Return the experiment's name and the reason if it was skipped, else None.

    Raises RunUnreadableError where skipped.json is no readable JSON object.
    """
    if not (path / folder.SKIPPED).is_file():
        return None
    found = _object(path / folder.SKIPPED)
    return str(found["experiment"]), str(found["reason"])


def read(path: Path) -> Run:
    """Read the run in that folder.

    A run that claims to be running, but whose process is gone, is read as interrupted. Raises
    RunUnreadableError.
    """
    if not is_run(path):
        raise RunUnreadableError(f"{path}: no {folder.RUN} there: expected the folder of a run")
    metadata = _object(path / folder.RUN)
    schema = metadata.get("schema")
    if schema not in (schema_1.SCHEMA, SCHEMA):
        raise RunUnreadableError(
            f"{path / folder.RUN}: schema {schema!r}: "
            f"this version of the lab reads schemas {schema_1.SCHEMA} and {SCHEMA}"
        )
    try:
        if schema == schema_1.SCHEMA:
            metadata = schema_1.run(metadata)
        experiment = experiment_json.rebuilt(metadata["experiment"])
        metadata["state"], metadata["reason"]
    except (KeyError, TypeError, AttributeError) as problem:
        raise RunUnreadableError(f"{path / folder.RUN}: unexpected content: {problem}") from None
    if metadata["state"] == RUNNING and not is_being_written(path):
        metadata |= {"state": INTERRUPTED, "reason": CUT_OFF}
    return Run(path, metadata, experiment, _measurements(path, experiment))


def _measurements(path: Path, experiment: Experiment) -> list[Measurement]:
    lines = _lines(path / folder.MEASUREMENTS)
    named = {cell.id: (cell.shape, cell.route) for cell in experiment.cells}
    rows = _table(path / folder.SAMPLES, lambda text: tables.samples(text, named))
    counts = _table(path / folder.COUNTS, tables.counts)
    found = []
    for number, found_line in enumerate(lines, start=1):
        try:
            line = schema_1.renamed(found_line)
            place = (line["cell"], line["series"])
            processes = {
                name: tuple(Process(**each) for each in line.get(name, ()))
                for name in ("before", "held", "after")
            }
            found.append(
                Measurement(
                    **line | processes | {"answers": tuple(line.get("answers", ()))},
                    rows=tuple(rows.get(place, ())),
                    counts=counts.get(place, {}),
                )
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise RunUnreadableError(
                f"{path / folder.MEASUREMENTS}: line {number}: unexpected content: {problem}"
            ) from None
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    # Only the last line can be cut off: drop the text after the last newline.
    if not path.exists():
        return []
    *complete, _ = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(complete, start=1):
        try:
            found.append(json.loads(line))
        except ValueError as problem:
            raise RunUnreadableError(f"{path}: line {number}: {problem}") from None
    return found


def _table(path: Path, parse: Callable[[str], Table]) -> Table:
    try:
        return parse(members.read(path))
    except (zlib.error, ValueError) as problem:
        raise RunUnreadableError(f"{path}: {problem}") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RunUnreadableError(f"{path}: {problem}") from None
    if not isinstance(found, dict):
        raise RunUnreadableError(f"{path}: expected a JSON object")
    return found
