"""Numbers of a table: those of one metric in one unit, so that a reader can compare them."""

from collections.abc import Callable, Iterable

from lab.verdicts.judgement import Measured
from lab.verdicts.words import METRICS, digits, said

Said = Callable[[float], str]

SECONDS = ((1.0, "s"), (1e3, "ms"), (1e6, "µs"))
ONE = 0.9995  # as it is rounded
SMALLEST = 0.02  # of a unit: below, a number would begin with zeros


def in_one_unit(metric: str, values: Iterable[float]) -> Said:
    """How to say a value of that metric, among all these of a table.

    >>> told = in_one_unit("makespan_s", [3.2, 0.851])
    >>> told(0.851)
    '0.851 s'
    """
    if metric not in METRICS or METRICS[metric].unit != "s":
        return lambda value: said(metric, value)
    known = [abs(value) for value in values if value]
    most, least = max(known, default=0.0), min(known, default=0.0)
    factor, unit = next((step for step in SECONDS if most * step[0] >= ONE), SECONDS[-1])
    if least * factor < SMALLEST:
        return lambda value: said(metric, value)
    return lambda value: f"{digits(value * factor)} {unit}"


def exact(told: str) -> str:
    """What was calculated, without zeros that say nothing.

    >>> exact("1.60 s"), exact("24.1"), exact("20,000 per second")
    ('1.6 s', '24.1', '20,000 per second')
    """
    number, space, unit = told.partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit


def spread(found: Measured, tell: Said) -> str:
    """The middle, and from where to where the repeats lie if that is to be seen.

    >>> spread(Measured([4.0, 4.1, 4.2], 4.1, 4.0, 4.2), "{:.2f} s".format)
    '4.10 s (4.00 to 4.20)'
    """
    middle, low, high = map(tell, (found.middle, found.low, found.high))
    if low == middle == high:
        return middle
    units = {each.partition(" ")[2] for each in (middle, low, high)}
    if len(units) == 1:
        low, high = low.partition(" ")[0], high.partition(" ")[0]
    return f"{middle} ({low} to {high})"
