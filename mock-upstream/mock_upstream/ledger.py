"""The ground truth: what the upstream held, for whom, and how well it kept time.

Only deliberate waits count. Each ends in exactly one way: served, cancelled because its
client left, or failed on purpose.
"""

import re
from collections.abc import Iterable
from typing import Any

from mock_upstream.window import Window, percentiles_ms

UNKNOWN = "unknown"
OTHER = "other"
MAX_CALLERS = 64
_NAME = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def caller_name(header: bytes | None) -> str:
    """Who calls, from the X-Caller header; "unknown" where it is missing or malformed."""
    if header is None or not _NAME.fullmatch(header):
        return UNKNOWN
    return header.decode("ascii")


class Tally:
    """What has been counted for one caller."""

    __slots__ = ("cancelled", "errors", "held_ms", "in_flight", "late", "peak", "served")

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Count from here; requests still held stay in flight, and are the peak so far."""
        self.peak = self.in_flight
        self.served = 0
        self.held_ms = 0.0
        self.cancelled = 0
        self.errors = 0
        self.late = Window()


class Ledger:
    """A tally for each caller; at most 64 with names of their own, the rest under "other"."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._in_flight = 0
        self._peak = 0
        self._worst_late_ms: float | None = None

    def begin(self, caller: str) -> Tally:
        """A wait for `caller` has begun; give the tally back when it ends."""
        tally = self._tallies.get(caller) or self._open(caller)
        tally.in_flight += 1
        tally.peak = max(tally.peak, tally.in_flight)
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)
        return tally

    def serve(self, tally: Tally, *, held_ms: float, late_ms: float) -> None:
        """The wait ended with its answer, after `held_ms`, which is `late_ms` more than asked."""
        self._end(tally)
        tally.served += 1
        tally.held_ms += held_ms
        tally.late.add(late_ms)
        if self._worst_late_ms is None or late_ms > self._worst_late_ms:
            self._worst_late_ms = late_ms

    def fail(self, tally: Tally) -> None:
        """The wait ended with an injected error or reset."""
        self._end(tally)
        tally.errors += 1

    def cancel(self, tally: Tally) -> None:
        """The client left before the end of the wait."""
        self._end(tally)
        tally.cancelled += 1

    def reset(self) -> None:
        """Forget everything but the requests still held, and their callers."""
        self._tallies = {name: each for name, each in self._tallies.items() if each.in_flight}
        for tally in self._tallies.values():
            tally.reset()
        self._peak = self._in_flight

    def in_flight(self) -> dict[str, int]:
        """The number held right now, by caller; callers without any are left out."""
        return {name: each.in_flight for name, each in self._tallies.items() if each.in_flight}

    def take_worst_late_ms(self) -> float | None:
        """The worst lateness since this was last asked; None where nothing was served."""
        worst_ms, self._worst_late_ms = self._worst_late_ms, None
        return worst_ms

    def as_dict(self) -> dict[str, Any]:
        """`{"all": tally, "callers": {name: tally}}`, as `/stats` answers.

        A tally is `{"in_flight": n, "peak": n, "served": n, "held_ms": ms, "cancelled": n,
        "errors": n, "late_ms": {"p50": ms, "p99": ms, "max": ms}}`. `held_ms` is how long those
        that were served had been held, added up. Lateness is how much later than asked
        the served answers were written, over the last 100,000 of each caller; null while
        there are none. The peak of all is the most held at one instant, not the sum of peaks.
        """
        return {
            "all": _as_dict(self._tallies.values(), self._peak),
            "callers": {
                name: _as_dict([tally], tally.peak) for name, tally in sorted(self._tallies.items())
            },
        }

    def _open(self, caller: str) -> Tally:
        named = len(self._tallies.keys() - {UNKNOWN, OTHER})
        if named >= MAX_CALLERS and caller != UNKNOWN:
            caller = OTHER
        return self._tallies.setdefault(caller, Tally())

    def _end(self, tally: Tally) -> None:
        tally.in_flight -= 1
        self._in_flight -= 1


def _as_dict(tallies: Iterable[Tally], peak: int) -> dict[str, Any]:
    tallies = list(tallies)
    return {
        "in_flight": sum(each.in_flight for each in tallies),
        "peak": peak,
        "served": sum(each.served for each in tallies),
        "held_ms": round(sum(each.held_ms for each in tallies), 3),
        "cancelled": sum(each.cancelled for each in tallies),
        "errors": sum(each.errors for each in tallies),
        "late_ms": percentiles_ms(each.late for each in tallies),
    }
