"""Units for an axis: one for all values of a figure, so that its numbers are short."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.verdicts.words import METRICS, words

STEPS = {
    "s": ((1.0, "s"), (1e3, "ms"), (1e6, "µs")),
    "bytes": ((1e-9, "GB"), (1e-6, "MB"), (1e-3, "kB")),
    "share": ((100.0, "%"),),
    "1/s": ((1.0, "per second"),),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A metric in the unit in which a figure shows it: `factor` times its own."""

    metric: str
    factor: float
    unit: str

    @property
    def title(self) -> str:
        """Such as "makespan, ms"."""
        return f"{words(self.metric)}, {self.unit}" if self.unit else words(self.metric)


def quantity(metric: str, values: Iterable[float]) -> Quantity:
    """The largest unit in which the largest value is 1 or more."""
    own = METRICS[metric].unit if metric in METRICS else ""
    steps = STEPS.get(own, ((1.0, own),))
    most = max(map(abs, values), default=0.0)
    smallest = steps[-1] if most else steps[0]
    factor, unit = next((step for step in steps if most * step[0] >= 1), smallest)
    return Quantity(metric, factor, unit)
