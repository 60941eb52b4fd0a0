"""What surrounds every chart: its data, its size and its theme, for the screen or for paper.

A chart is drawn without data. `live` leaves its dataset empty for a browser to
fill; `still` puts rows in, and calls the end of the time shown "end", not "now".
Nothing else differs between the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from lab.charts.theme import Theme

Rows = Sequence[Mapping[str, Any]]

HEIGHT_PX = 210  # of the part inside the axes
AXIS_PX = 44  # left of it: the numbers of a y axis
NAME_PX = 122  # a name as long as "flask-gthread"
NARROW_PX = 500  # a chart that is less wide in all is on a telephone
EDGE_PX = 5
OVER = "is_over"  # the parameter that says whether the end of the time shown is past, or now
HALF_LINE_PX = 9
WIDE_SPACE = "\N{EM SPACE}"  # a browser would make one of several plain ones


@dataclass(frozen=True, slots=True)
class Margins:
    """Room in pixels beside a chart, for text that is no axis; `narrow_left` on a telephone."""

    left: int = 0
    narrow_left: int = 0
    right: int = 0


def live(chart: alt.LayerChart, *, theme: Theme, dataset: str, margins: Margins) -> alt.LayerChart:
    """As wide as the element it is put in, on whatever background that has."""
    left = f"containerSize()[0] < {NARROW_PX} ? {margins.narrow_left} : {margins.left}"
    framed = _framed(chart, theme, dataset, margins, left=left, is_over=False)
    return framed.properties(width="container", background="transparent")


def still(
    chart: alt.LayerChart,
    *,
    theme: Theme,
    dataset: str,
    margins: Margins,
    rows: Rows,
    width_px: int,
) -> alt.LayerChart:
    """With its rows in it, `width_px` wide in all."""
    left = margins.narrow_left if width_px < NARROW_PX else margins.left
    framed = _framed(chart, theme, dataset, margins, left=str(left), is_over=True)
    return framed.properties(
        width=width_px,
        background=theme.background,
        datasets={dataset: [dict(row) for row in rows]},
    )


def title(text: str, *key: str) -> alt.Title:
    """A chart's title and below it what its marks mean, at the left end of the left margin."""
    return alt.Title(text, subtitle=WIDE_SPACE.join(key), frame="group", dx=alt.ExprRef("-left_px"))


def _framed(
    chart: alt.LayerChart,
    theme: Theme,
    dataset: str,
    margins: Margins,
    *,
    left: str,
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
        .add_params(alt.param(name="left_px", expr=left), alt.param(name=OVER, value=is_over))
        .configure(**theme.config().to_dict())
    )


def _room(margins: Margins) -> alt.Chart:
    """A layer that nobody sees, as large as the chart with its margins.

    Vega fits a chart in by what is drawn at that moment. Without this, one that
    was fitted while it was empty would run out of its element later.
    """
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


def nothing_yet(dataset: str, field: str) -> alt.Chart:
    """A layer that says so for as long as no row has that field."""
    known = f"isNumber(extent(pluck(data('{dataset}'), '{field}'))[1])"
    return (
        alt.Chart(alt.Data(values=[{}]))
        .mark_text(
            text=alt.ExprRef(f"{known} ? '' : 'no data yet'"),
            x=alt.ExprRef("width / 2"),
            y=alt.ExprRef("height / 2"),
        )
        .encode()
    )
