"""Sweep: a line for each shape, by what was changed."""

from collections.abc import Iterator, Sequence

from lab.charts import scales
from lab.charts import sweep as chart
from lab.charts.tones import PAGE, Look, looks
from lab.experiments.experiment import Cell, Experiment
from lab.report import labels
from lab.report.figures.figure import Figure, figure
from lab.report.figures.shown import common_quantity, measured, predicted
from lab.report.quantities import Quantity
from lab.verdicts.lines import Line
from lab.verdicts.summary import Summary

UPSTREAM = Look(PAGE.quiet, PAGE.ink, "circle")


def sweeps(experiment: Experiment, summary: Summary, cells: Sequence[Cell]) -> list[Figure]:
    """One of all cells that have a place on the x axis, or one for each panel; all were measured.

    Panels have their values in one unit.
    """
    shown = experiment.chart
    unit = common_quantity(shown.metric, summary, cells)
    placed = [cell for cell in cells if cell.x is not None]
    if not shown.panels:
        return [_sweep(experiment, summary, placed, unit, shown.x_title)]
    parts = [
        (panel.x_title, [cell for cell in placed if cell.shape in panel.shapes])
        for panel in shown.panels
    ]
    return [
        _sweep(experiment, summary, part, unit, x_title, is_half=True)
        for x_title, part in parts
        if part
    ]


def _sweep(
    experiment: Experiment,
    summary: Summary,
    cells: Sequence[Cell],
    unit: Quantity,
    x_title: str,
    *,
    is_half: bool = False,
) -> Figure:
    shown = experiment.chart
    found = list(_lines(experiment, summary, cells))
    targets = {shape.name: shape.target for shape in experiment.shapes}
    palette = looks(
        ((name, targets[each[0].shape]) for name, each, _ in found if each[0].shape in targets),
        PAGE,
    )
    lines = [
        chart.Series(
            name,
            palette.get(name, UPSTREAM),
            [_stop(cell, unit, summary) for cell in members],
            None if line is None else (line.slope * unit.factor, line.intercept * unit.factor),
        )
        for name, members, line in found
    ]
    stops = [stop for line in lines for stop in line.stops]
    x = scales.stops([stop.x for stop in stops], is_log=shown.log_x, title=x_title)
    values = [
        value for stop in stops for value in (*stop.values, stop.low, stop.high, stop.predicted)
    ]
    y = scales.axis(values, is_log=shown.log_y, title=unit.title)
    return figure(
        lambda width_px: chart.sweep(
            lines, x=x, y=y, theme=PAGE, width_px=width_px, description=unit.title
        ),
        label=f"{labels.title(experiment.name)}: {unit.title} by {x_title}",
        is_half=is_half,
    )


def _lines(
    experiment: Experiment, summary: Summary, cells: Sequence[Cell]
) -> Iterator[tuple[str, list[Cell], Line | None]]:
    """Cells through which a line was laid belong together, whatever their shapes; then the rest."""
    fitted: set[str] = set()
    for fit in experiment.fits:
        members = [cell for cell in cells if cell.id in fit.cells]
        if members and fit.metric == experiment.chart.metric:
            fitted |= {cell.id for cell in members}
            members.sort(key=lambda cell: cell.x or 0.0)
            yield fit.name.replace("-", " "), members, summary.fits.get(fit.name)
    rest = [cell for cell in cells if cell.id not in fitted]
    for name, members in labels.series(rest).items():
        yield name, members, None


def _stop(cell: Cell, unit: Quantity, summary: Summary) -> chart.Stop:
    found = measured(summary, cell, unit.metric)
    assert found is not None
    assert cell.x is not None
    expected = predicted(cell, unit.metric)
    return chart.Stop(
        x=cell.x,
        values=[value * unit.factor for value in found.values],
        middle=found.middle * unit.factor,
        low=found.low * unit.factor,
        high=found.high * unit.factor,
        predicted=None if expected is None else expected * unit.factor,
    )
