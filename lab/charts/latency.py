"""Latency: how long answers took, on what theory says."""

import altair as alt

from lab.charts.frame import title
from lab.charts.theme import Theme
from lab.charts.timeline import Points, timeline


def latency(theme: Theme) -> alt.LayerChart:
    """p50 and p99 of each target over the last minute in seconds, and the predicted latency."""
    return timeline(
        theme,
        title=title("Latency in seconds", "● p50", "△ p99", "▬ predicted"),
        description="Latency of each target, p50, p99 and predicted: the last minute.",
        predicted="predicted_s",
        measured=(Points("p99_s", "triangle"), Points("p50_s", "small disc")),
    )
