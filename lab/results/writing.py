"""Write a run while it is measured, so that finished measurements survive any end of the process.

run.json exists before the first request, and is replaced atomically. A measurement's rows are
written before its line in measurements.jsonl: where the line is missing, the measurement was not
finished.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from lab.results import folder, members, tables
from lab.results.measurement import Measurement, Process
from lab.results.members import append

SCHEMA = 2
RUNNING, COMPLETE, INTERRUPTED, FAILED = STATES = ("running", "complete", "interrupted", "failed")

CUT_OFF = "it was cut off: the measuring process ended without giving a reason"

_RESERVE = ".reserve"
_RESERVE_BYTES = 512 * 1024
_OF_TABLES = {"rows", "counts"}


class Writer:
    """A new run's folder. `metadata` is run.json without schema, state, reason and times.

    Every method raises OSError where the disk is full. Earlier content is intact then, and `close`
    frees 512 KiB for its own writing.
    """

    def __init__(self, path: Path, metadata: Mapping[str, Any]) -> None:
        self.path = path
        self._metadata: dict[str, Any] = {
            "schema": SCHEMA,
            **metadata,
            "state": RUNNING,
            "reason": "",
            "started_at": folder.now(),
            "ended_at": None,
        }
        path.mkdir(parents=True)
        self._store()
        # Space for the final state of a run that fills the disk. The lock lasts as long as this
        # process, and tells readers that the run is being written.
        (path / _RESERVE).write_bytes(b"\0" * _RESERVE_BYTES)
        # Open for writing, although only locked: NFS locks no file that is open for reading only.
        self._reserve = os.open(path / _RESERVE, os.O_RDWR)
        with suppress(OSError):  # without locks, a cut-off run looks as if it still ran
            fcntl.flock(self._reserve, fcntl.LOCK_EX)

    def tell(self, **metadata: Any) -> None:
        """Merge new metadata into run.json."""
        self._metadata |= metadata
        self._store()

    def note(self, sentence: str) -> None:
        """Append one sentence on something unusual to "notes" in run.json."""
        self.tell(notes=[*self._metadata.get("notes", ()), sentence])

    def add(self, measurement: Measurement) -> None:
        """Append a finished measurement."""
        place = (measurement.cell, measurement.series)
        self._append(folder.SAMPLES, tables.SAMPLES, tables.sample_lines(place, measurement.rows))
        self._append(folder.COUNTS, tables.COUNTS, tables.count_lines(place, measurement.counts))
        line = json.dumps(_line(measurement), ensure_ascii=False, allow_nan=False) + "\n"
        append(self.path / folder.MEASUREMENTS, line.encode())

    def close(self, state: str, reason: str = "", **metadata: Any) -> None:
        """Write the final state, its reason and further metadata. Nothing can be added after it."""
        os.close(self._reserve)
        (self.path / _RESERVE).unlink(missing_ok=True)
        self.tell(**metadata, state=state, reason=reason, ended_at=folder.now())

    def _append(self, name: str, columns: tuple[str, ...], lines: str) -> None:
        if lines:
            path = self.path / name
            begin = "" if path.exists() and path.stat().st_size else tables.header(columns)
            append(path, members.member(begin + lines))

    def _store(self) -> None:
        folder.replace(self.path / folder.RUN, self._metadata)


def is_being_written(path: Path) -> bool:
    """Return True where the process that writes this run is alive.

    Also where the file system has no locks, because the answer is unknown there.
    """
    try:
        with (path / _RESERVE).open("rb") as reserve:
            fcntl.flock(reserve, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # it is locked, or this file system knows no locks
        return True
    return False


def _line(measurement: Measurement) -> dict[str, Any]:
    return {
        each.name: _plain(getattr(measurement, each.name))
        for each in fields(measurement)
        if each.name not in _OF_TABLES
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [asdict(each) if isinstance(each, Process) else each for each in value]
    return value
