"""Percentiles close to exact: Locust's own round 1,049 ms to 1,000 ms.

The classes that Locust rounds to are 1 ms wide at 99 ms, 10 ms at 100 ms and 100 ms
at 1 s, which is the size of what the lab measures. The dashboard's are finer.
"""

from typing import Any

from locust import stats

from lab.live.latency import class_ms

PERCENTILES = [0.5, 0.95, 0.99]


def install() -> None:
    """Make Locust use these classes, and draw these percentiles."""
    module: Any = stats  # its own annotations say int
    module.bucket_response_time = class_ms
    module.PERCENTILES_TO_CHART = PERCENTILES
