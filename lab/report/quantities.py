"""Numbers of cells for a figure, in one unit for all values, so that its numbers are short."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.experiments import metric_catalogue
from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import words
from lab.rounded import SECONDS
from lab.verdicts.evidence import holding
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import Summary

STEPS = {
    "s": SECONDS,
    "bytes": ((1e-9, "GB"), (1e-6, "MB"), (1e-3, "kB")),
    "share": ((100.0, "%"),),
    "1/s": ((1.0, "per second"),),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A metric in the unit of a figure: values in the metric's own unit, times `factor`."""

    metric: str
    factor: float
    unit: str

    def of(self, value: float | None) -> float | None:
        """Convert a value from the metric's own unit; None stays None."""
        return None if value is None else value * self.factor

    @property
    def title(self) -> str:
        """Title of an axis, such as "makespan, ms"."""
        return f"{words(self.metric)}, {self.unit}" if self.unit else words(self.metric)


def quantity(metric: str, values: Iterable[float]) -> Quantity:
    """Choose the largest unit in which the largest value is at least 1, or the smallest unit."""
    own = metric_catalogue.unit(metric)
    steps = STEPS.get(own, ((1.0, own),))
    most = max(map(abs, values), default=0.0)
    smallest = steps[-1] if most else steps[0]
    factor, unit = next((step for step in steps if most * step[0] >= 1), smallest)
    return Quantity(metric, factor, unit)


def measured(summary: Summary, cell: Cell, metric: str) -> Measured | None:
    """Return what was measured of a cell, in the metric's own unit; None without a measurement."""
    found = summary.cells.get(cell.id)
    return found.metrics.get(metric) if found else None


def predicted(cell: Cell, metric: str) -> float | None:
    """Return the one predicted value of `metric`.

    None where the cell predicts another metric, a range, or nothing.
    """
    is_one = cell.measure == metric and cell.prediction.most is None
    return cell.prediction.value if is_one else None


def band(cell: Cell, metric: str) -> tuple[float, float] | None:
    """Return (low, high), within which the prediction holds; None without a prediction."""
    return holding(cell) if cell.measure == metric else None


def common_quantity(metric: str, summary: Summary, cells: Sequence[Cell]) -> Quantity:
    """Choose one unit for all of these cells."""
    values = [predicted(cell, metric) or 0.0 for cell in cells]
    for cell in cells:
        found = measured(summary, cell, metric)
        values += found.values if found else ()
    return quantity(metric, values)
