"""What an experiment and a claim look like: their numbers, given to the charts."""

from lab.charts.tones import PAGE, Look, looks
from lab.report.figures.claim import of_claim
from lab.report.figures.figure import Figure
from lab.report.figures.lanes import lanes
from lab.report.figures.points import points
from lab.report.figures.shown import measured
from lab.report.figures.staircases import staircases
from lab.report.figures.sweep import sweeps
from lab.results.reading import Run
from lab.verdicts.summary import Summary

__all__ = ["Figure", "of_claim", "of_experiment"]


def of_experiment(run: Run, summary: Summary) -> list[Figure]:
    """Its points, its sweep or its staircases, and the lanes it asks for.

    None where nothing was measured of what it shows.
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
