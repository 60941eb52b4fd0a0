"""Figures for a page: SVG made small, that takes its colours and its font from around it."""

import re
from zlib import crc32

_IDS = re.compile(r'(id="|url\(#)([\w-]+)')
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


def inlined(svg: str, *, label: str) -> str:
    """The same drawing for a place inside HTML; `label` is what is heard instead of seen.

    Ids get a number of their own, or those of two figures on a page would be mixed up. It
    comes from what is drawn, so that the same drawing is always the same text.
    """
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
    """Which marks are drawn from rows, and which belong to an axis, stays to be seen."""
    return ' class="mark"' if "role-mark" in found[0] else ""
