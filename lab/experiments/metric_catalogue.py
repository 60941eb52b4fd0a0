"""Names and units of metrics, and their values in words with three significant digits.

>>> said("makespan_s", 4.0312), said("pss_bytes", 51_234_567), said("failed", 2)
('4.03 s', '51.2 MB', '2')
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rounded import in_unit


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its key, its name in words and its unit, as in docs/results.md."""

    name: str
    words: str
    unit: str = ""


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        each.name: each
        for each in (
            Metric("makespan_s", "makespan", "s"),
            Metric("makespan_over_draw", "makespan by that of its draw"),
            Metric("waves", "waves"),
            Metric("second_wave_share", "share of bursts with a second wave", "share"),
            Metric("largest_share", "share of the busiest worker", "share"),
            Metric("throughput_rps", "throughput", "1/s"),
            Metric("mean_s", "mean response", "s"),
            Metric("p50_s", "median response", "s"),
            Metric("p90_s", "90th percentile", "s"),
            Metric("p99_s", "99th percentile", "s"),
            Metric("max_s", "longest response", "s"),
            Metric("service_mean_s", "mean from when it was sent", "s"),
            Metric("service_p99_s", "99th percentile from when it was sent", "s"),
            Metric("overhead_s", "time on top of the wait", "s"),
            Metric("peak_busy", "busy slots at most"),
            Metric("busy_mean", "busy slots on average"),
            Metric("answered", "answers"),
            Metric("failed", "failures"),
            Metric("cpu_s_per_request", "CPU time for a request", "s"),
            Metric("requests_per_cpu_s", "requests for a second of CPU", "1/s"),
            Metric("switches_per_request", "context switches for a request"),
            Metric("pss_bytes", "memory", "bytes"),
            Metric("thread_start_s", "start and join of a Python thread", "s"),
            Metric("thread_bare_s", "start and join of a bare thread", "s"),
            Metric("thread_create_s", "creation of a bare thread", "s"),
            Metric("handshakes", "WebSockets open at once"),
            Metric("refused_share", "share of requests refused", "share"),
        )
    }
)


def words(metric: str) -> str:
    """Name of a metric in a sentence or a table; unknown metrics keep their key."""
    return METRICS[metric].words if metric in METRICS else metric


def unit(metric: str) -> str:
    """Unit of a metric; "" for none, and for an unknown metric."""
    return METRICS[metric].unit if metric in METRICS else ""


def said(metric: str, value: float) -> str:
    """Format a value of that metric, with its unit: "4.03 s"."""
    return in_unit(unit(metric), value)


def said_range(metric: str, low: float, high: float | None) -> str:
    """Format a prediction: one value, or the range from `low` to `high`: "1.5 s to 5 s"."""
    one = said(metric, low)
    return one if high is None else f"{one} to {said(metric, high)}"
