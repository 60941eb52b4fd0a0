"""Exact percentiles: the smallest value that so many percent of all are not above.

No interpolation and no buckets, so that a percentile is always a value that was measured.
"""

from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], percent: int) -> float:
    """
    >>> percentile([0.4, 0.1, 0.3, 0.2], 50)
    0.2

    Raises ValueError where there are no values.
    """
    if not values:
        raise ValueError("no values: expected one at least")
    return sorted(values)[_place(len(values), percent) - 1]


def percentile_of_counts(counts: Mapping[int, int], percent: int) -> int:
    """The same where `counts` says how often each value occurred.

    >>> percentile_of_counts({100: 98, 250: 1, 900: 1}, 99)
    250
    """
    wanted = _place(sum(counts.values()), percent)
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    raise ValueError("no values: expected one at least")


def _place(number: int, percent: int) -> int:
    """Which of so many, from 1: in whole numbers, because 0.07 * 100 is more than 7."""
    return max(1, -(-percent * number // 100))
