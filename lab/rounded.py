"""Numbers and lists as text for sentences, with the unit.

Coarse, for what goes on now:

>>> count(1995.6), rate(3.96), seconds(0.9996), share(0.38), minutes(220), counted(1, "user")
('1,996', '4.0', '1.0 s', '38 %', '3 min 40 s', '1 user')

With three significant digits, for results:

>>> digits(4.0312), span(0.04031), byte_size(51_234_567), percent(0.38), times(1.873)
('4.03', '40.3 ms', '51.2 MB', '38.0 %', '1.87 times')
"""

from collections.abc import Callable, Mapping, Sequence
from math import floor, log10
from types import MappingProxyType

SECONDS = ((1.0, "s"), (1e3, "ms"), (1e6, "µs"))
"""Units of a time: how many of them make a second, and the name."""
ONE = 0.9995
"""Least value that is shown in a unit, because 0.9995 rounds to 1 with three digits."""


def count(number: float) -> str:
    """Format a count as a whole number."""
    return f"{round(number):,}"


def counted(number: float, noun: str) -> str:
    """Format a count of things, with the noun in the singular or the plural: "1,000 users"."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def slots(number: float | None) -> str:
    """Format a number of slots: "4 slots", "1 slot", or "no limit" for None."""
    return "no limit" if number is None else counted(number, "slot")


def rate(per_s: float) -> str:
    """Format a rate per second: one decimal below 100, none from 100."""
    return f"{per_s:.1f}" if round(per_s, 1) < 100 else f"{per_s:,.0f}"


def seconds(time_s: float) -> str:
    """Format a time in the unit that leaves two or three digits: 2.1 ms, 120 ms, 1.0 s, 12 s."""
    # Every limit compares the rounded value, so that 9.96 ms is "10 ms" and not "10.0 ms".
    time_ms = time_s * 1000
    if round(time_ms, 1) < 10:
        return f"{time_ms:.1f} ms"
    if round(time_ms) < 1000:
        return f"{time_ms:.0f} ms"
    return f"{time_s:.1f} s" if round(time_s, 1) < 10 else f"{time_s:,.0f} s"


def minutes(time_s: float) -> str:
    """Format a time in whole seconds: "3 min 40 s", "40 s". Below 0 counts as 0."""
    whole, left = divmod(round(max(0.0, time_s)), 60)
    return f"{whole} min {left:02} s" if whole else f"{left} s"


def share(part: float) -> str:
    """Format a share from 0 to 1 as percent. Only exactly 1 is "100 %", only exactly 0 is "0 %"."""
    rounded = round(100 * part)
    # Rounding must not turn "almost all" into "all", nor "a few" into "none".
    if rounded == 100 and part < 1:
        rounded = 99
    if rounded == 0 and part > 0:
        return "less than 1 %"
    return f"{rounded} %"


def digits(value: float, number: int = 3) -> str:
    """Round to `number` significant digits, without an exponent: 1,996 and 0.0331 and 4.03.

    Digits before the decimal point are never rounded away; whole numbers get no decimals.
    """
    if value == round(value):
        return f"{value:,.0f}"
    decimals = max(0, number - 1 - floor(log10(abs(value))))
    return f"{value:,.{decimals}f}"


def exact(told: str) -> str:
    """Remove trailing zeros from a calculated number.

    >>> exact("1.60 s"), exact("24.1"), exact("20,000 per second")
    ('1.6 s', '24.1', '20,000 per second')
    """
    number, space, unit = told.partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit


def in_unit(unit: str, value: float) -> str:
    """Format a value of a unit of docs/results.md: "s", "bytes", "share", "1/s" or ""."""
    return _IN_UNIT.get(unit, digits)(value)


def span(time_s: float) -> str:
    """Format a time with three digits: "40.3 ms"."""
    if not time_s:
        return "0 s"
    factor, unit = next((step for step in SECONDS if abs(time_s) * step[0] >= ONE), SECONDS[-1])
    return f"{digits(time_s * factor)} {unit}"


def byte_size(size_bytes: float) -> str:
    """Format bytes: "51.2 MB"."""
    for unit, size_of_unit in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(size_bytes) >= size_of_unit:
            return f"{digits(size_bytes / size_of_unit)} {unit}"
    return f"{digits(size_bytes)} bytes"


def percent(part: float) -> str:
    """Format a share with one decimal: "38.0 %". Only exactly 0 and 1 have none."""
    return f"{part * 100:.0f} %" if part in (0, 1) else f"{part * 100:.1f} %"


def change(part: float) -> str:
    """Format a relative difference with its sign: "+1.3 %"."""
    return f"{part * 100:+.1f} %"


def times(ratio: float) -> str:
    """Format a ratio: "1.87 times"."""
    return f"{digits(ratio)} times"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words for a sentence: "a, b and c", or with another `last` word: "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


_IN_UNIT: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "s": span,
        "bytes": byte_size,
        "share": percent,
        "1/s": lambda per_s: f"{digits(per_s)} per second",
    }
)
