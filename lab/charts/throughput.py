"""Throughput: what a target answers each second, on what theory says."""

import altair as alt

from lab.charts.frame import title
from lab.charts.theme import Theme
from lab.charts.timeline import Points, timeline


def throughput(theme: Theme) -> alt.LayerChart:
    """Answers per second of each target over the last minute, measured and predicted."""
    return timeline(
        theme,
        title=title("Answers per second", "● measured", "▬ predicted"),
        description="Answers per second of each target, measured and predicted: the last minute.",
        predicted="predicted_rps",
        measured=(Points("throughput_rps"),),
    )
