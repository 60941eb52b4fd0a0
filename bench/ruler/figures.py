"""The figures that are compared for each load."""

from typing import NamedTuple


class Burst(NamedTuple):
    """One burst: its makespan in seconds, and the number of requests without a good answer."""

    makespan_s: float
    failed: int


class Closed(NamedTuple):
    """One closed load: its rate, two percentiles of its latencies, answers and failures."""

    rate_rps: float
    p50_s: float
    p99_s: float
    answers: int
    failed: int
