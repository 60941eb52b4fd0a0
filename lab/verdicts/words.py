"""Metrics as a sentence says them: name and unit in plain words, three digits.

>>> said("makespan_s", 4.0312), said("pss_bytes", 51_234_567), said("failed", 2)
('4.03 s', '51.2 MB', '2')
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor, log10
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what to call it, and its unit, as docs/results.md has both."""

    name: str
    words: str
    unit: str = ""


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        each.name: each
        for each in (
            Metric("makespan_s", "makespan", "s"),
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
            Metric("pss_bytes", "memory", "bytes"),
            Metric("thread_start_s", "start and join of a Python thread", "s"),
            Metric("thread_bare_s", "start and join of a bare thread", "s"),
            Metric("handshakes", "WebSockets open at once"),
            Metric("refused_share", "share of requests refused", "share"),
        )
    }
)


def words(metric: str) -> str:
    """What to call a metric in a sentence or a table."""
    return METRICS[metric].words if metric in METRICS else metric


def said(metric: str, value: float) -> str:
    """A value of that metric with its unit."""
    unit = METRICS[metric].unit if metric in METRICS else ""
    return _SAID.get(unit, digits)(value)


def digits(value: float, number: int = 3) -> str:
    """Rounded to so many digits, never in powers of ten: 1,996 and 0.0331 and 4.03.

    Whole digits stay as they are, and a whole number has no decimals.
    """
    if value == round(value):
        return f"{value:,.0f}"
    decimals = max(0, number - 1 - floor(log10(abs(value))))
    return f"{value:,.{decimals}f}"


def _seconds(value_s: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if abs(value_s) * factor >= 0.9995:  # which rounds to 1
            return f"{digits(value_s * factor)} {unit}"
    return f"{digits(value_s * 1e6)} µs" if value_s else "0 s"


def _bytes(value: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value) >= size:
            return f"{digits(value / size)} {unit}"
    return f"{digits(value)} bytes"


def _share(value: float) -> str:
    return f"{value * 100:.0f} %" if value in (0, 1) else f"{value * 100:.1f} %"


_SAID: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "s": _seconds,
        "bytes": _bytes,
        "share": _share,
        "1/s": lambda value: f"{digits(value)} per second",
    }
)
