"""Points: one row per cell, its series as dots on the predicted value."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt

from lab.charts import sheet
from lab.charts.scales import Axis
from lab.charts.sheet import LETTER_PX, LINE_PX, TEXT_PX, Sheet
from lab.charts.theme import Theme
from lab.charts.tones import Look
from lab.verdicts.judgement import Measured

ROW_PX = 30
NARROW_ROW_PX = 46  # in a narrow figure the name stands above its row
NARROW_BELOW_PX = 14  # in a narrow figure: from a row's marks to the next row
NARROW_MARGIN_PX = 24
NARROW_PX = 500
GAP_PX = 12
BAND_PX = 9
TICK_PX = 12
STEP_PX = 5  # from one series down to the next, so that equal values stay two dots
DOT_PX2 = 38


@dataclass(frozen=True, slots=True)
class Point:
    """One cell, with all numbers in one unit.

    `predicted` is None without a prediction, and so is `band`, the range in which it holds.
    `told` is the text at the end of the row.
    """

    name: str
    look: Look
    found: Measured
    told: str
    predicted: float | None = None
    band: tuple[float, float] | None = None


def points(
    cells: Sequence[Point], *, x: Axis, theme: Theme, width_px: int, description: str
) -> alt.LayerChart:
    """Draw a row for each cell, `width_px` wide with margins.

    Names stand left of the rows, or above them in a narrow figure.
    """
    is_narrow = width_px < NARROW_PX
    told_px = max((len(cell.told) for cell in cells), default=0) * LETTER_PX + GAP_PX
    names = _names(cells, width_px - NARROW_MARGIN_PX - told_px if is_narrow else width_px)
    most_lines = max(map(len, names), default=1)
    name_px = max((len(cell.name) for cell in cells), default=0) * LETTER_PX + GAP_PX
    row_px = NARROW_ROW_PX + (most_lines - 1) * LINE_PX if is_narrow else ROW_PX
    paper = Sheet(
        width_px=width_px - (NARROW_MARGIN_PX if is_narrow else name_px + told_px),
        height_px=row_px * len(cells) + 4,
        left_px=8 if is_narrow else name_px,
        right_px=NARROW_MARGIN_PX - 8 if is_narrow else told_px,
        top_px=30,
        bottom_px=44 if x.title else 28,
    )
    first_px = row_px - (NARROW_BELOW_PX if is_narrow else row_px / 2) + 2
    places = [first_px + number * row_px for number in range(len(cells))]
    layers = [
        *_marks(cells, places, x, theme, is_narrow=is_narrow),
        *_words(cells, names, places, theme, paper, is_narrow=is_narrow),
    ]
    key = ["● each series"]
    if any(cell.predicted is not None for cell in cells):
        key += ["┃ predicted", "░ within tolerance"]
    return sheet.on(paper, layers, theme=theme, description=description, key=key)


def _marks(
    cells: Sequence[Point], places: Sequence[float], x: Axis, theme: Theme, *, is_narrow: bool
) -> list[alt.Chart]:
    # One layer per kind of mark, with the marks of all rows. In a narrow figure names stand
    # between the rows, and grid lines from top to bottom would cross them.
    placed = list(zip(cells, places, strict=True))
    bands = [
        {
            "x": _inside(cell.band[0], x),
            "x2": _inside(cell.band[1], x),
            "y": at_px - BAND_PX,
            "y2": at_px + BAND_PX,
            "colour": cell.look.colour,
        }
        for cell, at_px in placed
        if cell.band is not None
    ]
    rules = [{"x": x.begin, "x2": x.end, "y": at_px} for at_px in places]
    ticks = [
        {"x": cell.predicted, "y": at_px - TICK_PX, "y2": at_px + TICK_PX}
        for cell, at_px in placed
        if cell.predicted is not None
    ]
    spreads = [
        {"x": cell.found.low, "x2": cell.found.high, "y": at_px, "colour": cell.look.strong}
        for cell, at_px in placed
    ]
    grid = [
        {"x": tick, "y": at_px - BAND_PX, "y2": at_px + BAND_PX}
        for tick in x.ticks
        for at_px in places
        if is_narrow
    ]
    place = x.x(grid=not is_narrow)
    across = {"x": place, "x2": "x2:Q", "y": _y()}
    return [
        sheet.rows(*grid).mark_rule(color=theme.grid).encode(x=place, y=_y(), y2="y2:Q"),
        sheet.rows(*bands).mark_rect(opacity=0.2).encode(**across, y2="y2:Q", color=_colour()),
        sheet.rows(*rules).mark_rule(color=theme.grid).encode(**across),
        sheet.rows(*ticks)
        .mark_rule(color=theme.ink, strokeWidth=2)
        .encode(x=place, y=_y(), y2="y2:Q"),
        sheet.rows(*spreads).mark_rule(strokeWidth=1.5).encode(**across, color=_colour()),
        sheet.rows(*(dot for cell, at_px in placed for dot in _dots(cell, at_px)))
        .mark_point(filled=True, opacity=1, size=DOT_PX2, stroke=theme.background, strokeWidth=0.8)
        .encode(
            x=place, y=_y(), color=_colour(), shape=alt.Shape("symbol:N", scale=None, legend=None)
        ),
    ]


def _dots(cell: Point, at_px: float) -> Iterator[dict[str, float | str]]:
    # Series in their order, from the top down.
    count = len(cell.found.values)
    step_px = min(STEP_PX, 2 * BAND_PX / max(count, 1))
    for number, value in enumerate(cell.found.values):
        yield {
            "x": value,
            "y": at_px + (number - (count - 1) / 2) * step_px,
            "colour": cell.look.strong,
            "symbol": cell.look.symbol,
        }


def _inside(value: float, x: Axis) -> float:
    return min(max(value, x.begin), x.end)


def _y() -> alt.Y:
    return alt.Y("y:Q", scale=None, axis=None)


def _colour() -> alt.Color:
    return alt.Color("colour:N", scale=None, legend=None)


def _names(cells: Sequence[Point], width_px: float) -> list[list[str]]:
    """Each row's name, wrapped to lines of at most `width_px`."""
    letters = max(1, int(width_px / LETTER_PX))
    return [textwrap.wrap(cell.name, letters) or [""] for cell in cells]


def _words(
    cells: Sequence[Point],
    names: Sequence[Sequence[str]],
    places: Sequence[float],
    theme: Theme,
    paper: Sheet,
    *,
    is_narrow: bool,
) -> list[alt.Chart]:
    """Each row's name and note: on its line, or above it in a narrow figure."""
    above_px = LINE_PX + 3 if is_narrow else 0
    name_lines = [
        {
            "words": line,
            "colour": cell.look.strong,
            "y": at_px - above_px - (len(lines) - 1 - number) * LINE_PX,
        }
        for cell, lines, at_px in zip(cells, names, places, strict=True)
        for number, line in enumerate(lines)
    ]
    told_lines = [
        {"words": cell.told, "y": at_px - above_px}
        for cell, at_px in zip(cells, places, strict=True)
    ]
    name_px = 0 if is_narrow else -paper.left_px
    told_px = paper.width_px + (0 if is_narrow else paper.right_px)
    return [
        sheet.rows(*name_lines)
        .mark_text(align="left", fontSize=TEXT_PX, fontWeight="bold", x=name_px)
        .encode(y=_y(), text="words:N", color=_colour()),
        sheet.rows(*told_lines)
        .mark_text(align="right", fontSize=TEXT_PX, color=theme.ink, x=told_px)
        .encode(y=_y(), text="words:N"),
    ]
