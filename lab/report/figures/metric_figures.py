"""Figures of a metric: a row per cell, or a line per shape over the number that was changed."""

from collections.abc import Iterator, Mapping, Sequence

from lab.charts import points_chart, scales, sweep_chart
from lab.charts.tones import PAGE, Look, looks
from lab.experiments.experiment import Cell, Experiment
from lab.experiments.metric_catalogue import said
from lab.report import labels
from lab.report.figures.figure import PageFigure
from lab.report.quantities import Quantity, band, common_quantity, measured, predicted
from lab.verdicts.estimates import Line
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import Summary


def points(
    experiment: Experiment, summary: Summary, cells: Sequence[Cell], palette: Mapping[str, Look]
) -> PageFigure:
    """Draw each cell's series on the predicted value. All cells must have been measured."""
    metric = experiment.chart.metric
    unit = common_quantity(metric, summary, cells)
    names = labels.of(cells)
    rows = [_point(cell, names[cell.id], unit, summary, palette[cell.shape]) for cell in cells]
    values = [value for row in rows for value in (*_ends(row.found), row.predicted)]
    # A tolerance that reaches below 0 must not extend the axis there.
    values += [edge for row in rows for edge in row.band or () if edge >= 0]
    x = scales.axis(values, is_log=experiment.chart.log_x, title=unit.title, parts=6)
    return PageFigure(
        lambda width_px: points_chart.points(
            rows, x=x, theme=PAGE, width_px=width_px, description=unit.title
        ),
        label=f"{labels.title(experiment.name)}: {unit.title} of {len(rows)} cells, by repeat",
    )


def _ends(found: Measured) -> tuple[float, ...]:
    return (*found.values, found.low, found.high)


def _point(
    cell: Cell, name: str, unit: Quantity, summary: Summary, look: Look
) -> points_chart.Point:
    found = measured(summary, cell, unit.metric)
    assert found is not None
    edges = band(cell, unit.metric)
    return points_chart.Point(
        name=name,
        look=look,
        found=found.scaled(unit.factor),
        told=said(unit.metric, found.middle),
        predicted=unit.of(predicted(cell, unit.metric)),
        band=None if edges is None else (edges[0] * unit.factor, edges[1] * unit.factor),
    )


UPSTREAM = Look(PAGE.quiet, PAGE.ink, "circle")


def sweeps(experiment: Experiment, summary: Summary, cells: Sequence[Cell]) -> list[PageFigure]:
    """Draw all cells that have an x in one figure, or one figure per panel.

    All cells must have been measured. Panels share one unit.
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
) -> PageFigure:
    shown = experiment.chart
    found = list(_lines(experiment, summary, cells))
    targets = {shape.name: shape.target for shape in experiment.shapes}
    # The upstream and the driver are no shapes; their lines have the look UPSTREAM.
    palette = looks(
        ((name, targets[each[0].shape]) for name, each, _ in found if each[0].shape in targets),
        PAGE,
    )
    lines = [
        sweep_chart.Series(
            name,
            palette.get(name, UPSTREAM),
            [_stop(cell, unit, summary) for cell in members],
            None if line is None else (line.slope * unit.factor, line.intercept * unit.factor),
        )
        for name, members, line in found
    ]
    stops = [stop for line in lines for stop in line.stops]
    x = scales.stops([stop.x for stop in stops], is_log=shown.log_x, title=x_title)
    values = [value for stop in stops for value in (*_ends(stop.found), stop.predicted)]
    y = scales.axis(values, is_log=shown.log_y, title=unit.title)
    return PageFigure(
        lambda width_px: sweep_chart.sweep(
            lines, x=x, y=y, theme=PAGE, width_px=width_px, description=unit.title
        ),
        label=f"{labels.title(experiment.name)}: {unit.title} by {x_title}",
        is_half=is_half,
    )


def _lines(
    experiment: Experiment, summary: Summary, cells: Sequence[Cell]
) -> Iterator[tuple[str, list[Cell], Line | None]]:
    # Cells with one line fitted through them belong together, whatever their shapes.
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


def _stop(cell: Cell, unit: Quantity, summary: Summary) -> sweep_chart.Stop:
    found = measured(summary, cell, unit.metric)
    assert found is not None
    assert cell.x is not None
    expected = unit.of(predicted(cell, unit.metric))
    return sweep_chart.Stop(cell.x, found.scaled(unit.factor), expected)
