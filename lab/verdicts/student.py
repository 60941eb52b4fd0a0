"""Quantiles of Student's t distribution, which the standard library lacks."""

from functools import cache
from math import exp, inf, lgamma, log, log1p

_STEPS = 300
_EPSILON = 1e-15
_TINY = 1e-300


@cache
def quantile(share: float, freedom: float) -> float:
    """Return the t below which a `share` of the distribution lies.

    >>> round(quantile(0.975, 4), 3)
    2.776

    `freedom` is the number of degrees of freedom and need not be whole. Found by bisection, to
    the last bit. Raises ValueError unless 0 < share < 1 and freedom > 0.
    """
    if not 0 < share < 1 or freedom <= 0:
        raise ValueError(f"share={share}, freedom={freedom}: expected 0 to 1, and above 0")
    if share < 0.5:
        return -quantile(1 - share, freedom)
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
