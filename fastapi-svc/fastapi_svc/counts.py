"""What each worker process counts while it serves, in memory that the supervisor reads.

A file that all processes of the service map has a row of numbers for each worker. A worker writes
its own row only, and the supervisor reads all of them, also while a worker is busy, blocked or
frozen. Without a supervisor there is no file, and nothing is counted.
"""

import fcntl
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from threading import Lock

FILE = "COUNTS_FILE"
ROWS = 2048
BEAT_S = 0.1
"""Seconds between two signs of life of an event loop."""
FIELDS = (
    *("pid", "beat_s", "lag_s", "serving", "answered", "threads", "waiting", "calls"),
    *("queries", "connections", "starts"),
)
"""The numbers of a row.

pid         process of the worker; 0 where the row is free
beat_s      time of the event loop's last sign of life, due each BEAT_S, on the monotonic clock
lag_s       the longest by which a sign of life was late in the last seconds
serving     requests that the app has begun and not ended, WebSockets with them
answered    requests that it has ended since the start
threads     threads of the pool for plain `def` routes that are busy
waiting     requests that the worker has taken and that wait for a thread
calls       calls to the upstream that have begun and not ended, those with them that wait for a
            connection of the client's pool
queries     queries to the database that have begun and not ended, those with them that wait for a
            connection of the pool
connections connections to the database that are lent
starts      workers that have had this row, one after the other

beat_s, lag_s, threads and waiting are NaN in a worker that has no event loop, or no such threads.
"""
PID, BEAT, LAG, SERVING, ANSWERED, THREADS, WAITING, CALLS, QUERIES, CONNECTIONS, STARTS = range(
    len(FIELDS)
)
_WIDTH = 8  # bytes of a double: whole numbers are exact up to 2 ** 53


class Row:
    """The numbers of this process; a thread may change them at any time."""

    def __init__(self, numbers: "memoryview[float]") -> None:
        self._numbers = numbers
        self._lock = Lock()

    def add(self, field: int, amount: float) -> None:
        """Add to one of the numbers, such as SERVING."""
        with self._lock:
            self._numbers[field] += amount

    def put(self, field: int, value: float) -> None:
        """Write one of the numbers."""
        self._numbers[field] = value

    def beat(self) -> None:
        """Note that the event loop runs."""
        self._numbers[BEAT] = time.monotonic()

    @contextmanager
    def during(self, field: int) -> Iterator[None]:
        """Count one more in `field` inside of the block."""
        self.add(field, 1)
        try:
            yield
        finally:
            self.add(field, -1)


class Table:
    """All rows of a service. The supervisor makes the file, each worker takes a row of it."""

    def __init__(self, path: Path) -> None:
        """Map the file of `path`. Raises OSError where there is none."""
        with path.open("r+b") as file:
            self._lock = os.dup(file.fileno())
            mapped = mmap.mmap(file.fileno(), _WIDTH * len(FIELDS) * ROWS)
        self._numbers = memoryview(mapped).cast("d")

    @classmethod
    def made(cls, path: Path) -> "Table":
        """Make an empty file at `path`, which is replaced if it exists, and map it."""
        path.unlink(missing_ok=True)
        with path.open("xb") as file:  # never what another user may have put there meanwhile
            file.write(bytes(_WIDTH * len(FIELDS) * ROWS))
        return cls(path)

    def rows(self) -> Iterator[dict[str, float]]:
        """Yield the numbers of each worker that lives, by field."""
        for numbers in self._used():
            if _lives(int(numbers[PID])):
                yield dict(zip(FIELDS, numbers.tolist(), strict=True))

    def starts(self) -> int:
        """Return how many workers have started since the file was made."""
        return sum(int(numbers[STARTS]) for numbers in self._used())

    def taken(self) -> Row:
        """Take the row of a worker that has ended, or a free one, for this process."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            for place in range(ROWS):
                numbers = self._at(place)
                if not numbers[PID] or not _lives(int(numbers[PID])):
                    numbers[STARTS] += 1
                    for field in range(1, STARTS):
                        numbers[field] = nan if field in (BEAT, LAG, THREADS, WAITING) else 0.0
                    numbers[PID] = os.getpid()
                    return Row(numbers)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        return _uncounted()

    def _used(self) -> "Iterator[memoryview[float]]":
        for place in range(ROWS):
            numbers = self._at(place)
            if not numbers[PID]:
                return  # rows are taken in order, so that none behind it is
            yield numbers

    def _at(self, place: int) -> "memoryview[float]":
        return self._numbers[place * len(FIELDS) : (place + 1) * len(FIELDS)]


def is_read() -> bool:
    """Whether there is a supervisor that reads the counts."""
    return FILE in os.environ


def own() -> Row:
    """Return the row of this process. Without a supervisor nobody reads it."""
    global _own
    if _own is None:
        _own = Table(Path(os.environ[FILE])).taken() if is_read() else _uncounted()
    return _own


def _uncounted() -> Row:
    return Row(memoryview(bytearray(_WIDTH * len(FIELDS))).cast("d"))


def _forget() -> None:
    global _own
    _own = None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_own: Row | None = None
# With --preload the app is there before the workers are, and each needs a row of its own.
os.register_at_fork(after_in_child=_forget)
