"""Points: a row for each cell."""

from collections.abc import Mapping, Sequence

from lab.charts import points as chart
from lab.charts import scales
from lab.charts.tones import PAGE, Look
from lab.experiments.experiment import Cell, Experiment
from lab.report import labels
from lab.report.figures.figure import Figure, figure
from lab.report.figures.shown import band, common_quantity, measured, predicted
from lab.report.quantities import Quantity
from lab.verdicts.summary import Summary
from lab.verdicts.words import said


def points(
    experiment: Experiment, summary: Summary, cells: Sequence[Cell], palette: Mapping[str, Look]
) -> Figure:
    """Each cell's repeats on what was predicted; all cells were measured."""
    metric = experiment.chart.metric
    unit = common_quantity(metric, summary, cells)
    names = labels.of(cells)
    rows = [_row(cell, names[cell.id], unit, summary, palette[cell.shape]) for cell in cells]
    values = [value for row in rows for value in (*row.values, row.low, row.high, row.predicted)]
    # What cannot be below 0 gets no axis below it only because its tolerance reaches there.
    values += [edge for row in rows for edge in row.band or () if edge >= 0]
    x = scales.axis(values, is_log=experiment.chart.log_x, title=unit.title, parts=6)
    return figure(
        lambda width_px: chart.points(
            rows, x=x, theme=PAGE, width_px=width_px, description=unit.title
        ),
        label=f"{labels.title(experiment.name)}: {unit.title} of {len(rows)} cells, by repeat",
    )


def _row(cell: Cell, name: str, unit: Quantity, summary: Summary, look: Look) -> chart.Point:
    found = measured(summary, cell, unit.metric)
    assert found is not None
    edges = band(cell, unit.metric)
    expected = predicted(cell, unit.metric)
    return chart.Point(
        name=name,
        look=look,
        values=[value * unit.factor for value in found.values],
        middle=found.middle * unit.factor,
        low=found.low * unit.factor,
        high=found.high * unit.factor,
        told=said(unit.metric, found.middle),
        predicted=None if expected is None else expected * unit.factor,
        band=None if edges is None else (edges[0] * unit.factor, edges[1] * unit.factor),
    )
