"""Writing a run while it is measured, so that whatever ends it leaves what was finished.

run.json stands before anything is sent, and is replaced whole each time. A
measurement's samples come first and its line in measurements.jsonl last: where the
line is missing, the measurement was not finished.
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
from lab.results.appending import append
from lab.results.measurement import Measurement, Process

SCHEMA = 1
RUNNING, COMPLETE, INTERRUPTED, FAILED = STATES = ("running", "complete", "interrupted", "failed")

CUT_OFF = "it was cut off: the process that measured has ended without a word"

_RESERVE = ".reserve"
_RESERVE_BYTES = 512 * 1024
_OF_TABLES = {"rows", "counts"}


class Writer:
    """A new run's folder; `metadata` is run.json without schema, state, reason and times.

    Every method raises OSError where the disk is full; what was written before is
    intact then, and `close` still finds room for its own words.
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
        # Room for the last word of a run that fills the disk; locked as long as this process lives.
        (path / _RESERVE).write_bytes(b"\0" * _RESERVE_BYTES)
        self._reserve = os.open(path / _RESERVE, os.O_RDWR)  # NFS locks no file that is only read
        with suppress(OSError):  # it only helps who reads a run that was cut off
            fcntl.flock(self._reserve, fcntl.LOCK_EX)

    def tell(self, **metadata: Any) -> None:
        """Put what became known into run.json."""
        self._metadata |= metadata
        self._store()

    def note(self, sentence: str) -> None:
        """One more sentence on what did not go as usual."""
        self.tell(notes=[*self._metadata.get("notes", ()), sentence])

    def add(self, measurement: Measurement) -> None:
        """Put a finished measurement behind the others."""
        place = (measurement.cell, measurement.repeat)
        self._append(folder.SAMPLES, tables.SAMPLES, tables.sample_lines(place, measurement.rows))
        self._append(folder.COUNTS, tables.COUNTS, tables.count_lines(place, measurement.counts))
        line = json.dumps(_line(measurement), ensure_ascii=False, allow_nan=False) + "\n"
        append(self.path / folder.MEASUREMENTS, line.encode())

    def close(self, state: str, reason: str = "", **metadata: Any) -> None:
        """Say how it ended, and what else is known by then; nothing can be added after that."""
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
    """Whether the process that writes this run is alive, or nobody can tell."""
    try:
        with (path / _RESERVE).open("rb") as reserve:
            fcntl.flock(reserve, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # it is locked, or this file system knows no locks
        return True
    return False


def _line(measurement: Measurement) -> dict[str, Any]:
    """A measurement without what stands in tables."""
    return {
        each.name: _plain(getattr(measurement, each.name))
        for each in fields(measurement)
        if each.name not in _OF_TABLES
    }


def _plain(value: Any) -> Any:
    """Processes as JSON has them; all else is so already."""
    if isinstance(value, tuple | list):
        return [asdict(each) if isinstance(each, Process) else each for each in value]
    return value
