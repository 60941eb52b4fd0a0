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
_FRACTION = re.compile(r"-?\d+\.\d{3,}")
_MARK = re.compile(r"<(\w+) ([^>]*?)(/>|>[^<]*</\w+>)")
_MARKS = re.compile(rf'<g( class="mark")?>((?:{_MARK.pattern})+)</g>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_DOT = re.compile(
    r'<path transform="translate\(([-\d.]+),([-\d.]+)\)" '
    r'd="M([\d.]+),0A\3,\3,0,1,1,-\3,0A\3,\3,0,1,1,\3,0"'
)
_LOOKS = ("fill", "stroke", "stroke-width", "opacity", "font-size", "font-weight", "text-anchor")


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
    svg = _FRACTION.sub(lambda found: f"{float(found[0]):.2f}", svg)
    svg = _DOT.sub(r'<circle cx="\1" cy="\2" r="\3"', svg)
    svg = _MARKS.sub(_once, svg)
    spoken = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return _SIZE.sub(
        lambda found: f'<svg {found[1]} role="img" aria-label="{spoken}">', svg, count=1
    )


def _kept_class(found: re.Match[str]) -> str:
    # A class tells marks drawn from rows apart from marks that belong to an axis.
    return ' class="mark"' if "role-mark" in found[0] else ""


def _once(found: re.Match[str]) -> str:
    # A group says once how all of its marks look: a page of five series has thousands of them.
    marks = [
        (each[1], dict(_ATTRIBUTE.findall(each[2])), each[3]) for each in _MARK.finditer(found[2])
    ]
    alike = {
        name: marks[0][1][name]
        for name in _LOOKS
        if name in marks[0][1] and len({mark.get(name) for _, mark, _ in marks}) == 1
    }
    bare = "".join(
        f"<{tag}{_attributes({name: mark[name] for name in mark if name not in alike})}{rest}"
        for tag, mark, rest in marks
    )
    return f"<g{found[1] or ''}{_attributes(alike)}>{bare}</g>"


def _attributes(named: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in named.items())
