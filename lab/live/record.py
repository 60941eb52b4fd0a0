"""What one load process counts of one target, until it is reported.

Each method is called once for each request, by the process that makes the load: it
only counts. All times of day are in seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from lab.live import tick
from lab.live.latency import class_ms
from lab.live.tick import Served, Tick


@dataclass(slots=True)
class Record:
    """The counts of one target. `clock` tells the time of day."""

    clock: Callable[[], float]
    ticks: dict[int, Tick] = field(default_factory=dict)
    in_flight: int = 0
    answered_at_s: float = 0.0
    fault: str = ""
    held: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """A request sets out."""
        self.in_flight += 1
        self._tick(self.clock()).started += 1

    def end(self) -> None:
        """A request is over, answered or given up."""
        self.in_flight -= 1
        self._tick(self.clock()).ended += 1

    def hold(self, route: str) -> None:
        """A stream or a WebSocket that set out is being served from now on."""
        self._hold(route, 1)

    def release(self, route: str) -> None:
        """It is not any more."""
        self._hold(route, -1)

    def drop(self) -> None:
        """A request that was due is not sent."""
        self._tick(self.clock()).dropped += 1

    def answer(
        self, *, latency_ms: float, fault: str | None, pid: int, upstream_s: float, app_s: float
    ) -> None:
        """A request was answered, or failed: `fault` says why, and is None for a good answer.

        `upstream_s` and `app_s` are what the service says it waited and worked; `pid` is
        the worker that served it, 0 where none did.
        """
        now_s = self.clock()
        self.answered_at_s = now_s
        found = self._tick(now_s)
        found.answered += 1
        if fault is not None:
            found.failed += 1
            self.fault = fault
        time_ms = class_ms(latency_ms)
        found.times[time_ms] = found.times.get(time_ms, 0) + 1
        if not pid:
            return
        from_s = now_s - upstream_s - app_s
        served = found.served.get(pid)
        if served is None:
            found.served[pid] = Served(1, from_s, now_s, upstream_s)
            return
        served.count += 1
        served.from_s = min(served.from_s, from_s)
        served.to_s = now_s
        served.upstream_s = min(served.upstream_s, upstream_s)

    def reset(self) -> None:
        """Count from here."""
        self.ticks = {}
        self.in_flight = 0
        self.answered_at_s = 0.0
        self.fault = ""
        self.held = {}

    def take(self) -> "Report":
        """What was counted since the last time."""
        taken, self.ticks = self.ticks, {}
        return Report(taken, self.in_flight, self.answered_at_s, self.fault, dict(self.held))

    def _hold(self, route: str, more: int) -> None:
        self.held[route] = self.held.get(route, 0) + more
        self._tick(self.clock()).hold(route, more)

    def _tick(self, now_s: float) -> Tick:
        number = tick.number(now_s)
        found = self.ticks.get(number)
        if found is None:
            found = self.ticks[number] = Tick()
        return found


@dataclass(slots=True)
class Report:
    """What one process tells of one target: ticks by number, the last answer, the last fault.

    `in_flight` is how many requests are under way after the last of the ticks, and `held`
    how many of them are streams and WebSockets that are being served, by route.
    `answered_at_s` is 0 before the first answer; `fault` is empty before the first failure.
    """

    ticks: dict[int, Tick]
    in_flight: int = 0
    answered_at_s: float = 0.0
    fault: str = ""
    held: dict[str, int] = field(default_factory=dict)

    def as_list(self) -> list[Any]:
        """For a message between processes."""
        ticks = [[number, *each.as_list()] for number, each in self.ticks.items()]
        return [ticks, self.in_flight, self.answered_at_s, self.fault, self.held]

    @classmethod
    def from_list(cls, fields: list[Any]) -> Self:
        """What `as_list` was made from."""
        ticks, in_flight, answered_at_s, fault, held = fields
        by_number = {number: Tick.from_list(rest) for number, *rest in ticks}
        return cls(by_number, in_flight, answered_at_s, fault, dict(held))
