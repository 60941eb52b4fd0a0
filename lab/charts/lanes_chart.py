"""Lanes: what each worker process did in the last seconds, as the client saw it.

Lanes of a burst share `drawing`; a `Span` is the time that a drawing shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt

from lab.charts.frame import Margins, nothing_yet, title
from lab.charts.theme import COLOURS, TEXT_PX, Theme, colour_of
from lab.charts.timeline import x_ago

LAST_S = 12
NAME_PX = 110
NUMBER_PX = 74  # room for "worker 12"
MARGINS = Margins(left=NAME_PX + NUMBER_PX, narrow_left=NAME_PX, right=14)
LANE_GAP_PX = 3
TARGET_GAP_PX = 6
DIGIT_PX = 9  # width of one digit of a count
# Numbers are left out where the margin is narrow, or where lanes are lower than a line of text.
HAS_NUMBERS = f"(left_px > {MARGINS.narrow_left} && datum.lane_px >= {TEXT_PX})"
WORKER = f"{HAS_NUMBERS} ? 'worker ' + datum.worker : ''"
PID = alt.Tooltip("pid:N", title="PID")


@dataclass(frozen=True, slots=True)
class Span:
    """The time shown: `length_s` seconds from `begin_s` on. `x` encodes a field on that axis."""

    begin_s: float
    length_s: float
    x: Callable[[str], alt.X]


LAST = Span(-LAST_S, LAST_S, x_ago)


def lanes(theme: Theme) -> alt.LayerChart:
    """Draw a lane per worker process, with a block for requests that it finished together.

    A row whose `count` is 0 makes a lane without blocks, for a worker that served nothing.
    """
    strong = {target: theme.strong(target) for target in COLOURS}
    return drawing(
        theme,
        LAST,
        colours=COLOURS,
        strong=strong,
        beside=[_name(strong), beside_lane(WORKER), nothing_yet("blocks", "lane")],
        title=title("Workers, last 12 seconds", "▬ answers that came together"),
        description="When each worker process answered how many requests: 12 seconds.",
    )


def drawing(
    theme: Theme,
    span: Span,
    *,
    colours: Mapping[str, str],
    strong: Mapping[str, str],
    beside: list[alt.Chart],
    **properties: object,
) -> alt.LayerChart:
    """Draw the lanes of a span of time.

    `colours` and `strong` are by the rows' `target`. `beside` are layers that name the lanes,
    `properties` are those of the layered chart.
    """
    return (
        alt.layer(
            _floor(theme), _block(span, colours, strong), _count(theme, span), *beside, **properties
        )
        .transform_joinaggregate(first_lane="min(lane)", end_lane="max(lane)", groupby=["target"])
        # Groups are targets, numbered from 1 at the top, with a gap between two.
        .transform_window(group="dense_rank()", sort=[alt.SortField("first_lane")])
        .transform_joinaggregate(groups="max(group)", last_lane="max(lane)")
        .transform_calculate(
            lane_px=f"(height - (datum.groups - 1) * {TARGET_GAP_PX}) / (datum.last_lane + 1)"
        )
        .transform_calculate(group_px=f"(datum.group - 1) * {TARGET_GAP_PX}")
        .transform_calculate(top_px="datum.group_px + datum.lane * datum.lane_px")
        .transform_calculate(inner_px=f"datum.lane_px - min({LANE_GAP_PX}, datum.lane_px / 4)")
        .resolve_scale(color="independent")
    )


def _floor(theme: Theme) -> alt.Chart:
    """Background of each lane, visible where its worker does nothing."""
    return (
        each_lane()
        .mark_rect(
            color=theme.floor,
            x=0,
            x2=alt.ExprRef("width"),
            y=alt.ExprRef("datum.top_px"),
            y2=alt.ExprRef("datum.top_px + datum.inner_px"),
        )
        .encode(tooltip=PID)
    )


def each_lane() -> alt.Chart:
    """Return one row per lane with its place in pixels: `top_px`, `lane_px` and `inner_px`."""
    return alt.Chart().transform_aggregate(
        top_px="min(top_px)",
        inner_px="min(inner_px)",
        lane_px="min(lane_px)",
        first_lane="min(first_lane)",
        end_lane="max(end_lane)",
        groupby=["lane", "target", "worker", "pid"],
    )


def _rows(span: Span) -> alt.Chart:
    """Blocks with their place in pixels."""
    return (
        alt.Chart()
        .transform_filter("datum.count > 0")
        .transform_calculate(row_px="datum.inner_px / datum.rows")
        .transform_calculate(block_px=f"(datum.to_s - datum.from_s) / {span.length_s} * width")
        .transform_calculate(y_px="datum.top_px + datum.row * datum.row_px")
    )


def _block(span: Span, colours: Mapping[str, str], strong: Mapping[str, str]) -> alt.Chart:
    tones = dict(colours) | {f"{target} 1": tone for target, tone in strong.items()}
    return (
        _rows(span)
        .transform_calculate(tone="datum.target + (datum.shade ? ' 1' : '')")
        # Neighbours leave a gap of 1 px, unless less than 1.5 px of a block would remain.
        .transform_calculate(
            end_s=f"datum.from_s + max(datum.block_px - 1, 1.5) * {span.length_s} / width"
        )
        .mark_rect(
            y=alt.ExprRef("datum.y_px"),
            y2=alt.ExprRef("datum.y_px + datum.row_px - (datum.row_px > 4 && datum.rows > 1)"),
        )
        .encode(x=span.x("from_s"), x2="end_s:Q", color=colour_of("tone", tones), tooltip=PID)
    )


def _count(theme: Theme, span: Span) -> alt.Chart:
    """Number of requests in a block, if above 1 and if the block has room for it."""
    middle_s = f"(datum.from_s + datum.to_s) / 2 - ({span.begin_s})"
    return (
        _rows(span)
        .transform_filter("datum.count > 1 && datum.row_px >= 12")
        .transform_calculate(digits="length('' + datum.count)")
        .transform_filter(f"datum.block_px > (datum.digits + 0.5) * {DIGIT_PX}")
        .mark_text(
            color=theme.on_target,
            fontWeight="bold",
            fontSize=alt.ExprRef(f"min({TEXT_PX}, datum.row_px)"),
            x=alt.ExprRef(f"width * ({middle_s}) / {span.length_s}"),
            y=alt.ExprRef("datum.y_px + datum.row_px / 2"),
        )
        .encode(text="count:Q")
    )


def _name(strong: Mapping[str, str]) -> alt.Chart:
    """Name each target once: beside its first worker, or in the middle of its lanes."""
    to_middle = "(1 + datum.end_lane - datum.first_lane) * datum.lane_px / 2"
    return (
        each_lane()
        .transform_filter("datum.lane === datum.first_lane")
        .mark_text(
            align="right",
            fontWeight="bold",
            x=alt.ExprRef(f"{HAS_NUMBERS} ? -{NUMBER_PX} : -8"),
            y=alt.ExprRef(f"datum.top_px + ({HAS_NUMBERS} ? datum.lane_px / 2 : {to_middle})"),
        )
        .encode(text="target:N", color=colour_of("target", strong))
    )


def beside_lane(text: str, **look: Any) -> alt.Chart:
    """Write an expression's text left of each lane, in the middle of its height."""
    middle = alt.ExprRef("datum.top_px + datum.lane_px / 2")
    return (
        each_lane()
        .mark_text(align="right", text=alt.ExprRef(text), x=-8, y=middle, **look)
        .encode()
    )
