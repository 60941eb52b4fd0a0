"""Timelines of what each target uses: cores of the processor, and memory. The last minute."""

from typing import Any

import altair as alt

from lab.charts.frame import AXIS_PX, NAME_PX, Margins, nothing_yet, title
from lab.charts.scales import HEADROOM, magnitude, peak, round_up, ticks
from lab.charts.theme import Theme, strong_colour
from lab.charts.timeline import at_line_ends, x_of_second

MARGINS = Margins(left=AXIS_PX, narrow_left=AXIS_PX, right=NAME_PX)
# Cores over the most that are busy. A rule further up would flatten everything else, so an arrow
# beside the number of cores replaces it.
FAR = 2
CORES = "(extent(pluck(data('seconds'), 'cores'))[1] || 0)"
CORES_NAME = f"{CORES} + ({CORES} === 1 ? ' core' : ' cores')"


def processor(theme: Theme) -> alt.LayerChart:
    """Draw the busy cores of each target, with a dashed rule at the cores of the machine."""
    return _usage(
        theme,
        "cores_busy",
        _cores_rule(theme),
        _cores_name(theme),
        beside=f"{CORES} <= {FAR} * y_used ? {HEADROOM} * {CORES} : 0",
        title=title("Cores busy", "━ by a target", "╍ of the machine"),
        description="Cores that each target keeps busy: the last minute.",
    )


def memory(theme: Theme) -> alt.LayerChart:
    """Draw the memory of each target, all its processes together, in MB."""
    return _usage(
        theme,
        "memory_mb",
        beside="0",
        title=title("Memory in MB", "━ all processes of a target together"),
        description="Memory of each target: the last minute.",
    )


def _usage(
    theme: Theme, field: str, *layers: alt.Chart, beside: str, **properties: Any
) -> alt.LayerChart:
    """Draw a line of `field` for each target, from zero; `beside` is a value that must fit, too."""
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=2.5)
        .encode(x=x_of_second(), y=_y(field), color=strong_colour(theme))
    )
    return (
        alt.layer(
            *layers,
            lines,
            at_line_ends(theme, measured=field, predicted=field, y_top="y_top"),
            nothing_yet("seconds", field),
            **properties,
        )
        .add_params(
            alt.param(name="y_used", expr=peak("seconds", field)),
            alt.param(name="y_peak", expr=f"max(y_used, {beside})"),
            alt.param(name="y_magnitude", expr=magnitude("y_peak")),
            alt.param(name="y_top", expr=round_up("y_peak", magnitude="y_magnitude")),
            alt.param(name="y_ticks", expr=ticks("y_top", magnitude="y_magnitude")),
        )
        .resolve_scale(color="independent")
    )


def _y(field: str) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        scale=alt.Scale(domain=[0, alt.ExprRef("y_top")], nice=False),
        axis=alt.Axis(title=None, values=alt.ExprRef("y_ticks"), format=",~r"),
    )


def _once() -> alt.Chart:
    """One row, where the cores are known: the rule and its name belong to no target."""
    return alt.Chart(alt.Data(values=[{}]))


def _cores_rule(theme: Theme) -> alt.Chart:
    y = alt.YValue(alt.ExprRef(f"height * (1 - min(1, {CORES} / y_top))"))
    shown = f"{CORES} > 0 && {CORES} <= y_top ? 1 : 0"
    return (
        _once()
        .mark_rule(color=theme.ink, strokeWidth=2, strokeDash=[6, 4], opacity=alt.ExprRef(shown))
        .encode(x=alt.XValue(0), x2=alt.X2Value("width"), y=y)
    )


def _cores_name(theme: Theme) -> alt.Chart:
    # Above the rule; at the top of the chart where the rule is above it.
    return (
        _once()
        .mark_text(
            align="left",
            baseline="bottom",
            color=theme.ink,
            text=alt.ExprRef(f"!{CORES} ? '' : ({CORES} > y_top ? '↑ ' : '') + {CORES_NAME}"),
            x=4,
            y=alt.ExprRef(f"height * (1 - min(1, {CORES} / y_top)) + ({CORES} > y_top ? 16 : -3)"),
        )
        .encode()
    )
