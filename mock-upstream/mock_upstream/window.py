"""A sliding window of values with exact percentiles (nearest rank).

Values are rounded to 0.01 ms and counted by value, so a percentile only walks over the
distinct values. Sorting 100,000 floats would delay the very answers whose lateness is
measured.
"""

from array import array
from collections import Counter
from collections.abc import Iterable
from math import ceil

SIZE = 100_000
PER_MS = 100


class Window:
    """The last `size` values, in milliseconds, 0 or greater."""

    __slots__ = ("_oldest", "_ring", "_size", "counts")

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._ring = array("I")
        self._oldest = 0
        self.counts: dict[int, int] = {}  # occurrences by value, in hundredths of a millisecond

    def add(self, value_ms: float) -> None:
        """Add a value in milliseconds; a full window drops its oldest value."""
        value = round(value_ms * PER_MS)
        if len(self._ring) < self._size:
            self._ring.append(value)
        else:
            self._forget(self._ring[self._oldest])
            self._ring[self._oldest] = value
            self._oldest = (self._oldest + 1) % self._size
        self.counts[value] = self.counts.get(value, 0) + 1

    def _forget(self, value: int) -> None:
        self.counts[value] -= 1
        if not self.counts[value]:
            del self.counts[value]


def percentiles_ms(windows: Iterable[Window]) -> dict[str, float] | None:
    """Return `{"p50": ms, "p99": ms, "max": ms}` over all windows; None if they are empty.

    Percentiles use the nearest-rank method.
    """
    counts: Counter[int] = Counter()
    for window in windows:
        counts.update(window.counts)
    if not counts:
        return None
    values = sorted(counts)
    return {
        "p50": _at(50, values, counts) / PER_MS,
        "p99": _at(99, values, counts) / PER_MS,
        "max": values[-1] / PER_MS,
    }


def _at(percent: int, values: list[int], counts: Counter[int]) -> int:
    left = ceil(percent * counts.total() / 100)
    for value in values:
        left -= counts[value]
        if left <= 0:
            return value
    raise AssertionError("the last value has every rank that is left")
