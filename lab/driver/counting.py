"""Answers counted by latency, where there are too many to keep each."""

from collections import Counter
from typing import Any

_US = 1_000_000


class Counts:
    """How many answers took so many whole microseconds, and what went wrong."""

    def __init__(self) -> None:
        self._by_us: dict[int, int] = {}
        self._failures: Counter[str] = Counter()

    def add(self, latency_s: float, error: str) -> None:
        """Count one; a failure is counted as such alone."""
        if error:
            self._failures[error] += 1
            return
        us = int(latency_s * _US)
        self._by_us[us] = self._by_us.get(us, 0) + 1

    @property
    def answered(self) -> int:
        """How many were answered in full."""
        return sum(self._by_us.values())

    def as_dict(self) -> dict[str, Any]:
        """As the answer to a command has it, by rising latency."""
        latencies_us = sorted(self._by_us)
        [(failure, _)] = self._failures.most_common(1) or [("", 0)]
        return {
            "counts": {
                "latency_us": latencies_us,
                "count": [self._by_us[each] for each in latencies_us],
            },
            "failed": self._failures.total(),
            "failure": failure,
        }
