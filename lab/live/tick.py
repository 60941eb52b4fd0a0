"""What one load process counts of one target in a tenth of a second.

Ticks are numbered by the time of day, so those of several processes add up.
"""

from dataclasses import dataclass, field
from typing import Any, Self

PER_S = 10


def number(at_s: float) -> int:
    """The tick that a time of day, in seconds, falls into."""
    return int(at_s * PER_S)


def end_s(tick: int) -> float:
    """The time of day at which a tick ends, in seconds."""
    return (tick + 1) / PER_S


@dataclass(slots=True)
class Served:
    """What one worker process answered within a tick.

    `from_s` and `to_s` are times of day: when the worker took the first of these
    requests, and when the client had the last answer. `upstream_s` is the shortest
    wait for the upstream among them.
    """

    count: int
    from_s: float
    to_s: float
    upstream_s: float

    def add(self, other: Self) -> None:
        """Take in what the same worker answered besides."""
        self.count += other.count
        self.from_s = min(self.from_s, other.from_s)
        self.to_s = max(self.to_s, other.to_s)
        self.upstream_s = min(self.upstream_s, other.upstream_s)


@dataclass(slots=True)
class Tick:
    """The counts. What is answered has ended; what has ended without, was given up.

    `failed` ones are among the `answered`, `dropped` ones never started. `times` has
    the number of answers for each class of latency (see latency.py), and `served`
    what each worker answered, by pid. `held` has by how many more streams and WebSockets
    were being served at its end than at its beginning, by route.
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
        """So many more are being served; fewer, where `more` is negative."""
        self.held[route] = self.held.get(route, 0) + more

    def add(self, other: Self) -> None:
        """Take in what another process counted, or the same one a little later."""
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
        """For a message between processes; `from_list` makes a Tick of it again."""
        served = [[pid, s.count, s.from_s, s.to_s, s.upstream_s] for pid, s in self.served.items()]
        counts = [self.started, self.ended, self.answered, self.failed, self.dropped]
        return [*counts, self.times, served, self.held]

    @classmethod
    def from_list(cls, fields: list[Any]) -> Self:
        """What `as_list` was made from."""
        *counts, times, served, held = fields
        started, ended, answered, failed, dropped = counts
        by_pid = {pid: Served(*rest) for pid, *rest in served}
        return cls(started, ended, answered, failed, dropped, dict(times), by_pid, dict(held))
