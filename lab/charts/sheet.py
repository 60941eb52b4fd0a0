"""What surrounds a figure of the report: its size, its margins, and the words on it, in pixels.

A figure of the report is drawn once, with its rows in it. It knows its axes (scales.py), so
that names find their places without asking the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import vl_convert

from lab.charts.frame import WIDE_SPACE
from lab.charts.theme import Theme

TEXT_PX = 13
SMALL_PX = 12
LINE_PX = 17  # from one line of text to the next
KEY_LETTER_PX = 6.2  # the same at SMALL_PX
LETTER_PX = 8.0  # as wide as most letters are at TEXT_PX, in a wide font


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawing `width_px` by `height_px` inside its margins."""

    width_px: float
    height_px: float
    left_px: float = 8
    right_px: float = 8
    top_px: float = 8
    bottom_px: float = 8

    @property
    def outer_px(self) -> float:
        """Its width with the margins."""
        return self.width_px + self.left_px + self.right_px


def broken(words: Sequence[str], width_px: float) -> list[str]:
    """A key's parts in as many lines as that width takes."""
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
    """The layers on a sheet; `key` says above them what the marks mean, in a line or more."""
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
    """A chart of exactly that size, in that theme."""
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
    """A chart of these rows alone."""
    return alt.Chart(alt.Data(values=list(each)))


def text(words: str, x_px: float, y_px: float, size_px: float = TEXT_PX, **look: Any) -> alt.Chart:
    """Words at a place, counted from the upper left corner of the drawing."""
    mark: dict[str, Any] = {"align": "left", "fontSize": size_px} | look
    return rows({}).mark_text(text=words, x=x_px, y=y_px, **mark).encode()


def svg(chart: alt.LayerChart) -> str:
    """As SVG text."""
    # Held against the schema, a chart of fifty rows would take a second; the tests do that.
    return vl_convert.vegalite_to_svg(chart.to_dict(validate=False))


def spread_out(places: Sequence[float], *, apart: float, begin: float, end: float) -> list[float]:
    """The places, in their order, moved as little as need be until none is nearer than `apart`.

    They stay between `begin` and `end` where there is room for all.
    """
    ranked = sorted(range(len(places)), key=lambda index: (places[index], index))
    groups: list[tuple[float, int]] = []  # the middle of neighbours that touch, and their number
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
