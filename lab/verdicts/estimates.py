"""Statistics of measurements: percentiles, intervals of a mean and a share, a line through points.

The slope of such a line is the cost of one more unit of x.

Percentiles are exact, by nearest rank. There is no interpolation and no bucket, so a percentile is
always a measured value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import TypeVar

from lab.verdicts.student import quantile

Value = TypeVar("Value", int, float)
Z_95 = NormalDist().inv_cdf(0.975)
INSIDE = 0.90
"""Confidence of the interval that lies inside of a margin by two one-sided tests at 5 %."""
ROUNDING = 1e-9
"""Slack for rounding in floats: a value on an edge counts as inside."""


def percentile(values: Sequence[float], percent: int) -> float:
    """Percentile of `values` by nearest rank, in their unit.

    >>> percentile([0.4, 0.1, 0.3, 0.2], 50)
    0.2

    Raises ValueError for an empty sequence.
    """
    if not values:
        raise ValueError("no values: expected one at least")
    return sorted(values)[_place(len(values), percent) - 1]


def percentile_of_counts(counts: Mapping[Value, int], percent: int) -> Value:
    """Percentile of values given as `counts`: how often each value occurred.

    >>> percentile_of_counts({100: 98, 250: 1, 900: 1}, 99)
    250

    Raises ValueError where all counts together are 0.
    """
    wanted = _place(sum(counts.values()), percent)
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    raise ValueError("no values: expected one at least")


def _place(number: int, percent: int) -> int:
    """1-based rank. Integers, because 0.07 * 100 > 7 in floats."""
    return max(1, -(-percent * number // 100))


def interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Student's interval of the mean of independent `values`: (low, high), in their unit.

    The interval of a single value is that value: it says nothing of the spread.

    >>> interval([4.0, 4.0, 4.0])
    (4.0, 4.0)

    Raises ValueError for an empty sequence.
    """
    middle, number = fmean(values), len(values)
    if number == 1:
        return middle, middle
    half = quantile((1 + confidence) / 2, number - 1) * stdev(values) / sqrt(number)
    return middle - half, middle + half


def wilson(found: float, of: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, `found` hits in `of` independent trials: (low, high).

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    JASA 22 (1927). Unlike the usual plus or minus, it never leaves 0 to 1, and it keeps a width
    where all or no trials hit. `of` may be a part of a number, as an effective number of trials is.
    Raises ValueError for `of` of 0 or less.
    """
    if of <= 0:
        raise ValueError(f"of={of}: expected a number above 0")
    share, z2 = found / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered_share(found: Sequence[float], of: Sequence[int]) -> tuple[float, float, float]:
    """Share of hits over clusters of trials, with its 95 % interval: (share, low, high).

    Trials of one cluster, such as the bursts that one server start has seen, resemble each other,
    so that they tell less than independent ones. Wilson's interval therefore gets an effective
    number of trials: the number divided by the design effect, and by the loss from estimating that
    effect with few clusters. E. L. Korn and B. I. Graubard, "Confidence Intervals for Proportions
    With Small Expected Number of Positive Counts Estimated From Survey Data", Survey Methodology 24
    (1998). A single cluster has Wilson's plain interval, which is too narrow.

    `found` and `of` have the hits and the trials of each cluster. Raises ValueError for no trials.
    """
    number, trials = len(of), sum(of)
    if trials < 1:
        raise ValueError(f"of={list(of)}: expected at least one trial")
    share = sum(found) / trials
    if number < 2:
        return share, *wilson(sum(found), trials)
    spread = sum((hits - share * each) ** 2 for hits, each in zip(found, of, strict=True))
    variance = number / (number - 1) * spread / trials**2
    effective = share * (1 - share) / variance if variance else float(trials)
    if trials > 2:
        effective *= (quantile(0.975, trials - 1) / quantile(0.975, number - 1)) ** 2
    effective = min(float(trials), effective)
    return share, *wilson(share * effective, effective)


@dataclass(frozen=True, slots=True)
class Line:
    """The least-squares line through `points` (x, y), with the standard error of its slope."""

    slope: float
    slope_error: float
    intercept: float
    points: tuple[tuple[float, float], ...]

    def at(self, x: float) -> float:
        """Return the line's y value at `x`."""
        return self.intercept + self.slope * x


def least_squares(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Slope and intercept of the least-squares line through `points` (x, y).

    Raises ZeroDivisionError where all have the same x, and StatisticsError for no points.
    """
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    width = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / width
    return slope, mean_y - slope * mean_x


def line(points: Sequence[tuple[float, float]]) -> Line | None:
    """Fit a line through `points`; None for fewer than three points, or if all have the same x.

    Ordinary least squares. The standard error of the slope is sqrt(s² / Sxx), with s² the sum of
    squared residuals divided by n - 2. Each series of a cell is a point of its own.
    """
    number = len(points)
    if number < 3 or len({x for x, _ in points}) < 2:
        return None
    slope, intercept = least_squares(points)
    mean_x = fmean(x for x, _ in points)
    width = sum((x - mean_x) ** 2 for x, _ in points)
    residue = sum((y - intercept - slope * x) ** 2 for x, y in points)
    return Line(slope, sqrt(residue / (number - 2) / width), intercept, tuple(points))
