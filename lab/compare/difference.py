"""Whether a metric differs between two runs by more than its repeats do within each.

Repeats are what is compared, because the requests of one measurement share a server and
a moment. Of a few repeats a mean is uncertain in a known way:

Welch's t, for two means whose spreads need not be alike. B. L. Welch, "The generalization
of 'Student's' problem when several different population variances are involved",
Biometrika 34 (1947).

A share of bursts is compared as a share. R. G. Newcombe, "Interval estimation for the
difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, variance

from lab.compare.student import quantile
from lab.verdicts.judgement import Measured

SURE = 0.975
"""On each side, so that 95 % lie between."""
SLIGHT = 0.01
"""Of the metric: below that a difference is no reason to do anything."""


class Answer(StrEnum):
    """What can be said of a difference."""

    DIFFERS = "differs"
    SLIGHT = "differs, by less than 1 %"
    NOT_SIGNIFICANT = "no significant difference"
    TOO_FEW = "too few repeats to say"


@dataclass(frozen=True, slots=True)
class Difference:
    """B less A, as parts of A: between the middles, and the ends of the 95 % interval.

    For a share of bursts the parts are of all bursts. None where there is no such number.
    """

    answer: Answer
    part: float | None
    low: float | None = None
    high: float | None = None


def of_values(a: Measured, b: Measured) -> Difference:
    """Two metrics by repeat, with Welch's interval."""
    scale = abs(a.middle)
    part = (b.middle - a.middle) / scale if scale else None
    if min(len(a.values), len(b.values)) < 2:
        return Difference(Answer.TOO_FEW, part)
    away = fmean(b.values) - fmean(a.values)
    half = _half_width(a, b)
    # The last bits of a sum are no difference.
    if abs(away) <= half or abs(away) <= 1e-9 * max(abs(a.middle), abs(b.middle)):
        answer = Answer.NOT_SIGNIFICANT
    else:
        answer = Answer.DIFFERS if part is None or abs(part) >= SLIGHT else Answer.SLIGHT
    if not scale:
        return Difference(answer, part)
    return Difference(answer, part, (away - half) / scale, (away + half) / scale)


def of_shares(a: Measured, b: Measured) -> Difference:
    """Two shares with their Wilson intervals as `low` and `high`, with Newcombe's interval."""
    part = b.middle - a.middle
    low = part - sqrt((b.middle - b.low) ** 2 + (a.high - a.middle) ** 2)
    high = part + sqrt((b.high - b.middle) ** 2 + (a.middle - a.low) ** 2)
    answer = Answer.NOT_SIGNIFICANT if low <= 0 <= high else Answer.DIFFERS
    return Difference(answer, part, low, high)


def _half_width(a: Measured, b: Measured) -> float:
    """Half of the interval: t times the standard error of the difference of the means."""
    squares = [variance(each.values) / len(each.values) for each in (a, b)]
    total = sum(squares)
    if total == 0:
        return 0.0
    # Degrees of freedom after Welch and Satterthwaite.
    freedom = total**2 / sum(
        square**2 / (len(each.values) - 1) for square, each in zip(squares, (a, b), strict=True)
    )
    return quantile(SURE, freedom) * sqrt(total)
