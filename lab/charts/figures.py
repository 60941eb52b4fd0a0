"""The table of figures, each drawn live or still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import altair as alt
from altair.utils import schemapi

from lab.charts import changes_layer, frame, lanes_chart, slots_chart, timeline, usage_chart
from lab.charts.frame import Margins, Rows
from lab.charts.theme import LIGHT, THEMES, Theme
from lab.charts.timeline import latency, throughput

STILL_PX = 660


@dataclass(frozen=True, slots=True)
class Figure:
    """How to draw a figure, the dataset of the dashboard that it reads, its margins, its time.

    `last_s` is the length of its time axis in seconds.
    """

    draw: Callable[[Theme], alt.LayerChart]
    dataset: str
    margins: Margins
    last_s: int = timeline.LAST_S

    def with_changes(self, theme: Theme) -> alt.LayerChart:
        """Draw the figure, with the marks of changes over it."""
        chart = self.draw(theme)
        for layer in changes_layer.layers(theme):
            chart += layer
        return chart


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "throughput": Figure(throughput, "seconds", timeline.MARGINS),
        "latency": Figure(latency, "seconds", timeline.MARGINS),
        "slots": Figure(slots_chart.slots, "seconds", slots_chart.MARGINS),
        "lanes": Figure(lanes_chart.lanes, "blocks", lanes_chart.MARGINS, lanes_chart.LAST_S),
        "processor": Figure(usage_chart.processor, "seconds", usage_chart.MARGINS),
        "memory": Figure(usage_chart.memory, "seconds", usage_chart.MARGINS),
    }
)


def live(name: str, *, theme: Theme) -> alt.LayerChart:
    """Return a figure without rows, as wide as its element. Raises KeyError for an unknown name."""
    figure = FIGURES[name]
    return frame.live(
        figure.with_changes(theme),
        theme=theme,
        dataset=figure.dataset,
        margins=figure.margins,
        last_s=figure.last_s,
    )


def still(
    name: str,
    rows: Rows,
    *,
    changes: Rows = (),
    theme: Theme = LIGHT,
    width_px: int = STILL_PX,
) -> alt.LayerChart:
    """Return a figure with its rows in it, `width_px` wide. Raises KeyError for an unknown name."""
    figure = FIGURES[name]
    return frame.still(
        figure.with_changes(theme),
        theme=theme,
        datasets={figure.dataset: rows, changes_layer.CHANGES: changes},
        dataset=figure.dataset,
        margins=figure.margins,
        last_s=figure.last_s,
        width_px=width_px,
    )


def svg(name: str, rows: Rows, *, theme: Theme = LIGHT, width_px: int = STILL_PX) -> str:
    """Return a still figure as SVG text. Raises KeyError for an unknown name."""
    import vl_convert  # here, because Locust's image lacks it, and its page draws nothing still

    chart = still(name, rows, theme=theme, width_px=width_px)
    return vl_convert.vegalite_to_svg(chart.to_dict())


@cache
def specs() -> dict[str, dict[str, dict[str, Any]]]:
    """Return all live figures as Vega-Lite: `{"light": {"latency": ..., ...}, "dark": ...}`.

    Built once per process; do not modify the result.
    """
    # Altair would validate every part against Vega-Lite's schema while it builds the charts,
    # which takes two seconds at each start of Locust's page. A test validates instead.
    with schemapi.debug_mode(False):
        return {
            theme.name: {name: live(name, theme=theme).to_dict(validate=False) for name in FIGURES}
            for theme in THEMES
        }
