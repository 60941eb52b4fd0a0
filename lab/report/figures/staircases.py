"""Staircases: when each answer of a burst came, one figure for each cell."""

from collections.abc import Mapping, Sequence

from lab import theory
from lab.charts import scales
from lab.charts import staircase as chart
from lab.charts.scales import Axis
from lab.charts.tones import PAGE, Look
from lab.experiments.experiment import Cell
from lab.report import labels
from lab.report.figures.figure import Figure, figure
from lab.report.figures.lanes import first_burst
from lab.report.quantities import quantity
from lab.results.measurement import Measurement
from lab.results.reading import Run


def staircases(run: Run, cells: Sequence[Cell], palette: Mapping[str, Look]) -> list[Figure]:
    """All on one axis; the first says what the marks mean. Shows each repeat's first burst."""
    names = labels.of(cells)
    answers = {cell.id: [_answers_s(each) for each in run.of(cell.id)] for cell in cells}
    ends_s = [end_s for each in answers.values() for one in each for end_s in one]
    unit = quantity("makespan_s", ends_s)
    bursts = []
    for cell in cells:
        predicted_s, published_s = _steps_s(cell)
        bursts.append(
            chart.Staircase(
                name=names[cell.id],
                look=palette[cell.shape],
                repeats=[[end_s * unit.factor for end_s in one] for one in answers[cell.id]],
                predicted=[end_s * unit.factor for end_s in predicted_s],
                published=[end_s * unit.factor for end_s in published_s],
            )
        )
    y = scales.axis(
        [end for each in bursts for one in (*each.repeats, each.predicted) for end in one],
        title=f"answered after, {unit.unit}",
        parts=4,
    )
    key = chart.key(has_published=any(each.published for each in bursts))
    return [_figure(each, y, () if number else key) for number, each in enumerate(bursts)]


def _figure(burst: chart.Staircase, y: Axis, key: Sequence[str]) -> Figure:
    return figure(
        lambda width_px: chart.staircase(
            burst, y=y, theme=PAGE, width_px=width_px, description=burst.name, key=key
        ),
        label=f"When each answer of a burst came, measured and predicted: {burst.name}",
        is_half=True,
    )


def _steps_s(cell: Cell) -> tuple[list[float], list[float]]:
    """When each answer is due: as theory has it, and as published, which knows of slots only."""
    given = cell.prediction.inputs
    service_s, slots = given.get("service_s"), given.get("slots")
    if service_s is None:
        return [], []
    limit = None if slots is None else int(slots)
    places = range(1, cell.load.requests + 1)
    predicted = [
        theory.answer_s(position=place, slots=limit, service_s=service_s) for place in places
    ]
    if limit is None:
        return predicted, []
    return predicted, [
        theory.published_answer_s(position=place, slots=limit, service_s=service_s)
        for place in places
    ]


def _answers_s(measurement: Measurement) -> list[float]:
    """When the answers of its first burst came, in order, from the burst's begin."""
    burst = first_burst(measurement)
    begin_s = min((sample.start_s for sample in burst), default=0.0)
    return sorted(sample.end_s - begin_s for sample in burst if not sample.error)
