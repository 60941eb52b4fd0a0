"""Timelines of throughput and latency: measured points on predicted lines, the last minute."""

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from lab.charts.frame import AXIS_PX, NAME_PX, OVER, SPAN, Margins, nothing_yet, title
from lab.charts.scales import magnitude, peak, round_up, ticks
from lab.charts.theme import LINE_PX, Theme, order, strong_colour, target_colour

LAST_S = 60
STEP_S = f"({SPAN} > 15 ? 15 : {SPAN} > 12 ? 5 : 3)"
"""Seconds from one label of the time axis to the next, as an expression."""
MARGINS = Margins(left=AXIS_PX, narrow_left=AXIS_PX, right=NAME_PX)
# Areas of points, in square pixels: sixty points side by side must stay distinct.
POINT_PX2 = alt.ExprRef("width < 350 ? 12 : 28")
HOLLOW_PX2 = alt.ExprRef("width < 350 ? 40 : 64")
INNER_PX2 = alt.ExprRef("width < 350 ? 9 : 16")  # fits inside a hollow point
RAIL_PX = 9  # a prediction is wider than the points on it, so that they never hide it
RAIL_OPACITY = 0.42
GHOST_OPACITY = 0.6
RECENT_S = 5  # a name stands at the mean over these seconds, so that it does not jump


@dataclass(frozen=True, slots=True)
class Points:
    """A measured field of the rows, and the look of its points."""

    field: str
    shape: Literal["disc", "small disc", "triangle"] = "disc"

    def layer(self, theme: Theme) -> alt.Chart:
        """Return the points as a layer of a timeline.

        The points of one second stand side by side within it: targets with equal numbers would hide
        each other.
        """
        mark: dict[str, Any] = {
            "disc": {"filled": True, "shape": "circle", "size": POINT_PX2},
            "small disc": {"filled": True, "shape": "circle", "size": INNER_PX2},
            "triangle": {"filled": False, "shape": "triangle-up", "size": HOLLOW_PX2},
        }[self.shape]
        return (
            alt.Chart()
            .transform_filter(f"isValid(datum.{self.field})")
            .transform_calculate(order=order("target"))
            .transform_window(place="row_number()", groupby=["t_s"], sort=[alt.SortField("order")])
            .transform_joinaggregate(places="count()", groupby=["t_s"])
            .transform_calculate(within_s="datum.t_s - (datum.place - 1) / datum.places")
            .transform_filter(f"datum.within_s >= -{SPAN}")
            .mark_point(opacity=1, strokeWidth=1.3, **mark)
            .encode(x=x_ago("within_s"), y=_y(self.field), color=strong_colour(theme))
        )


def timeline(
    theme: Theme,
    *,
    title: alt.Title,
    description: str,
    predicted: str,
    measured: tuple[Points, ...],
    last: str,
) -> alt.LayerChart:
    """Draw predicted lines and measured points on one y axis from zero.

    `predicted` is a field of the rows, and `last` that of the run before, a dashed line where there
    was one. Names stand at the ends of the last field of `measured`.
    """
    rail = (
        alt.Chart()
        .mark_line(strokeWidth=RAIL_PX, opacity=RAIL_OPACITY)
        .encode(x=x_of_second(), y=_y(predicted), color=target_colour())
    )
    ghost = (
        alt.Chart()
        .transform_filter(f"isValid(datum.{last})")
        .mark_line(strokeDash=[6, 4], strokeWidth=1.5, opacity=GHOST_OPACITY)
        .encode(x=x_of_second(), y=_y(last), color=strong_colour(theme))
    )
    fields = [points.field for points in measured]
    return (
        alt.layer(
            rail,
            ghost,
            *(points.layer(theme) for points in measured),
            at_line_ends(theme, measured=fields[-1], predicted=predicted, y_top="y_top"),
            nothing_yet("seconds", predicted, fields[-1]),
            title=title,
            description=description,
        )
        .add_params(
            alt.param(name="y_peak", expr=peak("seconds", predicted, last, *fields)),
            alt.param(name="y_magnitude", expr=magnitude("y_peak")),
            alt.param(name="y_top", expr=round_up("y_peak", magnitude="y_magnitude")),
            alt.param(name="y_ticks", expr=ticks("y_top", magnitude="y_magnitude")),
        )
        .resolve_scale(color="independent")
    )


