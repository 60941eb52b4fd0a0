"""Percentiles close to exact: Locust's own round 1,049 ms to 1,000 ms.

The classes that Locust rounds to are 1 ms wide at 99 ms, 10 ms at 100 ms and 100 ms
at 1 s, which is the size of what the lab measures. The ones here are a tenth of a
millisecond up to a second and four digits above: some 30,000 at most, so that
sorting them stays cheap.
"""

from typing import Any

from locust import stats

PERCENTILES = [0.5, 0.95, 0.99]


def bucket_ms(response_ms: float) -> float:
    """The class of a response time, by its middle; both in milliseconds."""
    if response_ms < 1_000:
        return round(response_ms, 1)
    if response_ms < 10_000:
        return float(round(response_ms))
    return round(response_ms, -1)


def install() -> None:
    """Make Locust use these classes, and draw these percentiles."""
    module: Any = stats  # its own annotations say int
    module.bucket_response_time = bucket_ms
    module.PERCENTILES_TO_CHART = PERCENTILES
