"""The table of figures, and each of them live or still."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import altair as alt
import vl_convert
from altair.utils import schemapi

from lab.charts import frame, lanes, slots, timeline
from lab.charts.frame import Margins, Rows
from lab.charts.kept import kept
from lab.charts.latency import latency
from lab.charts.theme import LIGHT, THEMES, Theme
from lab.charts.throughput import throughput

STILL_PX = 660


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is drawn, what it reads of the dashboard's data, and its margins."""

    draw: Callable[[Theme], alt.LayerChart]
    dataset: str
    margins: Margins


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "throughput": Figure(throughput, "seconds", timeline.MARGINS),
        "latency": Figure(latency, "seconds", timeline.MARGINS),
        "slots": Figure(slots.slots, "seconds", slots.MARGINS),
        "lanes": Figure(lanes.lanes, "blocks", lanes.MARGINS),
    }
)


def live(name: str, *, theme: Theme) -> alt.LayerChart:
    """A figure without rows, as wide as the element it is put in; KeyError for no such figure."""
    figure = FIGURES[name]
    return frame.live(
        figure.draw(theme), theme=theme, dataset=figure.dataset, margins=figure.margins
    )


def still(
    name: str, rows: Rows, *, theme: Theme = LIGHT, width_px: int = STILL_PX
) -> alt.LayerChart:
    """A figure with its rows in it; KeyError for no such figure."""
    figure = FIGURES[name]
    return frame.still(
        figure.draw(theme),
        theme=theme,
        dataset=figure.dataset,
        margins=figure.margins,
        rows=rows,
        width_px=width_px,
    )


def svg(name: str, rows: Rows, *, theme: Theme = LIGHT, width_px: int = STILL_PX) -> str:
    """A still figure as SVG text."""
    chart = still(name, rows, theme=theme, width_px=width_px)
    return vl_convert.vegalite_to_svg(chart.to_dict())


@cache
def specs() -> dict[str, dict[str, dict[str, Any]]]:
    """All live figures as Vega-Lite: `{"light": {"latency": ..., ...}, "dark": ...}`.

    Made once in a process; nobody may change them. Altair would hold every part against Vega-Lite's
    schema while it is put together, two seconds at each start of Locust's page: a test does.
    """
    with schemapi.debug_mode(False):
        return {
            theme.name: {name: live(name, theme=theme).to_dict(validate=False) for name in FIGURES}
            for theme in THEMES
        }


@cache
def specs_json() -> str:
    """The same as JSON, kept for the next process: drawing them takes two seconds."""
    how = sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):  # nothing else draws
        how.update(file.read_bytes())
    version = f"{alt.__version__}-{how.hexdigest()[:12]}.json"
    return kept("figures", version, lambda: json.dumps(specs(), separators=(",", ":")))
