"""The live dial: the current behaviour, and the random draws that it makes for each request."""

from collections.abc import Mapping
from enum import Enum
from random import Random
from typing import NamedTuple

from mock_upstream.behaviour import MAX_MS, Behaviour


class Fault(Enum):
    """An injected fault. ERROR and RESET happen after the wait; HANG never answers."""

    ERROR = "error"
    HANG = "hang"
    RESET = "reset"


class Draw(NamedTuple):
    """The draw for one request: its wait in milliseconds, and its fault or None."""

    delay_ms: float
    fault: Fault | None


class Dial:
    """The current behaviour and its random sequence.

    The same seed and the same behaviour give the same sequence of draws, in order of arrival.
    """

    def __init__(self, start: Behaviour) -> None:
        self._start = start
        self.behaviour = start
        self._random = Random(start.seed)

    def change(self, fields: Mapping[str, object]) -> Behaviour:
        """Set some fields and return the new behaviour.

        A `seed` among the fields restarts the sequence, even if its value is the same.
        Raises Problem (400) for invalid values, and then changes nothing.
        """
        self.behaviour = self.behaviour.changed(fields)
        if "seed" in fields:
            self._random = Random(self.behaviour.seed)
        return self.behaviour

    def restore(self) -> Behaviour:
        """Restore the behaviour that the process started with, and restart its sequence."""
        self.behaviour = self._start
        self._random = Random(self.behaviour.seed)
        return self.behaviour

    def draw(self) -> Draw:
        """Return the next wait and fault of the sequence."""
        return Draw(self._delay_ms(), self._fault())

    def _delay_ms(self) -> float:
        behaviour = self.behaviour
        middle = behaviour.delay_ms
        if behaviour.distribution == "uniform":
            return self._random.uniform(middle - behaviour.spread_ms, middle + behaviour.spread_ms)
        if behaviour.distribution == "lognormal":
            # Median times exp(normal draw): this form also works for a median of 0, which has
            # no logarithm.
            return min(middle * self._random.lognormvariate(0, behaviour.sigma), MAX_MS)
        return middle

    def _fault(self) -> Fault | None:
        behaviour = self.behaviour
        left = self._random.random()
        for fault, rate in (
            (Fault.ERROR, behaviour.error_rate),
            (Fault.HANG, behaviour.hang_rate),
            (Fault.RESET, behaviour.reset_rate),
        ):
            if left < rate:
                return fault
            left -= rate
        return None
