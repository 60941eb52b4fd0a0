"""A figure of the page, drawn once for a wide place and once for a narrow one.

Its SVG is small, and takes colours and font from the page around it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import altair as alt

from lab.charts import sheet

WIDE_PX = 830
HALF_PX = 400
NARROW_PX = 346
_IDS = re.compile(r'(id="|url\(#)([\w-]+)')
# Taken out: paths that draw nothing, a transparent ground, attributes that the page sets.
_NOTHING = re.compile(
    r'<path class="(?:background|foreground)"[^>]*?(?:display="none"|d="M[-\d.]+,[-\d.]+h0v0h0Z"'
    r"[^>]*?)/>"
)
_GROUND = re.compile(r'<rect width="[\d.]+" height="[\d.]+" fill="transparent"/>')
_NOISE = re.compile(
    r" (?:font-family|aria-[\w-]+|role|pointer-events|stroke-miterlimit|xmlns:xlink|version)"
    r'="[^"]*"'
)
_OPAQUE = re.compile(r' opacity="1"')
_CLASS = re.compile(r' class="(?:mark-group|mark-text|mark-rule|mark-symbol|root)[^"]*"')
_SIZE = re.compile(r"<svg ([^>]*)>")


@dataclass(frozen=True, slots=True)
class PageFigure:
    """A figure as SVG at any width. Two figures with `is_half` share one wide place.

    It is not drawn before its SVG is read. `draw` takes the width in pixels; `label` is the text
    for screen readers.
    """

    draw: Callable[[int], alt.LayerChart]
    label: str
    is_half: bool = False

    def at(self, width_px: int) -> str:
        """Return the drawing as SVG, `width_px` wide."""
        return inlined(sheet.svg(self.draw(width_px)), label=self.label)

    @property
    def wide(self) -> str:
        """SVG for the report on a screen or on paper."""
        return self.at(HALF_PX if self.is_half else WIDE_PX)

    @property
    def narrow(self) -> str:
        """SVG for the report on a telephone."""
        return self.at(NARROW_PX)


def inlined(svg: str, *, label: str) -> str:
    """Return the drawing for a place inside HTML; `label` is the text for screen readers."""
    # Each figure has its own ids, because two figures on a page would otherwise share them. The
    # number comes from the drawing, so that the same drawing always gives the same text.
    own = crc32(f"{label} {svg}".encode())
    svg = _GROUND.sub("", svg)
    svg = _NOISE.sub("", svg)
    svg = _NOTHING.sub("", svg)
    svg = _OPAQUE.sub("", svg)
    svg = _CLASS.sub(_kept_class, svg)
    svg = _IDS.sub(lambda found: f"{found[1]}f{own}-{found[2]}", svg)
    spoken = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return _SIZE.sub(
        lambda found: f'<svg {found[1]} role="img" aria-label="{spoken}">', svg, count=1
    )


def _kept_class(found: re.Match[str]) -> str:
    # A class tells marks drawn from rows apart from marks that belong to an axis.
    return ' class="mark"' if "role-mark" in found[0] else ""
