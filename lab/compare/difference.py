"""Differences between two runs: of a metric, beyond chance, and of the claims' verdicts.

The unit of the comparison is the series, not the request: the requests of one measurement share
a server and a moment, so they are not independent.

Values use Welch's t interval for two means, whose variances may differ. B. L. Welch, "The
generalization of 'Student's' problem when several different population variances are involved",
Biometrika 34 (1947).

Shares of bursts use Newcombe's interval. R. G. Newcombe, "Interval estimation for the
difference between independent proportions", Statistics in Medicine 17 (1998), method 10.

Verdicts of both reports are judged from their files by the current ledger. So a claim whose reading
has changed since is read in the same way for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, lgamma, log, log1p, sqrt
from pathlib import Path
from statistics import fmean, variance

from lab.claims.finding_data import gather
from lab.claims.ledger import decide_all
from lab.verdicts.judgement import Measured, Verdict

SURE = 0.975
"""One-sided share for the t quantile: 2.5 % in each tail leave a 95 % interval."""
SLIGHT = 0.01
"""Share of the metric. A smaller difference is no reason to act."""
_STEPS = 300
_EPSILON = 1e-15
_TINY = 1e-300
Verdicts = Mapping[str, Verdict]


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
    return t_quantile(SURE, freedom) * sqrt(total)


def t_quantile(share: float, freedom: float) -> float:
    """Quantile of Student's t distribution, which the standard library lacks.

    >>> round(quantile(0.975, 4), 3)
    2.776

    `freedom` is the number of degrees of freedom and need not be whole. Found by bisection, to
    the last bit. Raises ValueError unless 0 < share < 1 and freedom > 0.
    """
    if not 0 < share < 1 or freedom <= 0:
        raise ValueError(f"share={share}, freedom={freedom}: expected 0 to 1, and above 0")
    if share < 0.5:
        return -t_quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while _below(high, freedom) < share:
        low, high = high, 2 * high
        if high == inf:
            return inf
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if _below(middle, freedom) < share:
            low = middle
        else:
            high = middle


def _below(value: float, freedom: float) -> float:
    # Distribution function, for values of at least 0.
    return 1 - _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    # Regularized incomplete beta function I_x(a, b), by its continued fraction
    # (NIST DLMF 8.17.22).
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the other side converges faster: I_x(a, b) = 1 - I_(1-x)(b, a)
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    # Evaluated by the modified Lentz method; _TINY replaces a denominator of 0.
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(_STEPS):
        m, is_odd = divmod(step, 2)
        if step == 0:
            term = 1.0
        elif is_odd:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / ((1 + term * lower) or _TINY)
        upper = (1 + term / upper) or _TINY
        value *= upper * lower
        if abs(1 - upper * lower) < _EPSILON:
            break
    return front * (value - 1)


def verdicts(report: Path) -> Verdicts:
    """Return the verdict of each claim by id. Raises RunUnreadableError."""
    return {id: each.verdict for id, each in decide_all(gather(report)).items()}


def differing_verdicts(a: Verdicts, b: Verdicts) -> list[tuple[str, str, str]]:
    """Return the claims whose verdicts differ, as (id, verdict in `a`, verdict in `b`)."""
    return [(id, a[id], b[id]) for id in a if id in b and a[id] != b[id]]


def agreement(a: Verdicts, b: Verdicts) -> str:
    """State how often both agree. Claims that are inconclusive in either are not counted."""
    decided = [id for id in a if id in b and Verdict.INCONCLUSIVE not in (a[id], b[id])]
    agreed = sum(a[id] == b[id] for id in decided)
    return (
        f"Of {len(a)} claims, {len(decided)} have a verdict in both, and {agreed} of these agree."
    )
