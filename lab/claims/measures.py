"""Arithmetic on measurements: repeats are interleaved, so the first belongs to the first."""

from collections.abc import Callable, Sequence
from itertools import product
from statistics import median

from lab.claims.findings import Findings
from lab.verdicts.judgement import Measured


def of(values: Sequence[float]) -> Measured:
    """Values by repeat, with their median, least and most."""
    return Measured(values=tuple(values), middle=median(values), low=min(values), high=max(values))


def between(middle: float, error: float) -> Measured:
    """A slope with its standard error: two of them to each side, about 95 %."""
    return Measured((middle,), middle, middle - 2 * error, middle + 2 * error)


def scaled(measured: Measured, factor: float) -> Measured:
    """In another unit; `factor` is above 0."""
    return Measured(
        values=tuple(each * factor for each in measured.values),
        middle=measured.middle * factor,
        low=measured.low * factor,
        high=measured.high * factor,
    )


def ratio(one: Measured, other: Measured) -> Measured:
    """`one` in multiples of `other`. Raises ZeroDivisionError where that has a 0."""
    return _combined(lambda a, b: a / b, one, other)


def less(one: Measured, other: Measured) -> Measured:
    """By how much `one` is above `other`."""
    return _combined(lambda a, b: a - b, one, other)


def more(one: Measured, other: Measured) -> Measured:
    """Both together."""
    return _combined(lambda a, b: a + b, one, other)


def failed_share(findings: Findings, experiment: str, cell: str) -> Measured:
    """Failures by all requests; all of them where nothing was answered."""
    failed = findings.metric(experiment, cell, "failed")
    answered = findings.metric(experiment, cell, "answered")
    return of(
        [
            missing / (missing + answers) if missing + answers else 1.0
            for missing, answers in zip(failed.values, answered.values, strict=True)
        ]
    )


def _combined(
    function: Callable[[float, float], float], one: Measured, other: Measured
) -> Measured:
    """Repeat by repeat; without as many repeats on both sides, everything that can be."""
    if len(one.values) == len(other.values) > 0:
        return of([function(a, b) for a, b in zip(one.values, other.values, strict=True)])
    corners = [function(a, b) for a, b in product((one.low, one.high), (other.low, other.high))]
    middle = function(one.middle, other.middle)
    return Measured((middle,), middle, min(corners), max(corners))
