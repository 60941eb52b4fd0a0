"""A timer that holds one request: never too short, and as little too long as timers allow."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import ceil
from time import monotonic

ROUNDING_MS = 1e-6

Done = Callable[[float], None]


class Hold:
    """Call `done(held_ms)` once at least `delay_ms` milliseconds have passed.

    `held_ms` is the measured time, in milliseconds.
    """

    __slots__ = ("_done", "_due_s", "_loop", "_started_s", "_timer")

    def __init__(self, loop: AbstractEventLoop, delay_ms: float, done: Done) -> None:
        self._loop = loop
        self._done = done
        self._started_s = monotonic()
        self._due_s = self._started_s + delay_ms / 1000
        self._timer = self._set(self._started_s)

    def cancel(self) -> None:
        """Cancel the timer; `done` is not called."""
        self._timer.cancel()

    def _set(self, now_s: float) -> TimerHandle:
        # uvloop rounds a delay to the nearest whole millisecond; ceil makes it round up.
        # ROUNDING_MS absorbs float error in the difference of two clock readings, which would
        # otherwise cost a whole millisecond.
        left_ms = (self._due_s - now_s) * 1000 - ROUNDING_MS
        return self._loop.call_later(ceil(left_ms) / 1000, self._fire)

    def _fire(self) -> None:
        now_s = monotonic()
        if now_s < self._due_s:
            # The loop truncates its clock to whole milliseconds, so a timer may fire up to
            # 1 ms early.
            self._timer = self._set(now_s)
            return
        self._done((now_s - self._started_s) * 1000)
