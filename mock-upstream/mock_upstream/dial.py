"""The dial in use: the behaviour of the moment, and what it draws for each request."""

from collections.abc import Mapping
from enum import Enum
from random import Random
from typing import NamedTuple

from mock_upstream.behaviour import MAX_MS, Behaviour


class Fault(Enum):
    """What goes wrong with a request on purpose; errors and resets come after the wait."""

    ERROR = "error"
    HANG = "hang"
    RESET = "reset"


class Draw(NamedTuple):
    """What one request gets: its wait in milliseconds, and its fault if it has one."""

    delay_ms: float
    fault: Fault | None


class Dial:
    """The live behaviour and its random sequence.

    The same seed and the same behaviour give the same sequence of draws, in the order in
    which requests arrive.
    """

    def __init__(self, start: Behaviour) -> None:
        self._start = start
        self.behaviour = start
        self._random = Random(start.seed)

    def change(self, fields: Mapping[str, object]) -> Behaviour:
        """Set some fields; a `seed` among them, even the same one, restarts the sequence.

        Raises Problem (400) for values that would not do, and then nothing has changed.
        """
        self.behaviour = self.behaviour.changed(fields)
        if "seed" in fields:
            self._random = Random(self.behaviour.seed)
        return self.behaviour

    def restore(self) -> Behaviour:
        """Back to the behaviour of the start, with its sequence restarted."""
        self.behaviour = self._start
        self._random = Random(self.behaviour.seed)
        return self.behaviour

    def draw(self) -> Draw:
        """The next wait and fault of the sequence."""
        return Draw(self._delay_ms(), self._fault())

    def _delay_ms(self) -> float:
        behaviour = self.behaviour
        middle = behaviour.delay_ms
        if behaviour.distribution == "uniform":
            return self._random.uniform(middle - behaviour.spread_ms, middle + behaviour.spread_ms)
        if behaviour.distribution == "lognormal":
            # The median times e to a normal draw: no logarithm of a median of 0 is needed.
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
