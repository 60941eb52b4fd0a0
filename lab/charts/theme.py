"""The look of every chart: one colour per target, and a light and a dark theme.

A target has the same colour in both themes, so that people find it again on paper. Flask is
warm, FastAPI and Starlette are cool. Each colour has a contrast of at least 3:1 with both
backgrounds, and colour-blind readers can tell any two of them apart. Each theme has a `strong`
tone of each colour, further from the background: for names, for points that lie on their own
colour, and for every other block in a lane.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import altair as alt

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "flask-svc": "#d9480f",
        "fastapi-svc": "#1971c2",
        "flask-gthread": "#a88d69",
        "flask-gevent": "#e662a8",
        "flask-asgi": "#945262",
        "flask-granian": "#c018a2",
        "fastapi-solo": "#9a4cf6",
        "fastapi-granian": "#788cfa",
        "starlette-svc": "#32a0c8",
    }
)

FONT = "Roboto, Helvetica, Arial, sans-serif"  # the dashboard's font and its fallbacks
TEXT_PX = 14
TITLE_PX = 17
LINE_PX = 18  # from one line of text to the next


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a chart as `#rrggbb`, for what it is drawn on and what it is drawn with.

    `away` is mixed into a colour to make it stand out more, `on_target` is for text on a
    target's colour, and `tint` is the opacity of the queue, 0 to 1.
    """

    name: str
    background: str
    ink: str
    quiet: str
    grid: str
    floor: str
    away: str
    on_target: str
    tint: float

    def strong(self, target: str) -> str:
        """Return the target's colour, further from the background. Raises KeyError."""
        return mixed(COLOURS[target], self.away, share=0.22)

    def config(self) -> alt.Config:
        """Return Vega-Lite's defaults for a chart in this theme."""
        return alt.Config(
            font=FONT,
            aria=False,  # a screen reader would get a description of each point each second
            axis=alt.AxisConfig(
                domain=False,
                ticks=False,
                grid=True,
                gridColor=self.grid,
                labelColor=self.quiet,
                labelFont=FONT,
                labelFontSize=TEXT_PX,
                labelPadding=6,
            ),
            text=alt.MarkConfig(font=FONT, fontSize=TEXT_PX, color=self.quiet),
            title=alt.TitleConfig(
                anchor="start",
                frame="bounds",
                font=FONT,
                fontSize=TITLE_PX,
                fontWeight="bold",
                color=self.ink,
                subtitleFont=FONT,
                subtitleFontSize=TEXT_PX,
                subtitleColor=self.quiet,
                subtitlePadding=4,
                offset=10,
            ),
            view=alt.ViewConfig(stroke=None),
        )


LIGHT = Theme(
    name="light",
    background="#ffffff",
    ink="#1b1b1b",
    quiet="#555555",
    grid="#dddddd",
    floor="#f0f0f0",
    away="#000000",
    on_target="#ffffff",
    tint=0.4,
)
DARK = Theme(
    name="dark",
    background="#121212",
    ink="#f2f2f2",
    quiet="#bbbbbb",
    grid="#3a3a3a",
    floor="#242424",
    away="#ffffff",
    on_target="#121212",
    tint=0.6,
)
THEMES = (LIGHT, DARK)


def mixed(colour: str, other: str, *, share: float) -> str:
    """Return `colour` with a share (0 to 1) of `other` in it; all three are `#rrggbb`."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def order(field: str) -> str:
    """Expression: the index in COLOURS, from 0, of the target that `field` names."""
    names = ", ".join(f"'{target}'" for target in COLOURS)
    return f"indexof([{names}], datum.{field})"


def target_colour() -> alt.Color:
    """Encode `target` as its colour."""
    return colour_of("target", COLOURS)


def strong_colour(theme: Theme) -> alt.Color:
    """Encode `target` as its strong colour."""
    return colour_of("target", {target: theme.strong(target) for target in COLOURS})


def colour_of(field: str, colours: Mapping[str, str]) -> alt.Color:
    """Encode `field`, whose values are the keys of `colours`, as these colours."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=None)


def css_variables(theme: Theme) -> str:
    """Return custom properties for a stylesheet rule: each target's colour and its name's colour.

    For example `--flask-svc: #d9480f; --flask-svc-name: #98320a;`.
    """
    return " ".join(
        f"--{target}: {colour}; --{target}-name: {theme.strong(target)};"
        for target, colour in COLOURS.items()
    )