def x_of_second() -> alt.X:
    """Encode `t_s` on the axis of the last seconds, which ends at the right."""
    return x_ago("t_s")


def x_ago(field: str) -> alt.X:
    """Encode seconds before the end, as many as frame.py's parameter SPAN says.

    Labels that would touch are left out.
    """
    return alt.X(
        f"{field}:Q",
        scale=alt.Scale(domain=[alt.ExprRef(f"-{SPAN}"), 0], nice=False),
        axis=alt.Axis(
            title=None,
            grid=False,
            values=alt.ExprRef(f"sequence(-{SPAN}, 1, {STEP_S})"),
            labelExpr=f"datum.value ? -datum.value + ({OVER} ? ' s before' : ' s ago')"
            f" : {OVER} ? 'end' : 'now'",
            labelOverlap="parity",
            labelSeparation=12,
            labelFlush=False,
        ),
    )


def _y(field: str) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        scale=alt.Scale(domain=[0, alt.ExprRef("y_top")], nice=False),
        axis=alt.Axis(title=None, values=alt.ExprRef("y_ticks"), format=",~r"),
    )


def at_line_ends(theme: Theme, *, measured: str, predicted: str, y_top: str) -> alt.Chart:
    """Return a layer of names beside `measured`, or beside `predicted` without measurements.

    `y_top` is the expression of the upper end of the y axis. Names are placed from the top
    down: each keeps one line's distance to the name above, and leaves one line for each name
    below. Names at about the same level have a fixed order, or they would change places each
    second.
    """
    return (
        alt.Chart()
        .transform_calculate(
            shown=f"isValid(datum.{measured}) ? datum.{measured} : datum.{predicted}"
        )
        .transform_filter("isValid(datum.shown)")
        .transform_joinaggregate(last_s="max(t_s)", groupby=["target"])
        .transform_filter(f"datum.t_s > datum.last_s - {RECENT_S}")
        .transform_aggregate(shown="mean(shown)", groupby=["target"])
        .transform_calculate(
            level=f"round(datum.shown / ({y_top}) * height / {LINE_PX})", order=order("target")
        )
        .transform_window(
            place="row_number()",
            sort=[alt.SortField("level", order="descending"), alt.SortField("order")],
        )
        .transform_joinaggregate(places="count()")
        .transform_calculate(at_px=f"height * (1 - datum.shown / ({y_top}))")
        .transform_calculate(
            lowest_px=f"height - {LINE_PX / 2} - (datum.places - datum.place) * {LINE_PX}"
        )
        .transform_calculate(
            unpushed_px=f"min(datum.at_px, datum.lowest_px) - datum.place * {LINE_PX}"
        )
        .transform_window(pushed_px="max(unpushed_px)", sort=[alt.SortField("place")])
        .mark_text(
            align="left",
            fontWeight="bold",
            x=alt.ExprRef("width + 8"),
            y=alt.ExprRef(f"datum.pushed_px + datum.place * {LINE_PX}"),
        )
        .encode(text="target:N", color=strong_colour(theme))
    )


def latency(theme: Theme) -> alt.LayerChart:
    """Draw p50, p99 and the predicted latency of each target over the last minute, in seconds."""
    return timeline(
        theme,
        title=title("Latency in seconds", "● p50", "△ p99", "▬ predicted", "╍ last run"),
        description="Latency of each target, p50, p99 and predicted: the last minute.",
        predicted="predicted_s",
        last="last_s",
        measured=(Points("p99_s", "triangle"), Points("p50_s", "small disc")),
    )


def throughput(theme: Theme) -> alt.LayerChart:
    """Draw answers per second of each target over the last minute, measured and predicted."""
    return timeline(
        theme,
        title=title("Answers per second", "● measured", "▬ predicted", "╍ last run"),
        description="Answers per second of each target, measured and predicted: the last minute.",
        predicted="predicted_rps",
        last="last_rps",
        measured=(Points("throughput_rps"),),
    )
