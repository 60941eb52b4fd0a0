"""Differences of a metric between two runs, beyond chance.

The unit of the comparison is the series, not the request: the requests of one measurement share
a server and a moment, so they are not independent.

Values use Welch's t interval for two means, whose variances may differ. B. L. Welch, "The
generalization of 'Student's' problem when several different population variances are involved",
Biometrika 34 (1947).

Shares of bursts use Newcombe's interval. R. G. Newcombe, "Interval estimation for the
difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, variance

from lab.verdicts.judgement import Measured
from lab.verdicts.student import quantile

SURE = 0.975
"""One-sided share for the t quantile: 2.5 % in each tail leave a 95 % interval."""
SLIGHT = 0.01
"""Share of the metric. A smaller difference is no reason to act."""


class Answer(StrEnum):
    """Result of comparing one metric of two runs."""

    DIFFERS = "differs"
    SLIGHT = "differs, by less than 1 %"
    NOT_SIGNIFICANT = "no significant difference"
    TOO_FEW = "too few series to say"


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference B - A, with the ends `low` and `high` of its 95 % interval.

    All three are shares of A's middle; for a share of bursts they are differences of shares.
    `part` is the difference of the middles. None where a number does not exist.
    """

    answer: Answer
    part: float | None
    low: float | None = None
    high: float | None = None


def of_values(a: Measured, b: Measured) -> Difference:
    """Compare two metrics by their series, with Welch's interval.

    Fewer than two series on either side give `Answer.TOO_FEW`. `part`, `low` and `high` are
    None where A's middle is 0.
    """
    scale = abs(a.middle)
    part = (b.middle - a.middle) / scale if scale else None
    if min(len(a.values), len(b.values)) < 2:
        return Difference(Answer.TOO_FEW, part)
    away = fmean(b.values) - fmean(a.values)
    half = _half_width(a, b)
    # 1e-9: rounding errors of floats are no difference.
    if abs(away) <= half or abs(away) <= 1e-9 * max(abs(a.middle), abs(b.middle)):
        answer = Answer.NOT_SIGNIFICANT
    else:
        answer = Answer.DIFFERS if part is None or abs(part) >= SLIGHT else Answer.SLIGHT
    if not scale:
        return Difference(answer, part)
    return Difference(answer, part, (away - half) / scale, (away + half) / scale)


def of_shares(a: Measured, b: Measured) -> Difference:
    """Compare two shares by Newcombe's interval; `low` and `high` of each are Wilson's interval."""
    part = b.middle - a.middle
    low = part - sqrt((b.middle - b.low) ** 2 + (a.high - a.middle) ** 2)
    high = part + sqrt((b.high - b.middle) ** 2 + (a.middle - a.low) ** 2)
    answer = Answer.NOT_SIGNIFICANT if low <= 0 <= high else Answer.DIFFERS
    return Difference(answer, part, low, high)


def _half_width(a: Measured, b: Measured) -> float:
    # t times the standard error of the difference of the means.
    squares = [variance(each.values) / len(each.values) for each in (a, b)]
    total = sum(squares)
    if total == 0:
        return 0.0
    # Degrees of freedom by the Welch-Satterthwaite equation.
    freedom = total**2 / sum(
        square**2 / (len(each.values) - 1) for square, each in zip(squares, (a, b), strict=True)
    )
    return quantile(SURE, freedom) * sqrt(total)
