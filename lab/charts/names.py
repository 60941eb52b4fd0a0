"""The targets' names at the ends of their lines, one below the other where lines meet."""

import altair as alt

from lab.charts.theme import LINE_PX, Theme, order, strong_colour

RECENT_S = 5  # a name stands at the mean of so many seconds, or it would dance


def at_line_ends(theme: Theme, *, measured: str, predicted: str, y_top: str) -> alt.Chart:
    """A layer of names beside `measured`, or where nothing was measured beside `predicted`.

    `y_top` is the expression of the upper end of the y axis. Names are taken
    from the top down, and each keeps one line's distance to the one above and
    leaves one line for each below. On about the same level they have a fixed
    order, or they would change places each second.
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
