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
    """SVG for any place; `is_half` lets two stand side by side in the wide one.

    `draw` is told how many pixels there are; `label` is what is heard instead of seen.
    """

    draw: Callable[[int], alt.LayerChart]
    label: str
    is_half: bool = False

    def at(self, width_px: int) -> str:
        """The drawing, so wide."""
        return inlined(sheet.svg(self.draw(width_px)), label=self.label)

    @property
    def wide(self) -> str:
        """For the report on a screen or on paper."""
        return self.at(HALF_PX if self.is_half else WIDE_PX)

    @property
    def narrow(self) -> str:
        """For the report on a telephone."""
        return self.at(NARROW_PX)


def figure(draw: Callable[[int], alt.LayerChart], *, label: str, is_half: bool = False) -> Figure:
    """A figure that is drawn when it is asked for."""
    return Figure(draw, label, is_half)
