"""Lanes: which worker served what, in one burst of each cell that asks for it."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from lab import lanes as cut
from lab.charts import burst_lanes as chart
from lab.charts import scales
from lab.charts.scales import Axis
from lab.charts.tones import PAGE, Look
from lab.experiments.experiment import Cell
from lab.report import labels
from lab.report.figures.figure import Figure, figure
from lab.results.measurement import Measurement
from lab.results.reading import Run
from lab.samples import Sample, makespan_s
from lab.verdicts import metrics


def lanes(run: Run, palette: Mapping[str, Look]) -> list[Figure]:
    """Of each cell the repeat of median length, all on one axis of time."""
    asked = [cell for cell in run.experiment.cells if cell.id in run.experiment.chart.lanes]
    typical = [(cell, burst) for cell in asked if (burst := _typical(run, cell))]
    longest_s = max((makespan_s(burst) for _, burst in typical), default=0.0)
    if not longest_s:
        return []
    names = labels.of(run.experiment.cells)
    x = scales.axis([longest_s], title="seconds")
    return [
        _figure(
            _blocks(cell.shape, burst), names[cell.id], palette[cell.shape], x, is_first=not number
        )
        for number, (cell, burst) in enumerate(typical)
    ]


def first_burst(measurement: Measurement) -> list[Sample]:
    """The requests of a measurement's first burst; none of what only warmed up."""
    bursts = metrics.bursts(measurement)
    return [row.sample for row in bursts[0]] if bursts else []


def _figure(
    blocks: Sequence[Mapping[str, Any]], name: str, look: Look, x: Axis, *, is_first: bool
) -> Figure:
    return figure(
        lambda width_px: chart.burst_lanes(
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
    return min(bursts, key=lambda burst: abs(makespan_s(burst) - middle_s))


def _blocks(shape: str, burst: Sequence[Sample]) -> list[dict[str, Any]]:
    """What was picked up before the block in front of it had ended is drawn from there on."""
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
