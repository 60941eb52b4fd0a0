"""Figures of single bursts: which worker served what, and when each answer came."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from lab import lanes as cut
from lab import theory
from lab.charts import burst_lanes_chart, scales, staircase_chart
from lab.charts.scales import Axis
from lab.charts.tones import PAGE, Look
from lab.experiments import predicting
from lab.experiments.experiment import Cell
from lab.report import labels
from lab.report.figures.figure import PageFigure
from lab.report.quantities import quantity
from lab.results.measurement import Measurement
from lab.results.reading import Run
from lab.samples import Sample, makespan_s
from lab.verdicts import metrics


def lanes(run: Run, palette: Mapping[str, Look]) -> list[PageFigure]:
    """Draw the repeat with the median makespan of each cell, all on one axis of time."""
    asked = [cell for cell in run.experiment.cells if cell.id in run.experiment.chart.lanes]
    typical = [(cell, burst) for cell in asked if (burst := _typical(run, cell))]
    longest_s = max((makespan_s(burst) for _, burst in typical), default=0.0)
    if not longest_s:
        return []
    names = labels.of(run.experiment.cells)
    x = scales.axis([longest_s], title="seconds")
    return [
        _lanes_figure(
            _blocks(cell.shape, burst), names[cell.id], palette[cell.shape], x, is_first=not number
        )
        for number, (cell, burst) in enumerate(typical)
    ]


def first_burst(measurement: Measurement) -> list[Sample]:
    """Requests of a measurement's first burst, without warm-up; empty where there is none."""
    bursts = metrics.bursts(measurement)
    return [row.sample for row in bursts[0]] if bursts else []


def _lanes_figure(
    blocks: Sequence[Mapping[str, Any]], name: str, look: Look, x: Axis, *, is_first: bool
) -> PageFigure:
    return PageFigure(
        lambda width_px: burst_lanes_chart.burst_lanes(
            blocks,
            name=name,
            look=look,
            x=x,
            theme=PAGE,
            width_px=width_px,
            description=name,
            with_key=is_first,
        ),
        label=f"Which worker answered what, and when: {name}",
        is_half=True,
    )


def _typical(run: Run, cell: Cell) -> list[Sample]:
    bursts = [burst for each in run.of(cell.id) if (burst := first_burst(each))]
    if not bursts:
        return []
    middle_s = median(makespan_s(burst) for burst in bursts)
    # For an even number of series no burst may have the median length: take the nearest.
    return min(bursts, key=lambda burst: abs(makespan_s(burst) - middle_s))


def _blocks(shape: str, burst: Sequence[Sample]) -> list[dict[str, Any]]:
    # A block that was picked up before the previous one ended is drawn from that end on.
    begin_s = min(sample.start_s for sample in burst)
    blocks = []
    for number, lane in enumerate(cut.lanes(burst)):
        ended_s = 0.0
        for index, block in enumerate(lane.blocks):
            first_s = max(block.start_s - begin_s, ended_s)
            ended_s = block.end_s - begin_s
            blocks.append(
                {
                    "target": shape,
                    "pid": lane.worker_pid,
                    "lane": number,
                    "from_s": first_s,
                    "to_s": ended_s,
                    "count": block.count,
                    "shade": index % 2,
                }
            )
    return blocks


def staircases(run: Run, cells: Sequence[Cell], palette: Mapping[str, Look]) -> list[PageFigure]:
    """Draw the first burst of each repeat, a figure per cell, all on one axis.

    Only the first figure has the key.
    """
    names = labels.of(cells)
    answers = {cell.id: [_answers_s(each) for each in run.of(cell.id)] for cell in cells}
    ends_s = [end_s for each in answers.values() for one in each for end_s in one]
    unit = quantity("makespan_s", ends_s)
    bursts = []
    for cell in cells:
        predicted_s, published_s = _steps_s(cell)
        bursts.append(
            staircase_chart.Staircase(
                name=names[cell.id],
                look=palette[cell.shape],
                series=[[end_s * unit.factor for end_s in one] for one in answers[cell.id]],
                predicted=[end_s * unit.factor for end_s in predicted_s],
                published=[end_s * unit.factor for end_s in published_s],
            )
        )
    y = scales.axis(
        [end for each in bursts for one in (*each.series, each.predicted) for end in one],
        title=f"answered after, {unit.unit}",
        parts=4,
    )
    key = staircase_chart.key(has_published=any(each.published for each in bursts))
    return [_staircase_figure(each, y, () if number else key) for number, each in enumerate(bursts)]


def _staircase_figure(burst: staircase_chart.Staircase, y: Axis, key: Sequence[str]) -> PageFigure:
    return PageFigure(
        lambda width_px: staircase_chart.staircase(
            burst, y=y, theme=PAGE, width_px=width_px, description=burst.name, key=key
        ),
        label=f"When each answer of a burst came, measured and predicted: {burst.name}",
        is_half=True,
    )


def _steps_s(cell: Cell) -> tuple[list[float], list[float]]:
    """Due times of the answers, in seconds: by theory, and by the published formula.

    The published times are empty without a slot limit, because that formula needs slots.
    """
    given = cell.prediction.inputs
    service_s, slots = given.get("service_s"), given.get("slots")
    if service_s is None or "slots" not in given:
        return [], []
    limit = None if slots is None else int(slots)
    places = range(1, cell.load.requests + 1)
    way = predicting.way(given)
    # The answer at a place is the last one of a burst of so many requests.
    predicted = [theory.makespan_s(requests=place, way=way) for place in places]
    if limit is None:
        return predicted, []
    return predicted, [
        theory.published_answer_s(position=place, slots=limit, service_s=service_s)
        for place in places
    ]


def _answers_s(measurement: Measurement) -> list[float]:
    """Sorted times of the first burst's good answers, in seconds from the burst's begin."""
    burst = first_burst(measurement)
    begin_s = min((sample.start_s for sample in burst), default=0.0)
    return sorted(sample.end_s - begin_s for sample in burst if not sample.error)
