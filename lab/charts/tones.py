"""Colours and symbols of an experiment's server shapes, several of which may share a target.

The first shape of a target has the target's colour. A further shape takes another colour of
the same framework, if the experiment leaves one, so that Flask stays warm and FastAPI cool;
otherwise it takes a tone further from the background. Each has another symbol as well. A
name stands beside every line and row, so that colours are never needed to tell them apart.

`PAGE` is a theme for figures inside a page. Its colours are the names of custom properties,
which `page_variables` defines for the light and the dark theme, so that one drawing serves
both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from lab.charts.theme import COLOURS, LIGHT, Theme, mixed
from lab.targets import target as target_named

TONES = (0.0, 0.45, 0.7)  # share of the colour opposite to the background, by tone
NAME_TONES = (0.22, 0.55, 0.78)  # the same for text, which needs more contrast
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
NOT_LENT = frozenset({"flask-granian", "fastapi-granian", "starlette-svc"})
"""Targets whose colour no other shape takes: it would say that another server or app answers."""
PAINTS = tuple(each.name for each in fields(Theme) if each.name not in ("name", "tint"))


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a shape: `colour` for marks, `strong` for its name, and a symbol."""

    colour: str
    strong: str
    symbol: str


class PageTheme(Theme):
    """A theme whose colours are custom properties of the page around the figure."""

    def strong(self, target: str) -> str:
        """The custom property with the target's strong colour."""
        return _property(f"{target}-name")


def _property(name: str) -> str:
    return f"var(--{name.replace('_', '-')})"


PAGE = PageTheme(name="page", tint=LIGHT.tint, **{name: _property(name) for name in PAINTS})


def looks(shapes: Iterable[tuple[str, str]], theme: Theme) -> dict[str, Look]:
    """Return the look of each shape by name; `shapes` are pairs of a name and its target."""
    shapes = list(shapes)
    taken = {(target, 0) for _, target in shapes}
    found: dict[str, Look] = {}
    seen: dict[str, int] = {}
    for name, target in shapes:
        number = seen.get(target, 0)
        seen[target] = number + 1
        place = (target, 0) if number == 0 else _free(target, taken)
        taken.add(place)
        found[name] = look(*place, theme, symbol=SYMBOLS[number % len(SYMBOLS)])
    return found


def _free(target: str, taken: set[tuple[str, int]]) -> tuple[str, int]:
    """First unused colour and tone of the target's framework; the last one if all are used."""
    framework = target_named(target).framework
    family = [
        each
        for each in COLOURS
        if target_named(each).framework == framework and each not in NOT_LENT
    ]
    family.sort(key=lambda each: each != target)
    if target not in family:
        family.insert(0, target)
    places = [(each, step) for step in range(len(TONES)) for each in family]
    return next((place for place in places if place not in taken), places[-1])


def look(target: str, step: int, theme: Theme, *, symbol: str = SYMBOLS[0]) -> Look:
    """Return the look of a target's colour in the tone `step`, an index of `TONES`."""
    if isinstance(theme, PageTheme):
        return Look(_property(f"{target}-{step}"), _property(f"{target}-{step}-name"), symbol)
    return Look(
        mixed(COLOURS[target], theme.away, share=TONES[step]),
        mixed(COLOURS[target], theme.away, share=NAME_TONES[step]),
        symbol,
    )


def page_variables(theme: Theme) -> Mapping[str, str]:
    """Return the custom properties that a page needs for figures drawn in `PAGE`, with values.

    For example `{"ink": "#1b1b1b", "flask-svc": "#d9480f", "flask-svc-1": "#822b09", ...}`.
    """
    paints = {name.replace("_", "-"): getattr(theme, name) for name in PAINTS}
    for target, colour in COLOURS.items():
        paints |= {target: colour, f"{target}-name": theme.strong(target)}
        for step in range(len(TONES)):
            tone = look(target, step, theme)
            paints |= {f"{target}-{step}": tone.colour, f"{target}-{step}-name": tone.strong}
    return paints
