"""Latencies, counted by class: a tenth of a millisecond up to a second, four digits above.

Some 30,000 classes at most, so that sorting them stays cheap, and each close enough
to exact for what the lab measures: Locust's own are 100 ms wide at a second.
"""

from collections import Counter
from collections.abc import Iterable, Mapping


def class_ms(latency_ms: float) -> float:
    """The class of a latency, by its middle; both in milliseconds."""
    if latency_ms < 1_000:
        return round(latency_ms, 1)
    if latency_ms < 10_000:
        return float(round(latency_ms))
    return round(latency_ms, -1)


def percentiles_s(
    counted: Iterable[Mapping[float, int]], percents: Iterable[float]
) -> list[float | None]:
    """Percentiles in seconds over counts by class; each None where there are no counts.

    A percentile is the smallest latency that so many percent do not exceed (nearest rank).
    """
    counts: Counter[float] = Counter()
    for each in counted:
        counts.update(each)
    total = counts.total()
    classes = sorted(counts)

    def at(percent: float) -> float | None:
        left = percent * total / 100
        for each in classes:
            left -= counts[each]
            if left <= 1e-9:
                return round(each / 1000, 4)
        return None

    return [at(percent) for percent in percents]
