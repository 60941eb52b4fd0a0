"""Count what one load process sends to one target, and what comes back, until it reports.

The load process calls each method once per request, so each method only counts. Times of
day are in seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from lab.live import tick
from lab.live.tick import Served, Tick, class_ms


@dataclass(slots=True)
class Record:
    """Counts of one target. `clock` returns the time of day in seconds."""

    clock: Callable[[], float]
    ticks: dict[int, Tick] = field(default_factory=dict)
    in_flight: int = 0
    answered_at_s: float = 0.0
    fault: str = ""
    held: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Count a request that leaves."""
        self.in_flight += 1
        self._tick(self.clock()).started += 1

    def end(self) -> None:
        """Count a request that has ended, answered or given up."""
        self.in_flight -= 1
        self._tick(self.clock()).ended += 1

    def hold(self, route: str) -> None:
        """Count a stream or a WebSocket as served from now on."""
        self._hold(route, 1)

    def release(self, route: str) -> None:
        """Count a stream or a WebSocket as no longer served."""
        self._hold(route, -1)

    def drop(self) -> None:
        """Count a request that was due and is not sent."""
        self._tick(self.clock()).dropped += 1

    def answer(
        self, *, latency_ms: float, fault: str | None, pid: int, upstream_s: float, app_s: float
    ) -> None:
        """Count an answer, good or failed.

        `fault` says why the request failed, and is None for a good answer. `upstream_s` and `app_s`
        are the seconds that the service says it waited and worked. `pid` is the PID of the worker
        that served the request, 0 where none did.
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
            return  # no worker to draw a block for
        # The service reports durations, so the begin is counted back from the answer.
        from_s = now_s - upstream_s - app_s
        served = found.served.get(pid)
        if served is None:
            found.served[pid] = Served(1, from_s, now_s, upstream_s)
            return
        served.count += 1
        served.from_s = min(served.from_s, from_s)
        served.to_s = now_s
        # The shortest wait decides which answers belong to one block (blocks.py).
        served.upstream_s = min(served.upstream_s, upstream_s)

    def reset(self) -> None:
        """Set all counts to zero."""
        self.ticks = {}
        self.in_flight = 0
        self.answered_at_s = 0.0
        self.fault = ""
        self.held = {}

    def take(self) -> "RecordReport":
        """Return the ticks counted since the last call, with the present totals."""
        taken, self.ticks = self.ticks, {}
        return RecordReport(taken, self.in_flight, self.answered_at_s, self.fault, dict(self.held))

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
class RecordReport:
    """One process's report on one target: ticks by number, the last answer, the last fault.

    `in_flight` is the number of requests under way after the last tick, and `held` the streams
    and WebSockets among them that are being served, by route. `answered_at_s` is 0 before the
    first answer; `fault` is empty before the first failure.
    """

    ticks: dict[int, Tick]
    in_flight: int = 0
    answered_at_s: float = 0.0
    fault: str = ""
    held: dict[str, int] = field(default_factory=dict)

    def as_list(self) -> list[Any]:
        """Return plain lists and dicts, for a message between processes."""
        ticks = [[number, *each.as_list()] for number, each in self.ticks.items()]
        return [ticks, self.in_flight, self.answered_at_s, self.fault, self.held]

    @classmethod
    def from_list(cls, fields: list[Any]) -> Self:
        """Return the report that `as_list` was made from."""
        ticks, in_flight, answered_at_s, fault, held = fields
        by_number = {number: Tick.from_list(rest) for number, *rest in ticks}
        return cls(by_number, in_flight, answered_at_s, fault, dict(held))
