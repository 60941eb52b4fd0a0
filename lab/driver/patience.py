"""Giving up what has no answer in time."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Iterable

from lab.driver import clock
from lab.driver.connection import Connection

SOONEST_S = 0.02


class Patience:
    """Gives up every request that is in flight for `timeout_s`.

    It looks when the oldest may be due, instead of a timer for each: that costs nothing as
    long as requests are answered. `connections` is asked for all of them at each look.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        timeout_s: float,
        connections: Callable[[], Iterable[Connection]],
    ) -> None:
        self._loop = loop
        self._timeout_s = timeout_s
        self._connections = connections
        self._timer: TimerHandle = loop.call_later(timeout_s, self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now_s = clock()
        oldest_s = now_s
        # Set before anything is given up, so that an owner that is done can end it there.
        overdue = []
        for each in self._connections():
            if each.in_flight:
                if now_s - each.start_s >= self._timeout_s:
                    overdue.append(each)
                else:
                    oldest_s = min(oldest_s, each.start_s)
        wait_s = max(SOONEST_S, oldest_s + self._timeout_s - now_s)
        self._timer = self._loop.call_later(wait_s, self._look)
        for each in overdue:
            what = "connection" if each.sent_s is None else "answer"
            each.give_up(f"no {what} in {self._timeout_s:g} s")
