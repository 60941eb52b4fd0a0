"""When requests are due: arithmetic alone, in seconds from the start of the load.

No function here reads a clock. Due times come from the schedule, never from the previous
answer, so that a slow target cannot slow down the load that it is under.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

ROUNDING = 1e-4  # share of a step by which a due time may be off its place in the grid


@dataclass(frozen=True, slots=True)
class Part:
    """One load worker's part of a load: the part with number `index`, from 0, out of `count`."""

    index: int = 0
    count: int = 1

    def of(self, total: int) -> int:
        """This part of a whole number. All parts add up to it, and differ by one at most."""
        return total // self.count + (self.index < total % self.count)


def next_even_s(after_s: float, *, rate: float, part: Part) -> float:
    """Return the first due time after `after_s` of even arrivals at `rate` per second.

    Arrival n of the whole load, from 0, is due at n / rate; the parts take turns. A changed rate
    therefore takes effect at once and shifts nothing.
    """
    turn = (after_s * rate - part.index) / part.count
    # Without ROUNDING a float error could give the same due time out twice.
    turn = max(0, math.floor(turn + ROUNDING) + 1)
    return (turn * part.count + part.index) / rate


def next_poisson_s(after_s: float, *, rate: float, part: Part, random: Random) -> float:
    """Return the next due time of a Poisson process with `rate` arrivals per second in all.

    The parts are independent processes, whose rates add up. The first arrival comes one gap
    after the start.
    """
    return max(0.0, after_s) + random.expovariate(rate / part.count)


def random_of(seed: int, part: Part) -> Random:
    """Random numbers of one part: the same for the same seed, in every target's load."""
    return Random(f"{seed} {part.index}")


@dataclass(slots=True)
class Schedule:
    """Due times in order; `next_s` returns the one that follows another.

    >>> every_second = Schedule(lambda after_s: after_s + 1.0, at_s=-1.0)
    >>> every_second.due(2.5), every_second.wait_s(2.5)
    ([0.0, 1.0, 2.0], 0.5)
    """

    next_s: Callable[[float], float]
    at_s: float
    following_s: float | None = None

    def due(self, now_s: float) -> list[float]:
        """Return all due times up to `now_s` that were not returned before."""
        found = []
        while (following_s := self._following_s()) <= now_s:
            self.at_s, self.following_s = following_s, None
            found.append(following_s)
        return found

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next due time; 0 where it is late."""
        return max(0.0, self._following_s() - now_s)

    def change(self) -> None:
        """Compute the next due time again, because its rate or its part has changed."""
        self.following_s = None

    def _following_s(self) -> float:
        if self.following_s is None:
            self.following_s = self.next_s(self.at_s)
        return self.following_s
