"""Holding one request: never shorter than asked, and as little longer as timers allow."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import ceil
from time import monotonic

ROUNDING_MS = 1e-6

Done = Callable[[float], None]


class Hold:
    """Calls `done` with the milliseconds held, once they are `delay_ms` at least."""

    __slots__ = ("_done", "_due_s", "_loop", "_started_s", "_timer")

    def __init__(self, loop: AbstractEventLoop, delay_ms: float, done: Done) -> None:
        self._loop = loop
        self._done = done
        self._started_s = monotonic()
        self._due_s = self._started_s + delay_ms / 1000
        self._timer = self._set(self._started_s)

    def cancel(self) -> None:
        """Let go without calling `done`."""
        self._timer.cancel()

    def _set(self, now_s: float) -> TimerHandle:
        # uvloop rounds to whole milliseconds, to the nearest: this makes it the next. The
        # difference of two clock readings may be off in its last bits, which are no millisecond.
        left_ms = (self._due_s - now_s) * 1000 - ROUNDING_MS
        return self._loop.call_later(ceil(left_ms) / 1000, self._fire)

    def _fire(self) -> None:
        now_s = monotonic()
        if now_s < self._due_s:
            # The loop cuts its clock to whole milliseconds, so its timers fire up to 1 ms early.
            self._timer = self._set(now_s)
            return
        self._done((now_s - self._started_s) * 1000)
