"""Staircase: when each answer of a burst came, on the predicted steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from lab.charts import sheet
from lab.charts.scales import Axis
from lab.charts.sheet import Sheet
from lab.charts.theme import Theme
from lab.charts.timeline import RAIL_OPACITY, RAIL_PX
from lab.charts.tones import Look

AXIS_PX = 44
HEIGHT_PX = 150
DOT_PX2 = 24
SERIES_PX = 3  # from one series of an answer to the next, side by side


@dataclass(frozen=True, slots=True)
class Staircase:
    """One burst; answers in order from the first, in the unit of the y axis.

    `series` has, per series, when the k-th answer came. `predicted` is when theory expects it,
    `published` when the published formula, with floor, expects it. Both may be empty.
    """

    name: str
    look: Look
    series: Sequence[Sequence[float]]
    predicted: Sequence[float]
    published: Sequence[float] = ()


def staircase(
    burst: Staircase,
    *,
    y: Axis,
    theme: Theme,
    width_px: int,
    description: str,
    key: Sequence[str] = (),
) -> alt.LayerChart:
    """Draw one burst, `width_px` wide with its margins.

    The bursts of one experiment share their y axis and one key.
    """
    count = max((len(each) for each in (*burst.series, burst.predicted)), default=1)
    paper = Sheet(
        width_px=width_px - AXIS_PX - 14,
        height_px=HEIGHT_PX,
        left_px=AXIS_PX,
        right_px=14,
        top_px=64,
        bottom_px=42,
    )
    x = _answers(count)
    layers: list[alt.Chart] = []
    if burst.predicted:
        rail = _steps(burst.predicted, x, y).mark_line(
            interpolate="linear", color=burst.look.colour, strokeWidth=RAIL_PX, opacity=RAIL_OPACITY
        )
        layers.append(rail)
    if burst.published:
        layers.append(
            _steps(burst.published, x, y).mark_line(
                interpolate="linear", color=theme.ink, strokeWidth=1.5, strokeDash=[3, 3]
            )
        )
    layers.append(_dots(burst, x, y, theme, paper))
    layers.append(sheet.text(burst.name, -AXIS_PX, -32, color=burst.look.strong, fontWeight="bold"))
    layers.append(sheet.text(y.title, -AXIS_PX, -14, sheet.SMALL_PX, color=theme.quiet))
    return sheet.on(paper, layers, theme=theme, description=description, key=key)


def key(*, has_published: bool) -> list[str]:
    """Return the parts of the key: what the marks mean."""
    marks = ["● each series", "▬ ceil(k / c) · s"]
    return [*marks, "┄ floor(k / c) · s, as published"] if has_published else marks


def _answers(count: int) -> Axis:
    """Axis from half an answer before the first to half an answer after the last."""
    step = next(base for base in (1, 2, 4, 5, 10, 20, 25, 50, 100, 1000) if count / base <= 8)
    ticks = [1, *(k for k in range(step, count + 1, step) if k > 1)]
    if step > 1 and len(ticks) > 1 and ticks[1] - 1 < step / 2:
        ticks.pop(1)
    return Axis(0.5, count + 0.5, tuple(ticks), title="answer number k")


def _steps(answers: Sequence[float], x: Axis, y: Axis) -> alt.Chart:
    # A step is as wide as its answers, and the riser between two steps is drawn too.
    corners = [
        {"x": number + side, "y": answer, "n": 2 * number + (side > 0)}
        for number, answer in enumerate(answers, start=1)
        for side in (-0.5, 0.5)
    ]
    return sheet.rows(*corners).encode(x=x.x(), y=y.y(), order="n:Q")


def _dots(burst: Staircase, x: Axis, y: Axis, theme: Theme, paper: Sheet) -> alt.Chart:
    answer_px = paper.width_px / (x.end - x.begin)
    apart = min(SERIES_PX, answer_px / 4) / answer_px
    dots = [
        {"x": k + (number - (len(burst.series) - 1) / 2) * apart, "y": answer}
        for number, answers in enumerate(burst.series)
        for k, answer in enumerate(answers, start=1)
    ]
    marked = sheet.dots(sheet.rows(*dots), burst.look, theme, size_px2=DOT_PX2, edge_px=0.5)
    return marked.encode(x=x.x(), y=y.y())
