"""Counts of one load process for one target in one tick, a tenth of a second.

Ticks are numbered by the time of day, so that the ticks of several processes add up.

Latencies are counted by class: 0.1 ms wide below 1 s, 1 ms below 10 s, 10 ms above. There are about
30,000 classes at most, so that sorting them stays cheap, and each is close enough to exact for what
the lab measures. Locust's own classes are 100 ms wide at 1 s.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from lab.verdicts.estimates import percentile_of_counts

PER_S = 10


def class_ms(latency_ms: float) -> float:
    """Return the class of a latency, named by its middle; both in milliseconds."""
    if latency_ms < 1_000:
        return round(latency_ms, 1)
    if latency_ms < 10_000:
        return float(round(latency_ms))
    return round(latency_ms, -1)


def percentiles_s(
    counted: Iterable[Mapping[float, int]], percents: Iterable[int]
) -> list[float | None]:
    """Return nearest-rank percentiles in seconds; each is None where there are no counts.

    `counted` holds counts by class (milliseconds), which are added up.
    """
    counts: Counter[float] = Counter()
    for each in counted:
        counts.update(each)
    if not counts:
        return [None for _ in percents]
    return [round(percentile_of_counts(counts, each) / 1000, 4) for each in percents]


def number(at_s: float) -> int:
    """Number of the tick that a time of day, in seconds, falls into."""
    return int(at_s * PER_S)


def end_s(tick: int) -> float:
    """Time of day, in seconds, at which a tick ends."""
    return (tick + 1) / PER_S


@dataclass(slots=True)
class Served:
    """Answers of one worker process within a tick.

    `from_s` and `to_s` are times of day in seconds: when the worker took the first of these
    requests, and when the client had the last answer. `upstream_s` is their shortest wait for
    the upstream, in seconds.
    """

    count: int
    from_s: float
    to_s: float
    upstream_s: float

    def add(self, other: Self) -> None:
        """Add more answers of the same worker."""
        self.count += other.count
        self.from_s = min(self.from_s, other.from_s)
        self.to_s = max(self.to_s, other.to_s)
        self.upstream_s = min(self.upstream_s, other.upstream_s)


@dataclass(slots=True)
class Tick:
    """The counts of one tick.

    An answered request has also `ended`; a request that ended without an answer was given up.
    `failed` requests are among the `answered`, `dropped` ones never started. `times` counts
    answers by latency class, `served` has each worker's answers by PID.
    `held` is the change, over the tick, of the streams and WebSockets being served, by route.
    """

    started: int = 0
    ended: int = 0
    answered: int = 0
    failed: int = 0
    dropped: int = 0
    times: dict[float, int] = field(default_factory=dict)
    served: dict[int, Served] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def hold(self, route: str, more: int) -> None:
        """Change the number being served on a route by `more`, which may be negative."""
        self.held[route] = self.held.get(route, 0) + more

    def add(self, other: Self) -> None:
        """Add the counts of another process, or later counts of the same one."""
        self.started += other.started
        self.ended += other.ended
        self.answered += other.answered
        self.failed += other.failed
        self.dropped += other.dropped
        for time_ms, count in other.times.items():
            self.times[time_ms] = self.times.get(time_ms, 0) + count
        for pid, served in other.served.items():
            if pid in self.served:
                self.served[pid].add(served)
            else:
                self.served[pid] = served
        for route, more in other.held.items():
            self.hold(route, more)

    def as_list(self) -> list[Any]:
        """Return plain lists and dicts, for a message between processes."""
        served = [[pid, s.count, s.from_s, s.to_s, s.upstream_s] for pid, s in self.served.items()]
        counts = [self.started, self.ended, self.answered, self.failed, self.dropped]
        return [*counts, self.times, served, self.held]

    @classmethod
    def from_list(cls, fields: list[Any]) -> Self:
        """Return the Tick that `as_list` was made from."""
        *counts, times, served, held = fields
        started, ended, answered, failed, dropped = counts
        by_pid = {pid: Served(*rest) for pid, *rest in served}
        return cls(started, ended, answered, failed, dropped, dict(times), by_pid, dict(held))
