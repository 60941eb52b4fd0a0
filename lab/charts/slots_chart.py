"""Slots and queue: how many requests of a target are in flight, and how many of them only wait."""

from typing import Any

import altair as alt

from lab.charts.frame import AXIS_PX, NAME_PX, Margins, nothing_yet, title
from lab.charts.scales import HEADROOM, magnitude, round_up
from lab.charts.theme import LINE_PX, TEXT_PX, Theme, order, strong_colour, target_colour
from lab.charts.timeline import x_of_second

MARGINS = Margins(left=AXIS_PX, narrow_left=AXIS_PX, right=NAME_PX)
GAPS_PX = 36  # sum of all gaps between panels
LOW_PX = 40  # a lower panel has no room for the 0 of its axis
# Slots over the most requests in flight. A rule further up would flatten everything else, so
# an arrow beside the number of slots replaces it.
FAR = 2
NAME_Y = "(datum.foot_px - datum.high_px + 2)"


def slots(theme: Theme) -> alt.LayerChart:
    """Draw one panel per target, one below the other, all on one scale from zero.

    Busy slots are solid, the queue stands on them in a light tint, and a dashed rule marks the
    slots.
    """
    return _panels(
        alt.layer(
            _edge("datum.top", theme),
            _edge("0", theme),
            _area("datum.busy", "datum.in_flight", opacity=theme.tint),
            _area("0", "datum.busy", opacity=1),
            _slots_rule(theme),
            _number("datum.top"),
            _number("0").transform_filter(f"datum.high_px >= {LOW_PX}"),
            _name(theme),
            _slots_name(theme),
            nothing_yet("seconds", "busy"),
            title=title("Requests in flight", "■ busy slots", "□ queue", "╍ slots"),
            description="Busy slots and queue of each target: the last minute.",
        ).resolve_scale(color="independent")
    )


def _panels(chart: alt.LayerChart) -> alt.LayerChart:
    # Panels are laid out here, in pixels: Vega-Lite's own facets cannot follow the width of their
    # container. Each row gets the common scale and the place of its target's panel.
    return (
        chart.transform_calculate(in_flight="datum.busy + datum.queue")
        .transform_joinaggregate(most="max(in_flight)")
        .transform_calculate(
            near=f"isValid(datum.slots) && datum.slots <= {FAR} * datum.most ? datum.slots : 0"
        )
        .transform_joinaggregate(nearest="max(near)")
        .transform_calculate(peak=f"{HEADROOM} * max(datum.most, datum.nearest)")
        .transform_calculate(magnitude=magnitude("datum.peak"))
        .transform_calculate(top=round_up("datum.peak", magnitude="datum.magnitude"))
        .transform_calculate(order=order("target"))
        .transform_window(panel="dense_rank()", sort=[alt.SortField("order")])
        .transform_joinaggregate(panels="max(panel)")
        .transform_calculate(foot_px="datum.panel * height / datum.panels")
        .transform_calculate(high_px=f"(height - {GAPS_PX}) / datum.panels")
        .transform_joinaggregate(last_s="max(t_s)", groupby=["target"])
    )


def _y(value: str) -> str:
    """Expression: a value's place in its panel, in pixels from the top of the chart."""
    return f"datum.foot_px - ({value}) / datum.top * datum.high_px"


def _area(lower: str, upper: str, *, opacity: float) -> alt.Chart:
    """Area between two values, without height where the upstream's count is unknown."""
    return (
        alt.Chart()
        .transform_calculate(lower_px=_y(lower), upper_px=_y(upper))  # null counts as 0
        .mark_area(interpolate="step-after", opacity=opacity)
        .encode(
            x=x_of_second(),
            y=alt.Y("lower_px:Q", scale=None, axis=None),
            y2="upper_px:Q",
            color=target_colour(),
        )
    )


def _last() -> alt.Chart:
    """The last row of each target, the only one that rules and words need."""
    return alt.Chart().transform_filter("datum.t_s === datum.last_s")


def _across(value: str) -> dict[str, Any]:
    """Encodings of a rule across the chart, at a value."""
    return {"x": alt.XValue(0), "x2": alt.X2Value("width"), "y": alt.YValue(alt.ExprRef(_y(value)))}


def _edge(value: str, theme: Theme) -> alt.Chart:
    return _last().mark_rule(color=theme.grid).encode(**_across(value))


def _number(value: str) -> alt.Chart:
    return (
        _last()
        .mark_text(
            align="right",
            text=alt.ExprRef(f"format({value}, ',~r')"),
            x=-6,
            y=alt.ExprRef(_y(value)),
        )
        .encode()
    )


def _slots_rule(theme: Theme) -> alt.Chart:
    return (
        _last()
        .transform_filter("isValid(datum.slots) && datum.slots <= datum.top")
        .mark_rule(color=theme.ink, strokeWidth=2, strokeDash=[6, 4])
        .encode(**_across("datum.slots"))
    )


def _name(theme: Theme) -> alt.Chart:
    return (
        _last()
        .mark_text(
            align="left", fontWeight="bold", x=alt.ExprRef("width + 8"), y=alt.ExprRef(NAME_Y)
        )
        .encode(text="target:N", color=strong_colour(theme))
    )


def _slots_name(theme: Theme) -> alt.Chart:
    # Beside the rule, but at least one line below the target's name, if there is room for both.
    known = "format(datum.slots, ',') + (datum.slots === 1 ? ' slot' : ' slots')"
    level = "isValid(datum.slots) ? min(datum.slots, datum.top) : datum.top"
    return (
        _last()
        .transform_filter(f"height / datum.panels > {2 * TEXT_PX}")
        .mark_text(
            align="left",
            color=theme.ink,
            text=alt.ExprRef(
                f"!isValid(datum.slots) ? 'no slot limit' "
                f": datum.slots > datum.top ? '↑ ' + {known} : {known}"
            ),
            x=alt.ExprRef("width + 8"),
            y=alt.ExprRef(
                f"min(max({_y(level)}, {NAME_Y} + {LINE_PX}), datum.foot_px - {LINE_PX / 2})"
            ),
        )
        .encode()
    )
