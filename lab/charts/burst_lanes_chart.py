"""Lanes of a burst: which worker process served which requests, and when."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from lab.charts import sheet
from lab.charts.lanes_chart import Span, beside_lane, drawing
from lab.charts.scales import Axis
from lab.charts.sheet import Sheet
from lab.charts.theme import Theme
from lab.charts.tones import Look

LANE_PX = 22
LEFT_PX = 72  # room for "worker 4"


def burst_lanes(
    blocks: Sequence[Mapping[str, Any]],
    *,
    name: str,
    look: Look,
    x: Axis,
    theme: Theme,
    width_px: int,
    description: str,
    with_key: bool = True,
) -> alt.LayerChart:
    """Draw the lanes of one burst, `width_px` wide with its margins.

    `x` is the axis in seconds from the burst's begin. Each block has `pid` (or None), `lane`
    (from 0), `from_s`, `to_s`, `count`, `shade` (0 and 1 in turn) and `target`, which is the
    same for all blocks.
    """
    targets = {str(block["target"]) for block in blocks}
    paper = Sheet(
        width_px=width_px - LEFT_PX - 16,
        height_px=LANE_PX * (1 + max((int(block["lane"]) for block in blocks), default=0)),
        left_px=LEFT_PX,
        right_px=16,
        top_px=44,
        bottom_px=42,
    )
    span = Span(x.begin, x.end - x.begin, lambda field: x.x(field, grid=True))
    beside = [
        beside_lane("'worker ' + (datum.lane + 1)", fontSize=sheet.SMALL_PX),
        sheet.text(name, -LEFT_PX, -12, color=look.strong, fontWeight="bold"),
    ]
    if with_key:
        words = "▬ answers that came together, and how many"
        above_px = sheet.SMALL_PX - paper.top_px
        beside.append(sheet.text(words, -LEFT_PX, above_px, sheet.SMALL_PX, color=theme.quiet))
    chart = drawing(
        theme,
        span,
        colours=dict.fromkeys(targets, look.colour),
        strong=dict.fromkeys(targets, look.strong),
        beside=beside,
    )
    # Blocks of a burst do not overlap within a lane, so that one row is enough.
    rows = [{"row": 0, "rows": 1} | dict(block) for block in blocks]
    return sheet.finished(
        chart.properties(data=alt.Data(values=rows)), paper, theme=theme, description=description
    )
