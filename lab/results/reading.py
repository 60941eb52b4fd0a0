"""Reading a run, whatever ended it: all measurements that were finished."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lab.experiments.experiment import Experiment
from lab.results import described, folder, members, tables
from lab.results.measurement import Measurement, Process
from lab.results.writing import (
    COMPLETE,
    CUT_OFF,
    INTERRUPTED,
    RUNNING,
    SCHEMA,
    is_being_written,
)

Table = TypeVar("Table")


class RunUnreadableError(Exception):
    """The folder holds no run that can be read; names the file, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder has it. `metadata` is run.json (docs/results.md)."""

    folder: Path
    metadata: Mapping[str, Any]
    experiment: Experiment
    measurements: Sequence[Measurement]

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be measured has been."""
        return bool(self.metadata["state"] == COMPLETE)

    def of(self, cell: str) -> list[Measurement]:
        """The measurements of that cell, in the order of its repeats."""
        return [each for each in self.measurements if each.cell == cell]


def is_run(path: Path) -> bool:
    """Whether there is a run in that folder."""
    return (path / folder.RUN).is_file()


def skipped(path: Path) -> tuple[str, str] | None:
    """Name of the experiment and the reason, where it was not run; None where it was.

    Raises RunUnreadableError.
    """
    if not (path / folder.SKIPPED).is_file():
        return None
    found = _object(path / folder.SKIPPED)
    return str(found["experiment"]), str(found["reason"])


def read(path: Path) -> Run:
    """The run in that folder. Raises RunUnreadableError."""
    if not is_run(path):
        raise RunUnreadableError(f"{path}: no {folder.RUN} there: expected the folder of a run")
    metadata = _object(path / folder.RUN)
    if metadata.get("schema") != SCHEMA:
        raise RunUnreadableError(
            f"{path / folder.RUN}: schema {metadata.get('schema')!r}: this lab reads {SCHEMA}"
        )
    try:
        experiment = described.rebuilt(metadata["experiment"])
        metadata["state"], metadata["reason"]
    except (KeyError, TypeError, AttributeError) as problem:
        raise RunUnreadableError(
            f"{path / folder.RUN}: not as this lab writes it: {problem}"
        ) from None
    if metadata["state"] == RUNNING and not is_being_written(path):
        metadata |= {"state": INTERRUPTED, "reason": CUT_OFF}
    return Run(path, metadata, experiment, _measurements(path, experiment))


def _measurements(path: Path, experiment: Experiment) -> list[Measurement]:
    lines = _lines(path / folder.MEASUREMENTS)
    named = {cell.id: (cell.shape, cell.route) for cell in experiment.cells}
    rows = _table(path / folder.SAMPLES, lambda text: tables.samples(text, named))
    counts = _table(path / folder.COUNTS, tables.counts)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            place = (line["cell"], line["repeat"])
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
        except (KeyError, TypeError) as problem:
            raise RunUnreadableError(
                f"{path / folder.MEASUREMENTS}: line {number}: not as this lab writes it: {problem}"
            ) from None
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    """The complete lines; one that was cut off is the last, and left out."""
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
