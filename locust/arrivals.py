"""When requests fall due: arithmetic alone, in seconds from the start of the load.

No function here reads a clock. Due times come from the schedule, never from the
answer before, so that a slow target cannot slow down the load that it is under.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

ROUNDING = 1e-4  # of a step: how far a due time may be off its place in the grid


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a load that one load worker has: the `index`-th, from 0, of `count`."""

    index: int = 0
    count: int = 1

    def of(self, total: int) -> int:
        """This part of a whole number; all parts add up to it, and differ by one at most."""
        return total // self.count + (self.index < total % self.count)


def next_even_s(after_s: float, *, rate: float, part: Part) -> float:
    """The first due time after `after_s` of arrivals at `rate` per second, evenly spaced.

    The n-th arrival of the whole load, from 0, is due at n / rate; the parts take
    turns. A changed rate therefore takes effect at once and shifts nothing.
    """
    turn = (after_s * rate - part.index) / part.count
    turn = max(0, math.floor(turn + ROUNDING) + 1)
    return (turn * part.count + part.index) / rate


def next_poisson_s(after_s: float, *, rate: float, part: Part, random: Random) -> float:
    """The next due time of a Poisson process that has `rate` arrivals per second in all.

    The parts are independent processes, whose rates add up. The first arrival is one
    gap after the start.
    """
    return max(0.0, after_s) + random.expovariate(rate / part.count)


def random_of(seed: int, part: Part) -> Random:
    """The random numbers of one part: the same for the same seed, in every target's load."""
    return Random(f"{seed} {part.index}")


@dataclass(slots=True)
class Schedule:
    """Due times one after the other; `next_s` says which one follows another.

    >>> every_second = Schedule(lambda after_s: after_s + 1.0, at_s=-1.0)
    >>> every_second.due(2.5), every_second.wait_s(2.5)
    ([0.0, 1.0, 2.0], 0.5)
    """

    next_s: Callable[[float], float]
    at_s: float
    following_s: float | None = None

    def due(self, now_s: float) -> list[float]:
        """All that fell due by now and was not given out before."""
        found = []
        while (following_s := self._following_s()) <= now_s:
            self.at_s, self.following_s = following_s, None
            found.append(following_s)
        return found

    def wait_s(self, now_s: float) -> float:
        """How long until the next one; 0 where it is late."""
        return max(0.0, self._following_s() - now_s)

    def change(self) -> None:
        """Ask anew for the one to come, because what decides it has changed."""
        self.following_s = None

    def _following_s(self) -> float:
        if self.following_s is None:
            self.following_s = self.next_s(self.at_s)
        return self.following_s
