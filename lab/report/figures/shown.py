"""Numbers of cells in the unit in which a figure shows them."""

from collections.abc import Sequence

from lab.experiments.experiment import Cell
from lab.report.quantities import Quantity, quantity
from lab.verdicts.judge import allowed
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import Summary


def measured(summary: Summary, cell: Cell, metric: str) -> Measured | None:
    """What was measured of a cell, in the metric's own unit."""
    found = summary.cells.get(cell.id)
    return found.metrics.get(metric) if found else None


def predicted(cell: Cell, metric: str) -> float | None:
    """What theory said of that metric, if it is the one that the cell is about."""
    return cell.prediction.value if cell.measure == metric else None


def band(cell: Cell, metric: str) -> tuple[float, float] | None:
    """Within which the prediction holds."""
    value = predicted(cell, metric)
    if value is None:
        return None
    margin = allowed(cell, value)
    return value - margin, value + margin


def common_quantity(metric: str, summary: Summary, cells: Sequence[Cell]) -> Quantity:
    """One unit for all of these cells."""
    values = [predicted(cell, metric) or 0.0 for cell in cells]
    for cell in cells:
        found = measured(summary, cell, metric)
        values += found.values if found else ()
    return quantity(metric, values)
