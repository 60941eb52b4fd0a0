"""Measured points on predicted lines over the last minute: what throughput and latency share."""

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from lab.charts import names
from lab.charts.expressions import magnitude, peak, round_up, ticks
from lab.charts.frame import AXIS_PX, NAME_PX, OVER, Margins, nothing_yet
from lab.charts.theme import Theme, strong_colour, target_colour

LAST_S = 60
MARGINS = Margins(left=AXIS_PX, narrow_left=AXIS_PX, right=NAME_PX)
# Areas of points. Sixty of them side by side are to stay sixty.
POINT_PX2 = alt.ExprRef("width < 350 ? 12 : 28")
HOLLOW_PX2 = alt.ExprRef("width < 350 ? 40 : 64")
INNER_PX2 = alt.ExprRef("width < 350 ? 9 : 16")  # may lie inside a hollow one
RAIL_PX = 9  # a prediction is broader than the points on it, so that they never hide it
RAIL_OPACITY = 0.42


@dataclass(frozen=True, slots=True)
class Points:
    """A measured field of the rows, and how its points look."""

    field: str
    shape: Literal["disc", "small disc", "triangle"] = "disc"

    def layer(self, theme: Theme) -> alt.Chart:
        """The points, without axes."""
        mark: dict[str, Any] = {
            "disc": {"filled": True, "shape": "circle", "size": POINT_PX2},
            "small disc": {"filled": True, "shape": "circle", "size": INNER_PX2},
            "triangle": {"filled": False, "shape": "triangle-up", "size": HOLLOW_PX2},
        }[self.shape]
        return (
            alt.Chart()
            .mark_point(opacity=1, strokeWidth=1.3, **mark)
            .encode(x=x_of_second(), y=_y(self.field), color=strong_colour(theme))
        )


def timeline(
    theme: Theme,
    *,
    title: alt.Title,
    description: str,
    predicted: str,
    measured: tuple[Points, ...],
) -> alt.LayerChart:
    """One y axis from zero; names stand at the last points of `measured`."""
    rail = (
        alt.Chart()
        .mark_line(strokeWidth=RAIL_PX, opacity=RAIL_OPACITY)
        .encode(x=x_of_second(), y=_y(predicted), color=target_colour())
    )
    fields = [points.field for points in measured]
    return (
        alt.layer(
            rail,
            *(points.layer(theme) for points in measured),
            names.at_line_ends(theme, measured=fields[-1], predicted=predicted, y_top="y_top"),
            nothing_yet("seconds", fields[-1]),
            title=title,
            description=description,
        )
        .add_params(
            alt.param(name="y_peak", expr=peak("seconds", predicted, *fields)),
            alt.param(name="y_magnitude", expr=magnitude("y_peak")),
            alt.param(name="y_top", expr=round_up("y_peak", magnitude="y_magnitude")),
            alt.param(name="y_ticks", expr=ticks("y_top", magnitude="y_magnitude")),
        )
        .resolve_scale(color="independent")
    )


def x_of_second() -> alt.X:
    """The last minute, its end at the right."""
    return x_ago("t_s", last_s=LAST_S, step_s=15)


def x_ago(field: str, *, last_s: int, step_s: int) -> alt.X:
    """Seconds before the end, labelled in words. Labels that would touch are left out."""
    return alt.X(
        f"{field}:Q",
        scale=alt.Scale(domain=[-last_s, 0], nice=False),
        axis=alt.Axis(
            title=None,
            grid=False,
            values=list(range(-last_s, 1, step_s)),
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
