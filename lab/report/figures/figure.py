"""A figure of the page: drawn once for a wide place and once for a narrow one."""

from collections.abc import Callable
from dataclasses import dataclass

import altair as alt

from lab.charts import sheet
from lab.report.drawings import inlined

WIDE_PX = 830
HALF_PX = 400
NARROW_PX = 346


@dataclass(frozen=True, slots=True)
class Figure:
    """SVG for both places; `is_half` lets two stand side by side in the wide one."""

    wide: str
    narrow: str
    is_half: bool = False


def figure(draw: Callable[[int], alt.LayerChart], *, label: str, is_half: bool = False) -> Figure:
    """`draw` is told how many pixels there are; `label` is what is heard instead of seen."""
    wide, narrow = (
        inlined(sheet.svg(draw(width_px)), label=label)
        for width_px in (HALF_PX if is_half else WIDE_PX, NARROW_PX)
    )
    return Figure(wide, narrow, is_half)
