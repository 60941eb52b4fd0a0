"""The last minute of one target: the reports of all load processes, added up."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from lab.live import blocks, tick
from lab.live.counters import NOT_KNOWN, Usage
from lab.live.flow import Flow
from lab.live.record import RecordReport
from lab.live.tick import Tick
from lab.user_kinds import SOCKETS, STREAMS

KEEP_S = 60
"""Seconds that the charts show."""
KEEP_TICKS = (KEEP_S + 15) * tick.PER_S
"""Ticks kept: 15 s more than the charts show, because some numbers average over several seconds."""
LATENCY_S = 5
"""Window of the latency percentiles, in seconds."""
FAULT_BEFORE_S = 1
"""Seconds by which a fault of the upstream may come before the answer that it makes fail."""


@dataclass(frozen=True, slots=True)
class Second:
    """What is known of a target at the end of one second; None for an unknown number.

    `end_s` is a time of day in seconds. `slots` and the predictions belong to that moment,
    because the dial may change later. `used` is what the target used of processor and memory.
    `held` counts the streams and WebSockets among the busy slots, by route.
    """

    end_s: float
    p50_s: float | None
    p99_s: float | None
    in_flight: int
    busy: int | None
    slots: int | None
    predicted_rps: float | None
    predicted_s: float | None
    used: Usage = NOT_KNOWN
    held: Mapping[str, int] = field(default_factory=dict)

    @property
    def queue(self) -> int | None:
        """The queue: requests sent that hold no slot. None where the busy slots are unknown."""
        return None if self.busy is None else max(0, self.in_flight - self.busy)

    @property
    def streams(self) -> int:
        """Streams that the target is serving."""
        return self.held.get(STREAMS.route, 0)

    @property
    def sockets(self) -> int:
        """WebSockets that are open."""
        return self.held.get(SOCKETS.route, 0)


@dataclass(slots=True)
class History:
    """One target in the current run, or in the last one.

    `ticks`, `held` (calls at the upstream), `queries` (busy connections at the database) and
    `faults` (calls that the upstream ended with a fault of its dial) are by tick number,
    `in_flight_of` and `served_of` (streams and WebSockets,
    by route) by load process. `dead_at_s` is when dead calls last explained that nothing was
    answered.
    """

    ticks: dict[int, Tick] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    queries: dict[int, int] = field(default_factory=dict)
    faults: dict[int, int] = field(default_factory=dict)
    seconds: deque[Second] = field(default_factory=lambda: deque(maxlen=KEEP_S + 1))
    lanes: blocks.Lanes = field(default_factory=blocks.Lanes)
    flow: Flow = field(default_factory=Flow)
    answered: int = 0
    failed: int = 0
    dropped: int = 0
    answered_at_s: float = 0.0
    fault: str = ""
    waits_since_s: float = 0.0
    dead_at_s: float = 0.0
    in_flight_of: dict[str, int] = field(default_factory=dict)
    served_of: dict[str, dict[str, int]] = field(default_factory=dict)
    _in_flight_before: int = 0  # before the oldest tick kept
    _served_before: dict[str, int] = field(default_factory=dict)
    _closed: int = 0  # the first tick that is not in `seconds` yet

    def take(self, process: str, report: RecordReport) -> None:
        """Add the counts of one load process since its last report."""
        # Nothing was in flight, so silence counts from the first request of this report.
        if not self.in_flight and report.ticks:
            self.waits_since_s = min(report.ticks) / tick.PER_S
        for number, counted in report.ticks.items():
            self._tick(number).add(counted)
            self.answered += counted.answered
            self.failed += counted.failed
            self.dropped += counted.dropped
            more = counted.started - counted.ended
            self.in_flight_of[process] = self.in_flight_of.get(process, 0) + more
            for route, more in counted.held.items():
                self._serve(process, route, more)
        self._correct(process, report)
        self.answered_at_s = max(self.answered_at_s, report.answered_at_s)
        self.fault = report.fault or self.fault

    def lose(self, process: str, at_s: float) -> None:
        """Remove what a load process that is gone had in flight; `at_s` is a time of day."""
        last = self._tick(tick.number(at_s))
        last.ended += self.in_flight_of.pop(process, 0)
        for route, count in self.served_of.pop(process, {}).items():
            last.hold(route, -count)

    def hold(self, held: Mapping[int, int]) -> None:
        """Store how many calls of this target the upstream held, by tick number."""
        self.held.update(held)

    def query(self, queries: Mapping[int, int]) -> None:
        """Store how many connections of this target the database was busy with, by tick number."""
        self.queries.update(queries)

    def inject(self, faults: Mapping[int, int]) -> None:
        """Store how many calls the upstream ended with a fault of its dial, by tick number."""
        self.faults.update(faults)

    def close(
        self,
        end_s: int,
        *,
        parts: int,
        asks_upstream: bool = True,
        asks_database: bool = False,
        slots: int | None,
        predicted_rps: float | None,
        predicted_s: float | None,
        used: Usage = NOT_KNOWN,
    ) -> None:
        """Read the second that ended at `end_s` into `seconds`, once all processes reported it.

        `end_s` is a time of day in seconds. Busy slots are the upstream's calls divided by `parts`,
        the concurrent calls of one request, plus the database's busy connections, plus the streams
        and WebSockets being served. Busy slots and requests in flight are medians over the second,
        because a slot is free for some milliseconds between two waves. The busy slots are None
        without the upstream's count, unless `asks_upstream` is false, and with `asks_database`
        without the database's.
        """
        last = end_s * tick.PER_S  # the first tick after the second
        second = range(last - tick.PER_S, last)
        recent = (each.times for each in self._between(last - LATENCY_S * tick.PER_S, last))
        p50_s, p99_s = tick.percentiles_s(recent, (50, 99))
        served = self._served(second)
        self.seconds.append(
            Second(
                end_s=float(end_s),
                p50_s=p50_s,
                p99_s=p99_s,
                in_flight=round(median(self._in_flight(second))),
                busy=self._busy(second, served.values(), parts, asks_upstream, asks_database),
                slots=slots,
                predicted_rps=predicted_rps,
                predicted_s=predicted_s,
                used=used,
                held={route: round(median(counts)) for route, counts in served.items()},
            )
        )
        for counted in self._between(second.start, second.stop):
            self.lanes.add(counted.served)
        self.lanes.forget(end_s - blocks.KEEP_S)
        self._forget(last - KEEP_TICKS)
        self._closed = last

    def started(self, end_s: int) -> int:
        """Return the requests that were sent in the second before a time of day."""
        last = end_s * tick.PER_S
        return sum(each.started for each in self._between(last - tick.PER_S, last))

    @property
    def in_flight(self) -> int:
        """Requests in flight of all load processes, as of their last reports."""
        return sum(self.in_flight_of.values())

    def silent_s(self, now_s: float) -> float:
        """Seconds without any answer while requests are in flight; 0 while none is."""
        if self.in_flight <= 0:
            return 0.0
        return max(0.0, now_s - max(self.answered_at_s, self.waits_since_s))

    def recent(self, seconds: int) -> tuple[int, int, int]:
        """Return (answered, failed, dropped) for the last `seconds` seconds that were closed."""
        found = self._between(self._closed - seconds * tick.PER_S, self._closed)
        return (
            sum(each.answered for each in found),
            sum(each.failed for each in found),
            sum(each.dropped for each in found),
        )

    def recent_faults(self, seconds: int) -> int:
        """Return the calls that the dial made fail and whose answers `recent` may have counted."""
        first = self._closed - (seconds + FAULT_BEFORE_S) * tick.PER_S
        return sum(self.faults.get(number, 0) for number in range(first, self._closed + 1))

    def queue_growth_rps(self, seconds: int) -> float | None:
        """Growth of the queue over the last `seconds`, in requests per second.

        None where the queue at either end is unknown, or the history is shorter.
        """
        if len(self.seconds) <= seconds:
            return None
        now, before = self.seconds[-1].queue, self.seconds[-1 - seconds].queue
        return None if now is None or before is None else (now - before) / seconds

    def throughput_rps(self, at_s: float, *, width_s: float) -> float:
        """Answers per second around a time of day, as a weighted mean.

        The weight falls linearly from `at_s` to 0 at `width_s` seconds before and after it. A plain
        count per second would jump by a whole wave, because answers come in waves.
        """
        first, last = tick.number(at_s - width_s), tick.number(at_s + width_s)
        total = 0.0
        for number in range(first, last + 1):
            if counted := self.ticks.get(number):
                off = abs((number + 0.5) / tick.PER_S - at_s) / width_s
                total += counted.answered * max(0.0, 1 - off)
        return total / width_s

    def _correct(self, process: str, report: RecordReport) -> None:
        # A process that was taken for lost and reports again still has its requests in flight.
        missed = report.in_flight - self.in_flight_of.get(process, 0)
        if missed and report.ticks:
            self._tick(max(report.ticks)).started += missed
            self.in_flight_of[process] = report.in_flight
        known = self.served_of.get(process, {})
        for route, count in report.held.items():
            missed = count - known.get(route, 0)
            if missed and report.ticks:
                self._tick(max(report.ticks)).hold(route, missed)
                self._serve(process, route, missed)

    def _serve(self, process: str, route: str, more: int) -> None:
        counts = self.served_of.setdefault(process, {})
        counts[route] = counts.get(route, 0) + more
        self._served_before.setdefault(route, 0)

    def _busy(
        self,
        ticks: range,
        served: Iterable[list[int]],
        parts: int,
        asks_upstream: bool,
        asks_database: bool,
    ) -> int | None:
        """Median over the ticks for which all counts are known; None without any."""
        calls = {number: self.held[number] for number in ticks if number in self.held}
        if not asks_upstream and (asks_database or not calls):
            calls = dict.fromkeys(ticks, 0)
        queries = self.queries if asks_database else dict.fromkeys(ticks, 0)
        others = [sum(counts) for counts in zip(*served, strict=True)] or [0] * len(ticks)
        known = [number for number in calls if number in queries]
        busy = [calls[n] / parts + queries[n] + others[n - ticks.start] for n in known]
        return round(median(busy)) if busy else None

    def _in_flight(self, ticks: range) -> list[int]:
        return self._levels(ticks, self._in_flight_before, lambda t: t.started - t.ended)

    def _served(self, ticks: range) -> dict[str, list[int]]:
        return {
            route: self._levels(ticks, before, _more_of(route))
            for route, before in self._served_before.items()
        }

    def _levels(self, ticks: range, before: int, change: Callable[[Tick], int]) -> list[int]:
        # The level at the end of each tick; a tick without a report changes nothing.
        now = before + sum(change(t) for n, t in self.ticks.items() if n < ticks.start)
        found = []
        for number in ticks:
            if counted := self.ticks.get(number):
                now += change(counted)
            found.append(now)
        return found

    def _between(self, first: int, end: int) -> list[Tick]:
        return [self.ticks[number] for number in range(first, end) if number in self.ticks]

    def _tick(self, number: int) -> Tick:
        return self.ticks.setdefault(number, Tick())

    def _forget(self, before: int) -> None:
        for number in [each for each in self.ticks if each < before]:
            gone = self.ticks.pop(number)
            self._in_flight_before += gone.started - gone.ended
            for route, more in gone.held.items():
                self._served_before[route] += more
        for counts in (self.held, self.queries, self.faults):
            for number in [each for each in counts if each < before]:
                del counts[number]


def _more_of(route: str) -> Callable[[Tick], int]:
    return lambda counted: counted.held.get(route, 0)
