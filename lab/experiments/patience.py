"""How long an experiment waits for servers that may never answer.

Those of the lab answer, so a run can be patient: a wave that is ten seconds late is a number.
A server that somebody is still working on may hang, and who works on it wants to hear of that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

LEAST_S = 1.0
"""A request gets so long, whatever is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """`first_answer_s` from a server's start to its first answer; `warm_up_s` for each request
    of the warming up; `request_s` for each measured one of a burst, whatever theory expects,
    or as theory expects where it is None; `whole_s` for all of it, the start included.
    """

    first_answer_s: float = 120.0
    warm_up_s: float = 30.0
    request_s: float | None = None
    whole_s: float = inf


PLENTY = Patience()
"""For servers that are known to work."""


class Left:
    """What is left of a patience that began when this was made."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = monotonic) -> None:
        self.patience = patience
        self._clock = clock
        self._until_s = clock() + patience.whole_s

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._clock() >= self._until_s

    def at_most(self, time_s: float) -> float:
        """That time, or what is left; never less than LEAST_S."""
        return max(LEAST_S, min(time_s, self._until_s - self._clock()))
