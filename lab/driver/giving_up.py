"""Timeouts of requests."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Iterable

from lab.driver import clock
from lab.driver.connection import Connection

SOONEST_S = 0.02


class AnswerDeadlines:
    """Ends every request that is in flight for `timeout_s` seconds or longer.

    One timer serves all requests: it fires when the oldest one may be overdue. A timer per
    request would cost CPU time even where every request is answered. `connections` returns all
    connections and is called each time.
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
        """Stop the timer."""
        self._timer.cancel()

    def _look(self) -> None:
        now_s = clock()
        oldest_s = now_s
        # The next timer must be set before any give_up: its owner may call `end` in response.
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
