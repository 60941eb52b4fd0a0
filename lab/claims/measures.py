"""Arithmetic on measurements, repeat by repeat.

Repeats of different cells are interleaved in time, so equal repeats belong together.
"""

from collections.abc import Callable, Sequence
from itertools import product
from statistics import median

from lab.claims.findings import Findings
from lab.verdicts.judgement import Measured


def of(values: Sequence[float]) -> Measured:
    """Return values by repeat with median, minimum and maximum. Raises ValueError for none."""
    return Measured(values=tuple(values), middle=median(values), low=min(values), high=max(values))


def between(middle: float, error: float) -> Measured:
    """Return a slope with an interval of two standard errors to each side, about 95 %."""
    return Measured((middle,), middle, middle - 2 * error, middle + 2 * error)


def ratio(one: Measured, other: Measured) -> Measured:
    """Return `one` / `other`. Raises ZeroDivisionError where `other` has a 0."""
    return _combined(lambda a, b: a / b, one, other)


def ratio_of(findings: Findings, experiment: str, one: str, other: str, metric: str) -> Measured:
    """Return a metric of cell `one` divided by that of cell `other`, in the same experiment."""
    return ratio(
        findings.metric(experiment, one, metric), findings.metric(experiment, other, metric)
    )


def less(one: Measured, other: Measured) -> Measured:
    """Return `one` - `other`."""
    return _combined(lambda a, b: a - b, one, other)


def more(one: Measured, other: Measured) -> Measured:
    """Return `one` + `other`."""
    return _combined(lambda a, b: a + b, one, other)


def failed_share(findings: Findings, experiment: str, cell: str) -> Measured:
    """Return failures as a share of all requests, by repeat; 1 for a repeat without requests."""
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
    # Unequal numbers of repeats cannot be paired. The range then covers all combinations of
    # minimum and maximum.
    if len(one.values) == len(other.values) > 0:
        return of([function(a, b) for a, b in zip(one.values, other.values, strict=True)])
    corners = [function(a, b) for a, b in product((one.low, one.high), (other.low, other.high))]
    middle = function(one.middle, other.middle)
    return Measured((middle,), middle, min(corners), max(corners))
