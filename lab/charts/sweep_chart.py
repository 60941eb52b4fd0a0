"""Sweep: measurements at rising values of one number, on the predicted lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt

from lab.charts import sheet
from lab.charts.scales import Axis
from lab.charts.sheet import LETTER_PX, LINE_PX, Sheet, spread_out
from lab.charts.theme import Theme
from lab.charts.timeline import RAIL_OPACITY, RAIL_PX
from lab.charts.tones import Look
from lab.verdicts.judgement import Measured

NARROW_PX = 500
AXIS_PX = 58
HEIGHT_PX = 280
GAP_PX = 14
DOT_PX2 = 42
MARKS = {"circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "cross": "✚"}
SAMPLES = 48  # parts of a fitted straight line, which is a curve on a logarithmic axis


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the x axis: what was measured there, and the prediction."""

    x: float
    found: Measured
    predicted: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line. `fitted` is the slope and the intercept of a straight line through its stops."""

    name: str
    look: Look
    stops: Sequence[Stop]
    fitted: tuple[float, float] | None = None


def sweep(
    series: Sequence[Series], *, x: Axis, y: Axis, theme: Theme, width_px: int, description: str
) -> alt.LayerChart:
    """Draw the lines, `width_px` wide with margins.

    Names stand at the ends of the lines, or above the plot in a narrow figure.
    """
    is_narrow = width_px < NARROW_PX
    name_px = max((len(each.name) + 2 for each in series), default=0) * LETTER_PX + GAP_PX
    heads_px = LINE_PX * len(series) if is_narrow else 0
    right_px = 16 if is_narrow else name_px
    paper = Sheet(
        width_px=width_px - AXIS_PX - right_px,
        height_px=HEIGHT_PX - (40 if is_narrow else 0),
        left_px=AXIS_PX,
        right_px=right_px,
        top_px=34 + (LINE_PX if y.title else 0) + heads_px,
        bottom_px=46,
    )
    if is_narrow:
        x = replace(x, title_at="end")  # a long title may begin left of the drawing
    layers: list[alt.Chart] = []
    layers += _predictions(series, x, y, theme)
    for each in series:
        layers += _fitted(each, x, y)
    for each in series:
        layers += _measured(each, x, y, theme)
    layers += _names(series, x, y, paper, is_narrow=is_narrow)
    if y.title:
        layers.append(sheet.text(y.title, -AXIS_PX, -14, sheet.SMALL_PX, color=theme.quiet))
    key = ["● each series", "— median"]
    if any(stop.predicted is not None for each in series for stop in each.stops):
        key.append("▬ predicted")
    if any(each.fitted for each in series):
        key.append("╍ fitted line")
    return sheet.on(paper, layers, theme=theme, description=description, key=key)


def _place(x: Axis, y: Axis) -> dict[str, alt.X | alt.Y]:
    return {"x": x.x(), "y": y.y()}


def _predictions(series: Sequence[Series], x: Axis, y: Axis, theme: Theme) -> list[alt.Chart]:
    # Series with equal predictions share one line, in a neutral colour if theirs differ.
    rails: dict[tuple[tuple[float, float], ...], list[str]] = {}
    for each in series:
        rail = tuple((stop.x, stop.predicted) for stop in each.stops if stop.predicted is not None)
        if rail:
            rails.setdefault(rail, []).append(each.look.colour)
    return [
        _rail(rail, colours[0] if len(set(colours)) == 1 else theme.quiet, x, y)
        for rail, colours in rails.items()
    ]


def _rail(rail: Sequence[tuple[float, float]], colour: str, x: Axis, y: Axis) -> alt.Chart:
    points = sheet.rows(*({"x": at, "y": value} for at, value in rail))
    if len(rail) > 1:
        mark = points.mark_line(
            color=colour, strokeWidth=RAIL_PX, opacity=RAIL_OPACITY, strokeJoin="round"
        )
    else:
        mark = points.mark_tick(
            color=colour, orient="horizontal", thickness=RAIL_PX, size=28, opacity=RAIL_OPACITY
        )
    return mark.encode(**_place(x, y))


def _fitted(each: Series, x: Axis, y: Axis) -> list[alt.Chart]:
    layers = []
    if each.fitted is not None and each.stops:
        slope, intercept = each.fitted
        first, last = each.stops[0].x, each.stops[-1].x
        line = [
            {"x": at, "y": max(slope * at + intercept, y.begin)}
            for at in (first + (last - first) * part / SAMPLES for part in range(SAMPLES + 1))
        ]
        layers.append(
            sheet.rows(*line)
            .mark_line(color=each.look.colour, strokeWidth=1.5, strokeDash=[5, 4])
            .encode(**_place(x, y))
        )
    return layers


def _measured(each: Series, x: Axis, y: Axis, theme: Theme) -> list[alt.Chart]:
    middles = [{"x": stop.x, "y": stop.found.middle} for stop in each.stops]
    spreads = [{"x": stop.x, "y": stop.found.low, "y2": stop.found.high} for stop in each.stops]
    dots = [{"x": stop.x, "y": value} for stop in each.stops for value in stop.found.values]
    layers = [
        sheet.rows(*spreads)
        .mark_rule(color=each.look.strong, strokeWidth=1.5)
        .encode(**_place(x, y), y2="y2:Q"),
        sheet.dots(sheet.rows(*dots), each.look, theme, size_px2=DOT_PX2, edge_px=0.8).encode(
            x=x.x(), y=y.y()
        ),
    ]
    if each.fitted is None and len(middles) > 1:
        line = sheet.rows(*middles).mark_line(color=each.look.strong, strokeWidth=1.5)
        layers.insert(0, line.encode(**_place(x, y)))
    return layers


def _names(
    series: Sequence[Series], x: Axis, y: Axis, paper: Sheet, *, is_narrow: bool
) -> list[alt.Chart]:
    shown = [each for each in series if each.stops]
    places: list[tuple[float, float]]
    if is_narrow:
        places = [(-AXIS_PX, -34 - LINE_PX * number) for number in reversed(range(len(shown)))]
    else:
        ends = [
            paper.height_px - y.px(each.stops[-1].found.middle, paper.height_px) for each in shown
        ]
        moved = spread_out(ends, apart=LINE_PX, begin=6, end=paper.height_px - 6)
        places = [(paper.width_px + 10, at) for at in moved]
    return [
        sheet.text(
            f"{MARKS[each.look.symbol]} {each.name}",
            at_px,
            y_px,
            color=each.look.strong,
            fontWeight="bold",
        )
        for each, (at_px, y_px) in zip(shown, places, strict=True)
    ]
