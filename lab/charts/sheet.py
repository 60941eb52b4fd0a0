"""The frame of a report figure: its size, its margins, and the words on it, in pixels.

A report figure is drawn once, with its rows in it. Its axes (scales.py) are known before it
is drawn, so that names find their places without asking the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import vl_convert

from lab.charts.frame import WIDE_SPACE
from lab.charts.theme import Theme
from lab.charts.tones import Look

TEXT_PX = 13
SMALL_PX = 12
LINE_PX = 17  # from one line of text to the next
KEY_LETTER_PX = 6.2  # width of most letters at SMALL_PX, in a wide font
LETTER_PX = 8.0  # width of most letters at TEXT_PX, in a wide font


@dataclass(frozen=True, slots=True)
class Sheet:
    """A plot of `width_px` by `height_px`, with margins around it."""

    width_px: float
    height_px: float
    left_px: float = 8
    right_px: float = 8
    top_px: float = 8
    bottom_px: float = 8

    @property
    def outer_px(self) -> float:
        """Width with both margins."""
        return self.width_px + self.left_px + self.right_px


def broken(words: Sequence[str], width_px: float) -> list[str]:
    """Join a key's parts into as many lines as `width_px` needs."""
    lines: list[str] = []
    for each in words:
        longer = f"{lines[-1]}{WIDE_SPACE}{each}" if lines else each
        if lines and len(longer) * KEY_LETTER_PX <= width_px:
            lines[-1] = longer
        else:
            lines.append(each)
    return lines


def on(
    sheet: Sheet,
    layers: Sequence[alt.Chart],
    *,
    theme: Theme,
    description: str,
    key: Sequence[str] = (),
) -> alt.LayerChart:
    """Put layers on a sheet; `key` explains the marks above them, in one line or more."""
    lines = broken(key, sheet.outer_px)
    sheet = replace(sheet, top_px=sheet.top_px + LINE_PX * max(len(lines) - 1, 0))
    for number, line in enumerate(lines):
        at_px = SMALL_PX - sheet.top_px + number * LINE_PX
        layers = [*layers, text(line, -sheet.left_px, at_px, SMALL_PX, color=theme.quiet)]
    chart: alt.LayerChart = alt.LayerChart(layer=list(layers))
    return finished(chart, sheet, theme=theme, description=description)


def finished(
    chart: alt.LayerChart, sheet: Sheet, *, theme: Theme, description: str
) -> alt.LayerChart:
    """Return the chart in exactly the size of the sheet, and in the theme."""
    properties: dict[str, Any] = {
        "width": sheet.width_px,
        "height": sheet.height_px,
        "description": description,
        "background": theme.background if theme.background.startswith("#") else "transparent",
        "autosize": alt.AutoSizeParams(type="none"),
        "padding": {
            "left": sheet.left_px,
            "right": sheet.right_px,
            "top": sheet.top_px,
            "bottom": sheet.bottom_px,
        },
    }
    return chart.properties(**properties).configure(
        **theme.config().to_dict() | {"axis": _axis_config(theme)}
    )


def _axis_config(theme: Theme) -> dict[str, Any]:
    looks = theme.config().to_dict()["axis"]
    return looks | {
        "labelFontSize": SMALL_PX,
        "titleFontSize": SMALL_PX,
        "titleFontWeight": "normal",
        "titleColor": theme.quiet,
        "titlePadding": 6,
        "labelFlush": False,
    }


def rows(*each: dict[str, Any]) -> alt.Chart:
    """Return a chart whose data are these rows alone."""
    return alt.Chart(alt.Data(values=list(each)))


def text(words: str, x_px: float, y_px: float, size_px: float = TEXT_PX, **look: Any) -> alt.Chart:
    """Write words at a place in pixels, counted from the upper left corner of the plot."""
    mark: dict[str, Any] = {"align": "left", "fontSize": size_px} | look
    return rows({}).mark_text(text=words, x=x_px, y=y_px, **mark).encode()


def dots(
    chart: alt.Chart, look: Look, theme: Theme, *, size_px2: float, edge_px: float
) -> alt.Chart:
    """Mark each row with a shape's symbol, with an edge that keeps touching symbols apart."""
    return chart.mark_point(
        filled=True,
        opacity=1,
        size=size_px2,
        shape=look.symbol,
        color=look.strong,
        stroke=theme.background,
        strokeWidth=edge_px,
    )


def svg(chart: alt.LayerChart) -> str:
    """Return a chart as SVG text."""
    # Validation against the schema takes a second for a chart of fifty rows; the tests do it.
    return vl_convert.vegalite_to_svg(chart.to_dict(validate=False))


def spread_out(places: Sequence[float], *, apart: float, begin: float, end: float) -> list[float]:
    """Move places apart until no two are nearer than `apart`, and no further than needed.

    Returns the new places in the order of `places`. They stay between `begin` and `end` where
    there is room for all.
    """
    ranked = sorted(range(len(places)), key=lambda index: (places[index], index))
    groups: list[tuple[float, int]] = []  # neighbours that touch: their middle and number
    for index in ranked:
        middle, count = min(max(places[index], begin), end), 1
        while groups and groups[-1][0] + (groups[-1][1] + count) / 2 * apart > middle:
            other, others = groups.pop()
            middle = (other * others + middle * count) / (others + count)
            count += others
            half = (count - 1) / 2 * apart
            middle = max(min(middle, end - half), begin + half)
        groups.append((middle, count))
    moved = [
        middle + (number - (count - 1) / 2) * apart
        for middle, count in groups
        for number in range(count)
    ]
    found = [0.0] * len(places)
    for index, place in zip(ranked, moved, strict=True):
        found[index] = place
    return found
