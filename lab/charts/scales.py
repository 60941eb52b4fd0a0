"""Axes: their ends and their ticks.

A report figure's axis is known before anything is drawn (`Axis`). A live figure's axis follows its
data, so its ends and ticks are written in Vega's expression language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10
from typing import Literal

import altair as alt

# Where an axis may end, as a multiple of a power of ten: how many parts its ticks then make.
ENDS = {1: 5, 1.2: 4, 1.5: 3, 2: 4, 2.5: 5, 3: 3, 4: 4, 5: 5, 6: 3, 8: 4, 10: 5}
HEADROOM = 1.05  # a value that varies around a round number must not move the axis each second
BESIDE = 1.35  # factor by which a logarithmic axis extends beyond its data
TOO_NEAR = 0.05  # share of an axis: two numbers within it have no room side by side
MANY_DECADES = 2.4  # an axis of more decades has room for powers of ten only


def peak(dataset: str, *fields: str) -> str:
    """Expression: the largest value in some fields of a dataset, times HEADROOM; 0 without any."""
    # extent skips null; without any value its result is not a number, and || makes it 0.
    highest = (f"extent(pluck(data('{dataset}'), '{field}'))[1] || 0" for field in fields)
    return f"{HEADROOM} * max(0, {', '.join(highest)})"


def magnitude(value: str) -> str:
    """Expression: the power of ten at or below a value; 1 for 0."""
    return f"({value} > 0 ? pow(10, floor(log({value}) / LN10)) : 1)"


def round_up(value: str, *, magnitude: str) -> str:
    """Expression: the next number at or above a value where an axis may end; 1 for 0."""
    *ends, last = ENDS
    steps = "".join(f"{value} <= {end} * {magnitude} ? {end} : " for end in ends)
    return f"({value} > 0 ? {magnitude} * ({steps}{last}) : 1)"


def ticks(top: str, *, magnitude: str) -> str:
    """Expression: the ticks from 0 to an end that `round_up` gave, both included."""
    *ends, last = ENDS
    parts = "".join(f"{top} < {end} * 1.01 * {magnitude} ? {ENDS[end]} : " for end in ends)
    return f"sequence(0, 1.01 * {top}, {top} / ({parts}{ENDS[last]}))"


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `begin` to `end`, labelled at `ticks`. A logarithmic axis begins above 0."""

    begin: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False
    title: str = ""
    title_at: Literal["middle", "end"] = "middle"

    def share(self, value: float) -> float:
        """Position of a value: 0 at the begin, 1 at the end."""
        if self.is_log:
            value = max(value, self.begin)
            return log10(value / self.begin) / log10(self.end / self.begin)
        return (value - self.begin) / (self.end - self.begin)

    def px(self, value: float, length_px: float) -> float:
        """Position of a value in pixels, on an axis `length_px` long."""
        return self.share(value) * length_px

    def scale(self) -> alt.Scale:
        """Return the axis as a Vega-Lite scale."""
        return alt.Scale(
            type="log" if self.is_log else "linear", domain=[self.begin, self.end], nice=False
        )

    def x(self, field: str = "x", *, grid: bool = False) -> alt.X:
        """Encode a row's `field` on the x axis; all layers of a figure must have the same axis."""
        return alt.X(f"{field}:Q", scale=self.scale(), axis=self._labels(grid, self.title or None))

    def y(self) -> alt.Y:
        """Encode a row's `y` on the y axis. The figure itself draws the title, above the axis."""
        return alt.Y("y:Q", scale=self.scale(), axis=self._labels(True, None))

    def _labels(self, grid: bool, title: str | None) -> alt.Axis:
        return alt.Axis(
            title=title,
            titleAnchor=self.title_at,
            values=list(self.ticks),
            grid=grid,
            labelExpr="format(datum.value, abs(datum.value) < 0.001 ? '.1~g' : ',.4~r')",
            labelOverlap="greedy" if self.is_log else "parity",
            labelSeparation=8,
        )


def axis(
    values: Iterable[float | None], *, is_log: bool = False, title: str = "", parts: int = 5
) -> Axis:
    """Return an axis that shows all values: from 0 to a round number, or over powers of ten.

    None and infinite values are ignored, and on a logarithmic axis also values of 0 or less.
    `parts` is about how many ticks there may be.
    """
    known = [value for value in values if value is not None and abs(value) < inf]
    if is_log and any(value > 0 for value in known):
        return _logarithmic([value for value in known if value > 0], title)
    low, high = min(known, default=0.0), max(known, default=0.0)
    end = _round_up(max(high, 0.0) * HEADROOM) if high > 0 else 0.0
    begin = -_round_up(-low * HEADROOM) if low < 0 else 0.0
    if end == begin:
        end = 1.0
    step = _step(end - begin, parts)
    first = ceil(begin / step - 1e-9)
    ticks = [round(number * step, 12) for number in range(first, floor(end / step + 1e-9) + 1)]
    return Axis(begin, end, tuple(ticks), title=title)


def stops(values: Iterable[float], *, is_log: bool = False, title: str = "") -> Axis:
    """Return an axis for a few chosen numbers.

    A logarithmic axis has a tick at each number, except where it is too near to the one before.
    """
    known = sorted(set(values))
    if not is_log or known[0] <= 0:
        return axis(known, title=title, parts=6)
    found = Axis(known[0] / BESIDE, known[-1] * BESIDE, (), is_log=True, title=title)
    ticks: list[float] = []
    for value in known:
        if not ticks or found.share(value) - found.share(ticks[-1]) > TOO_NEAR:
            ticks.append(value)
    return replace(found, ticks=tuple(ticks))


def _round_up(value: float) -> float:
    magnitude = 10.0 ** floor(log10(value))
    return next(end * magnitude for end in ENDS if value <= end * magnitude * (1 + 1e-9))


def _step(length: float, parts: int) -> float:
    """Step of 1, 2 or 5 times a power of ten that makes at most `parts` parts."""
    magnitude = 10.0 ** floor(log10(length / parts))
    for base in (1, 2, 5, 10):
        if length / (base * magnitude) <= parts + 1e-9:
            return base * magnitude
    return 10 * magnitude


def _logarithmic(values: Sequence[float], title: str) -> Axis:
    low, high = min(values) / HEADROOM, max(values) * HEADROOM
    steps = [
        base * 10.0**power
        for power in range(floor(log10(low)) - 1, ceil(log10(high)) + 1)
        for base in (1, 2, 5)
    ]
    begin = max(step for step in steps if step <= low)
    end = min(step for step in steps if step >= high)
    decades = log10(end / begin)
    shown = [step for step in steps if begin <= step <= end]
    if decades > MANY_DECADES:
        shown = [step for step in shown if abs(log10(step) - round(log10(step))) < 1e-9]
    return Axis(begin, end, tuple(float(f"{step:.6g}") for step in shown), is_log=True, title=title)
