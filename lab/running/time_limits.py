"""Time limits for servers that may never answer.

The lab's own servers answer, so a run can be patient: a wave that is ten seconds late is a valid
result. A server under development may hang, and its author wants to know that soon.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

LEAST_S = 1.0
"""Shortest timeout of a request in seconds, however little time is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Time limits in seconds.

    `first_answer_s`: from a server's start to its first answer. `warm_up_s`: each request of the
    warm-up. `request_s`: each measured request of a burst; None derives it from the expected time.
    `whole_s`: the whole run, the start included.
    """

    first_answer_s: float = 120.0
    warm_up_s: float = 30.0
    request_s: float | None = None
    whole_s: float = inf


PLENTY = TimeLimits()
"""Time limits for servers that are known to work."""


class TimeLeft:
    """Countdown of `patience.whole_s`, which starts when this object is created."""

    def __init__(self, patience: TimeLimits, clock: Callable[[], float] = monotonic) -> None:
        self.patience = patience
        self._clock = clock
        self._until_s = clock() + patience.whole_s

    @property
    def is_over(self) -> bool:
        """True once no time is left."""
        return self._clock() >= self._until_s

    def at_most(self, time_s: float) -> float:
        """Return `time_s` or the remaining time, whichever is shorter; never less than LEAST_S."""
        # LEAST_S keeps the last request from failing by arithmetic alone.
        return max(LEAST_S, min(time_s, self._until_s - self._clock()))
