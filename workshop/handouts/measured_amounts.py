"""Formats the numbers of a table: one unit per metric, so that readers can compare them."""

from collections.abc import Callable, Iterable

from lab.experiments.metric_catalogue import METRICS, said
from lab.rounded import ONE, SECONDS, digits
from lab.verdicts.judgement import Measured

Said = Callable[[float], str]

SMALLEST = 0.02  # of a unit; a smaller number would begin with zeros


def in_one_unit(metric: str, values: Iterable[float]) -> Said:
    """Return a formatter for values of that metric, with one unit for all values of a table.

    >>> told = in_one_unit("makespan_s", [3.2, 0.851])
    >>> told(0.851)
    '0.851 s'
    """
    if metric not in METRICS or METRICS[metric].unit != "s":
        return lambda value: said(metric, value)
    known = [abs(value) for value in values if value]
    most, least = max(known, default=0.0), min(known, default=0.0)
    # The largest value chooses the unit: at least 1 in it.
    factor, unit = next((step for step in SECONDS if most * step[0] >= ONE), SECONDS[-1])
    if least * factor < SMALLEST:
        return lambda value: said(metric, value)
    return lambda value: f"{digits(value * factor)} {unit}"


def spread(found: Measured, tell: Said) -> str:
    """The middle, with the range of the series where it differs after rounding.

    >>> spread(Measured([4.0, 4.1, 4.2], 4.1, 4.0, 4.2), "{:.2f} s".format)
    '4.10 s (4.00 to 4.20)'
    """
    middle, low, high = map(tell, (found.middle, found.low, found.high))
    if low == middle == high:
        return middle
    # One unit is written once, after the middle.
    units = {each.partition(" ")[2] for each in (middle, low, high)}
    if len(units) == 1:
        low, high = low.partition(" ")[0], high.partition(" ")[0]
    return f"{middle} ({low} to {high})"
