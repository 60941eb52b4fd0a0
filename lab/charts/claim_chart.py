"""Claim: the claimed range as a band, and on it the measurement with its interval.

A report has a hundred of these, so that they are written as SVG here. Through Vega, as the other
figures are, they would take ten seconds.
"""

from collections.abc import Iterator
from math import inf

from lab.charts import sheet
from lab.charts.scales import Axis
from lab.charts.theme import Theme
from lab.rounded import digits, exact

WIDTH_PX = 200
HEIGHT_PX = 18
SIDE_PX = 26  # room for half of the number at either end of the axis
NUMBERS_PX = 16
FAR = 12  # ratio; above it the smaller of two values would vanish on a linear axis
NARROWEST_PX = 3
WHISKER_PX = 4
DOT_PX = 4.5
GAP_PX = 8  # between two numbers
DIGIT_PX = 7.2  # width of a digit at sheet.SMALL_PX, in a wide font


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
    measured: tuple[float, float, float],
    *,
    x: Axis,
    theme: Theme,
) -> str:
    """Draw what was claimed and what was measured as SVG, both in the unit of `x`.

    `claimed` is (low, high) or None, `measured` is (middle, low, high). An infinite end is open.
    """
    band = "" if claimed is None else _band(claimed, x, theme)
    return (
        f'<svg width="{WIDTH_PX + 2 * SIDE_PX}" height="{HEIGHT_PX + NUMBERS_PX}"'
        f' viewBox="{-SIDE_PX} 0 {WIDTH_PX + 2 * SIDE_PX} {HEIGHT_PX + NUMBERS_PX}">'
        f'<path class="axis" d="M0 {HEIGHT_PX}H{WIDTH_PX}" stroke="{theme.grid}"/>'
        f'<g class="mark">{band}{"".join(_measured(measured, x, theme))}</g>'
        f'<g font-size="{sheet.SMALL_PX}" fill="{theme.quiet}" text-anchor="middle">'
        f"{''.join(_numbers(x))}</g></svg>"
    )


def _px(value: float, x: Axis) -> float:
    return round(x.px(min(max(value, x.begin), x.end), WIDTH_PX), 1)


def _band(claimed: tuple[float, float], x: Axis, theme: Theme) -> str:
    low_px, high_px = (_px(end, x) for end in claimed)
    width_px = max(high_px - low_px, NARROWEST_PX)
    begin_px = round((low_px + high_px - width_px) / 2, 1)
    return (
        f'<rect x="{begin_px}" y="0" width="{width_px:.1f}" height="{HEIGHT_PX}"'
        f' fill="{theme.quiet}" opacity="0.3"/>'
    )


def _measured(measured: tuple[float, float, float], x: Axis, theme: Theme) -> Iterator[str]:
    middle_px, low_px, high_px = (_px(value, x) for value in measured)
    at_px = HEIGHT_PX / 2
    whiskers = "".join(f"M{end} {at_px - WHISKER_PX}v{2 * WHISKER_PX}" for end in (low_px, high_px))
    yield f'<path d="M{low_px} {at_px}H{high_px}" stroke="{theme.ink}" stroke-width="2"/>'
    yield f'<path d="{whiskers}" stroke="{theme.ink}" stroke-width="2"/>'
    yield (
        f'<circle cx="{middle_px}" cy="{at_px}" r="{DOT_PX}" fill="{theme.ink}"'
        f' stroke="{theme.background}"/>'
    )


def _numbers(x: Axis) -> Iterator[str]:
    # Numbers that would touch the one before are left out.
    free_px = -inf
    for tick in x.ticks:
        text = exact(digits(tick, 4))
        at_px, half_px = _px(tick, x), len(text) * DIGIT_PX / 2
        if at_px - half_px >= free_px:
            yield f'<text x="{at_px}" y="{HEIGHT_PX + NUMBERS_PX - 3}">{text}</text>'
            free_px = at_px + half_px + GAP_PX
