"""The frame of a chart: its data, its size and its theme, for the screen or for paper.

A chart is drawn without data. `live` leaves its dataset empty, and a browser fills it.
`still` puts rows in, and labels the right end of the time axis "end" instead of "now".
The two differ in nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from lab.charts.theme import Theme

Rows = Sequence[Mapping[str, Any]]

HEIGHT_PX = 210  # of the plot inside the axes
AXIS_PX = 44  # room left of the plot for the numbers of a y axis
NAME_PX = 122  # room for a name as long as "flask-gthread"
NARROW_PX = 500  # a narrower chart, margins included, is on a telephone
EDGE_PX = 5
OVER = "is_over"  # the parameter: true where the time shown ends in the past, false for now
SPAN = "span_s"  # the parameter: seconds on the time axis, which ends at 0
HALF_LINE_PX = 9
WIDE_SPACE = "\N{EM SPACE}"  # a browser collapses several plain spaces into one


@dataclass(frozen=True, slots=True)
class Margins:
    """Pixels beside a chart for text that is no axis; `narrow_left` is for a telephone."""

    left: int = 0
    narrow_left: int = 0
    right: int = 0


def live(
    chart: alt.LayerChart, *, theme: Theme, dataset: str, margins: Margins, last_s: int
) -> alt.LayerChart:
    """Return the chart as wide as the element around it, on a transparent background.

    It shows the last `last_s` seconds, until the page sets its parameter SPAN.
    """
    left = f"containerSize()[0] < {NARROW_PX} ? {margins.narrow_left} : {margins.left}"
    framed = _framed(chart, theme, dataset, margins, left=left, last_s=last_s, is_over=False)
    return framed.properties(width="container", background="transparent")


def still(
    chart: alt.LayerChart,
    *,
    theme: Theme,
    dataset: str,
    datasets: Mapping[str, Rows],
    margins: Margins,
    last_s: int,
    width_px: int,
) -> alt.LayerChart:
    """Return the chart with the rows of all its datasets in it, `width_px` wide with its margins.

    `dataset` names its main one.
    """
    left = margins.narrow_left if width_px < NARROW_PX else margins.left
    framed = _framed(chart, theme, dataset, margins, left=str(left), last_s=last_s, is_over=True)
    return framed.properties(
        width=width_px,
        background=theme.background,
        datasets={name: [dict(row) for row in rows] for name, rows in datasets.items()},
    )


def title(text: str, *key: str) -> alt.Title:
    """Return a title and, below it, the key of the marks; both begin at the left margin."""
    return alt.Title(text, subtitle=WIDE_SPACE.join(key), frame="group", dx=alt.ExprRef("-left_px"))


def _framed(
    chart: alt.LayerChart,
    theme: Theme,
    dataset: str,
    margins: Margins,
    *,
    left: str,
    last_s: int,
    is_over: bool,
) -> alt.LayerChart:
    return (
        (_room(margins) + chart)
        .properties(
            data=alt.NamedData(name=dataset),
            description=chart.description,
            height=HEIGHT_PX,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=EDGE_PX,
        )
        .add_params(
            alt.param(name="left_px", expr=left),
            alt.param(name=OVER, value=is_over),
            alt.param(name=SPAN, value=last_s),
        )
        .configure(**theme.config().to_dict())
    )


def _room(margins: Margins) -> alt.Chart:
    # An invisible layer, as large as the chart with its margins. Vega fits a chart into its
    # element by what is drawn at that moment. Without this layer, a chart that was fitted while
    # it was empty would run out of its element later.
    return (
        alt.Chart(alt.Data(values=[{}]))
        .mark_rect(
            opacity=0,
            x=alt.ExprRef("-left_px"),
            x2=alt.ExprRef(f"width + {margins.right}"),
            y=-HALF_LINE_PX,
            y2=alt.ExprRef(f"height + {HALF_LINE_PX}"),
        )
        .encode()
    )


def nothing_yet(dataset: str, *fields: str) -> alt.Chart:
    """Return a layer that says "no data yet" while no row has a number in any of the fields."""
    highest = (f"extent(pluck(data('{dataset}'), '{field}'))[1]" for field in fields)
    known = " || ".join(f"isNumber({each})" for each in highest)
    return (
        alt.Chart(alt.Data(values=[{}]))
        .mark_text(
            text=alt.ExprRef(f"({known}) ? '' : 'no data yet'"),
            x=alt.ExprRef("width / 2"),
            y=alt.ExprRef("height / 2"),
        )
        .encode()
    )
