"""Figures of an experiment and of a claim: their numbers, handed to the charts."""

from math import inf

from lab.charts import claim_chart, scales
from lab.charts.tones import PAGE, Look, looks
from lab.claims.rule import Outcome, amount, edges
from lab.report.figures.burst_figures import lanes, staircases
from lab.report.figures.figure import PageFigure, inlined
from lab.report.figures.metric_figures import points, sweeps
from lab.report.quantities import measured
from lab.results.reading import Run
from lab.verdicts.summary import Summary

__all__ = ["PageFigure", "of_experiment", "of_outcome"]


def of_experiment(run: Run, summary: Summary) -> list[PageFigure]:
    """Return the experiment's points, sweep or staircases, and the lanes that it asks for.

    Empty where no cell has a measurement of the chart's metric.
    """
    experiment = run.experiment
    palette = looks(((shape.name, shape.target) for shape in experiment.shapes), PAGE)
    for cell in experiment.cells:  # the upstream and the driver are no shapes
        palette.setdefault(cell.shape, Look(PAGE.quiet, PAGE.ink, "circle"))
    cells = [cell for cell in experiment.cells if measured(summary, cell, experiment.chart.metric)]
    if not cells:
        return []
    if experiment.chart.kind == "staircase":
        drawn = staircases(run, cells, palette)
    elif experiment.chart.kind == "sweep" and any(cell.x is not None for cell in cells):
        drawn = sweeps(experiment, summary, cells)
    else:
        drawn = [points(experiment, summary, cells, palette)]
    return drawn + lanes(run, palette)


def of_outcome(outcome: Outcome) -> str:
    """Draw what a part claims and what was measured, which decides nothing by itself.

    Returns SVG; "" where nothing was claimed or nothing measured.
    """
    found, claimed = outcome.measured, outcome.claimed
    if found is None or claimed is None:
        return ""
    seen = (found.middle, found.low, found.high)
    values = [value for value in (*claimed, *seen) if abs(value) < inf]
    is_log = min(seen) > 0 and claim_chart.is_far(*(value for value in values if value))
    x = scales.axis(values, is_log=is_log, parts=4)
    drawn = claim_chart.claim(claimed, seen, x=x, theme=PAGE)
    label = f"{outcome.label}: claimed {edges(claimed)}, measured {amount(found, outcome.unit)}"
    return inlined(drawn, label=label.replace("`", ""))
