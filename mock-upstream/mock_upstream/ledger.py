"""The ground truth of the lab: waits per caller, and how late their answers were.

Only deliberate waits count. Each wait ends in exactly one way: served, cancelled because the
client left, or failed by an injected fault. A call that hangs is held until its client leaves.
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
    """Return the caller's name from its X-Caller header.

    Returns "unknown" if the header is missing or malformed.
    """
    if header is None or not _NAME.fullmatch(header):
        return UNKNOWN
    return header.decode("ascii")


class Tally:
    """The counters of one caller. `held_ms` is a sum in milliseconds; `late` is a Window.

    `hung` has the time of day in seconds at which each call began that hangs, the oldest first.
    `faults` counts the calls that ended with an injected fault since it was last taken.
    """

    __slots__ = (
        "cancelled",
        "errors",
        "faults",
        "held_ms",
        "hung",
        "in_flight",
        "late",
        "peak",
        "served",
    )

    def __init__(self) -> None:
        self.in_flight = 0
        self.hung: dict[object, float] = {}
        self.faults = 0
        self.reset()

    def reset(self) -> None:
        """Set the counters to zero; requests still held stay in flight and set the new peak."""
        self.peak = self.in_flight
        self.served = 0
        self.held_ms = 0.0
        self.cancelled = 0
        self.errors = 0
        self.late = Window()


class Ledger:
    """One tally per caller: at most MAX_CALLERS (64) names, all further callers under "other"."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._in_flight = 0
        self._peak = 0
        self._worst_late_ms: float | None = None

    def begin(self, caller: str) -> Tally:
        """Record the begin of a wait and return the caller's tally.

        The end of the wait needs this tally: pass it to `serve`, `fail` or `cancel`.
        """
        tally = self._tallies.get(caller) or self._open(caller)
        tally.in_flight += 1
        tally.peak = max(tally.peak, tally.in_flight)
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)
        return tally

    def serve(self, tally: Tally, *, held_ms: float, late_ms: float) -> None:
        """Record a wait that ended with its answer.

        `held_ms` is the length of the wait in milliseconds, `late_ms` its excess over the
        requested length.
        """
        self._end(tally)
        tally.served += 1
        tally.held_ms += held_ms
        tally.late.add(late_ms)
        if self._worst_late_ms is None or late_ms > self._worst_late_ms:
            self._worst_late_ms = late_ms

    def fail(self, tally: Tally) -> None:
        """Record a wait that ended with an injected error or reset."""
        self._end(tally)
        tally.errors += 1
        tally.faults += 1

    def cancel(self, tally: Tally) -> None:
        """Record a wait that ended because the client left."""
        self._end(tally)
        tally.cancelled += 1

    def hang(self, tally: Tally, call: object, *, at_s: float) -> None:
        """Record that a wait that begins now, `at_s` by the time of day, gets no answer.

        Its end needs the same `call`: pass it to `give_up`.
        """
        tally.hung[call] = at_s

    def give_up(self, tally: Tally, call: object) -> None:
        """Record that the client of a call that hung has left."""
        self.cancel(tally)
        del tally.hung[call]
        tally.faults += 1

    def reset(self) -> None:
        """Reset all counters; keep only the requests still held, and their callers."""
        self._tallies = {name: each for name, each in self._tallies.items() if each.in_flight}
        for tally in self._tallies.values():
            tally.reset()
        self._peak = self._in_flight

    def in_flight(self) -> dict[str, int]:
        """Return the number of requests held now, by caller; omits callers with none."""
        return {name: each.in_flight for name, each in self._tallies.items() if each.in_flight}

    def hung(self) -> dict[str, dict[str, float]]:
        """Return the calls that hang now, by caller; omits callers with none.

        `{name: {"calls": n, "oldest_at": s, "newest_at": s}}`: when the oldest and the newest of
        them began, as times of day in seconds.
        """
        return {
            name: {
                "calls": len(each.hung),
                "oldest_at": next(iter(each.hung.values())),
                "newest_at": next(reversed(each.hung.values())),
            }
            for name, each in self._tallies.items()
            if each.hung
        }

    def take_faults(self) -> dict[str, int]:
        """Return how many calls ended with an injected fault since the last call, by caller.

        An injected fault is an error, a reset, or a hung call that its client gave up. Omits
        callers with none.
        """
        taken = {name: each.faults for name, each in self._tallies.items() if each.faults}
        for name in taken:
            self._tallies[name].faults = 0
        return taken

    def take_worst_late_ms(self) -> float | None:
        """Return the worst lateness since the last call, in milliseconds, and reset it.

        None if no request was served since then.
        """
        worst_ms, self._worst_late_ms = self._worst_late_ms, None
        return worst_ms

    def as_dict(self) -> dict[str, Any]:
        """Return `{"all": tally, "callers": {name: tally}}`, the body of `/stats`.

        A tally is `{"in_flight": n, "peak": n, "served": n, "held_ms": ms, "cancelled": n,
        "errors": n, "hung": n, "late_ms": {"p50": ms, "p99": ms, "max": ms}}`. `held_ms` is the
        total wait of the served requests. `hung` are the requests in flight that never get an
        answer. `late_ms` is the delay of an answer beyond the requested wait,
        over the last 100,000 answers of each caller; null if there are none. The peak of "all"
        is the largest number held at one instant, not the sum of the callers' peaks.
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
        "hung": sum(len(each.hung) for each in tallies),
        "late_ms": percentiles_ms(each.late for each in tallies),
    }
