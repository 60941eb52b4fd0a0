"""Claim: the claimed range as a band, and on it the measurement with its spread."""

from math import inf

import altair as alt

from lab.charts import sheet
from lab.charts.scales import Axis
from lab.charts.sheet import Sheet
from lab.charts.theme import Theme

WIDTH_PX = 232
HEIGHT_PX = 18
SIDE_PX = 18  # room for half of the number at either end of the axis
FAR = 12  # ratio; above it the smaller of two values would vanish on a linear axis
NARROWEST_PX = 3


def is_far(*values: float | None) -> bool:
    """Whether the values are so far apart that only a logarithmic axis shows them all.

    None and infinite values do not count. False where a value is 0 or negative.
    """
    known = [value for value in values if value is not None and abs(value) < inf]
    if not known or min(known) <= 0:
        return False
    return max(known) > FAR * min(known)


def claim(
    claimed: tuple[float, float] | None,
    measured: tuple[float, float, float] | None,
    *,
    x: Axis,
    theme: Theme,
    description: str,
) -> alt.LayerChart:
    """Draw what was claimed and what was measured, both in the unit of `x`.

    `claimed` is (low, high), `measured` is (middle, low, high); either may be None. An infinite
    end is open.
    """
    paper = Sheet(
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        left_px=SIDE_PX,
        right_px=SIDE_PX,
        top_px=4,
        bottom_px=36 if x.title else 20,
    )
    layers = [_axis(x, theme)]
    if claimed is not None:
        layers.append(_band(claimed, x, theme))
    if measured is not None:
        layers += _measured(measured, theme, x)
    return sheet.on(paper, layers, theme=theme, description=description)


def _band(claimed: tuple[float, float], x: Axis, theme: Theme) -> alt.Chart:
    low_px, high_px = (x.px(min(max(end, x.begin), x.end), WIDTH_PX) for end in claimed)
    if high_px - low_px < NARROWEST_PX:
        middle_px = (low_px + high_px) / 2
        low_px, high_px = middle_px - NARROWEST_PX / 2, middle_px + NARROWEST_PX / 2
    return (
        sheet.rows({})
        .mark_rect(color=theme.quiet, opacity=0.3, x=low_px, x2=high_px, y=0, y2=HEIGHT_PX)
        .encode()
    )


def _axis(x: Axis, theme: Theme) -> alt.Chart:
    return (
        sheet.rows({"x": x.begin, "x2": x.end})
        .mark_rule(color=theme.grid, y=HEIGHT_PX)
        .encode(x=x.x(), x2="x2:Q")
    )


def _measured(measured: tuple[float, float, float], theme: Theme, x: Axis) -> list[alt.Chart]:
    middle, low, high = measured
    spread = {"x": max(low, x.begin), "x2": min(high, x.end)}
    return [
        sheet.rows(spread)
        .mark_rule(color=theme.ink, strokeWidth=2, y=HEIGHT_PX / 2)
        .encode(x=x.x(), x2="x2:Q"),
        sheet.rows({"x": spread["x"]}, {"x": spread["x2"]})
        .mark_rule(color=theme.ink, strokeWidth=2, y=HEIGHT_PX / 2 - 4, y2=HEIGHT_PX / 2 + 4)
        .encode(x=x.x()),
        sheet.rows({"x": middle})
        .mark_point(
            filled=True,
            opacity=1,
            size=64,
            color=theme.ink,
            stroke=theme.background,
            strokeWidth=1,
            y=HEIGHT_PX / 2,
        )
        .encode(x=x.x()),
    ]
