"""What theory predicts for a moment of a run that has a past.

The laws of lab/theory.py are for settings that stay. In a run the dial turns, the shape changes and
the upstream freezes, and what has waited until then is answered later. Here the requests of a
target are a fluid that is answered in the order of its arrival, second by second:

    closed   what is answered now was sent R seconds ago behind all that were in flight then: in R
             seconds N - z X were answered, with the users N and the rate X of that moment
    open     what has arrived and not been answered waits. While something waits, X is the capacity,
             and R is S plus the age of the oldest that waits; else X is the rate that arrives

With settings that never changed both are the laws themselves. Arrivals are those that really came,
because the load decides on them and not the target. Bursts keep their law.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import fmean

from lab import theory
from lab.live.load import BURST, OPEN, LoadPrediction, TargetLoad
from lab.theory import Way

KEEP_S = 600
"""Seconds of the past that are kept; what has waited longer counts as having waited so long."""
RECENT_S = 5
"""Seconds over which arrivals are averaged: random ones differ from second to second."""


@dataclass(frozen=True, slots=True)
class Present:
    """The load that reaches the target, the way of its requests, and what the laws say of them.

    `way` is None where theory knows none, and where nothing is answered at all.
    """

    load: TargetLoad
    way: Way | None
    law: LoadPrediction


@dataclass(frozen=True, slots=True)
class _Second:
    arrived: float
    left: float
    in_flight: float  # closed load
    waiting: float  # open load


@dataclass(slots=True)
class Flow:
    """The past of one target's requests as theory has it."""

    _seconds: deque[_Second] = field(default_factory=lambda: deque(maxlen=KEEP_S))
    _dead: int = 0

    def close(self, now: Present, *, arrived: int, dead: int) -> LoadPrediction:
        """Close a second, and return what theory predicts for its end.

        `arrived` requests came in it. Of all that came, `dead` are held by the upstream for ever:
        they hold a slot or none, and wait for no answer of the target.
        """
        waiting = (self._seconds[-1].waiting if self._seconds else 0.0) + arrived
        waiting = max(0.0, waiting - max(0, dead - self._dead))
        self._dead = dead
        capacity = 0.0 if now.way is None else theory.capacity_rps(way=now.way)
        left = now.law.throughput_rps or 0.0
        in_flight = now.load.users - now.load.think_s * left
        self._seconds.append(_Second(arrived, left, in_flight, waiting - min(waiting, capacity)))
        return self.predict(now)

    def predict(self, now: Present) -> LoadPrediction:
        """Return what theory predicts for the present, after the seconds that are closed."""
        if now.way is None or now.law.throughput_rps is None or not self._seconds:
            return now.law
        if now.load.kind == BURST:
            return now.law
        return self._open(now, now.way) if now.load.kind == OPEN else self._closed(now, now.way)

    def _closed(self, now: Present, way: Way) -> LoadPrediction:
        newest_first = [(each.left, each.in_flight) for each in reversed(self._seconds)]
        passed_s = time_of(newest_first)
        if passed_s is None:
            return now.law
        return replace(now.law, response_s=max(theory.alone_s(way=way), passed_s))

    def _open(self, now: Present, way: Way) -> LoadPrediction:
        whole_s = theory.alone_s(way=way)
        # What is answered now has left the queue as long ago as it holds its slot.
        seconds = list(self._seconds)[: max(1, len(self._seconds) - round(whole_s))]
        waiting = seconds[-1].waiting
        arrivals = [each.arrived for each in reversed(seconds)]
        age_s = time_of([(each, waiting) for each in arrivals])
        capacity = theory.capacity_rps(way=way)
        whole = arrivals[:-1] if len(self._seconds) < KEEP_S else arrivals  # the first is a part
        comes = fmean(whole[:RECENT_S]) if whole else now.load.arrival_rate
        rate = capacity if waiting >= 1 else min(capacity, comes)
        return LoadPrediction(rate, whole_s + (len(arrivals) if age_s is None else age_s))


def time_of(newest_first: Iterable[tuple[float, float]]) -> float | None:
    """Return the time in seconds in which as many passed as there were at its beginning.

    Each second has what passed in it and what there was. Before the oldest one all was as in it;
    None where nothing passed in that.
    """
    seconds, passed, rate, there = 0.0, 0.0, 0.0, 0.0
    for rate, there in newest_first:
        if passed + rate >= there:
            return seconds + (max(0.0, there - passed) / rate if rate else 0.0)
        passed += rate
        seconds += 1
    return seconds + (there - passed) / rate if rate else None
