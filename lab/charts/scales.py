"""Axes that are known before anything is drawn: where they end, and where their numbers stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10
from typing import Literal

import altair as alt

from lab.charts.expressions import ENDS, HEADROOM

BESIDE = 1.35  # a logarithmic axis begins and ends so many times beside what stands on it
TOO_NEAR = 0.05  # two numbers within so much of a whole axis have no room side by side
MANY_DECADES = 2.4  # more than these have room for powers of ten only


@dataclass(frozen=True, slots=True)
class Axis:
    """From `begin` to `end`, labelled at `ticks`; a logarithmic one begins above 0."""

    begin: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False
    title: str = ""
    title_at: Literal["middle", "end"] = "middle"

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the begin, 1 at the end."""
        if self.is_log:
            value = max(value, self.begin)
            return log10(value / self.begin) / log10(self.end / self.begin)
        return (value - self.begin) / (self.end - self.begin)

    def px(self, value: float, length_px: float) -> float:
        """The same in pixels, on an axis so long."""
        return self.share(value) * length_px

    def scale(self) -> alt.Scale:
        """As Vega-Lite has it."""
        return alt.Scale(
            type="log" if self.is_log else "linear", domain=[self.begin, self.end], nice=False
        )

    def x(self, field: str = "x", *, grid: bool = False) -> alt.X:
        """The encoding of a row's `x`; all layers of a figure have to have the same."""
        return alt.X(f"{field}:Q", scale=self.scale(), axis=self._labels(grid, self.title or None))

    def y(self) -> alt.Y:
        """The encoding of a row's `y`, likewise. Its title lies above it: `heading`."""
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
    """An axis that shows all these values: from 0 to a round number, or over powers of ten.

    None and infinite values are passed over, and on a logarithmic axis those of 0 or less.
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
    """An axis for a few numbers that were chosen: on a logarithmic one each has its tick."""
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
    """The next number at or above a value where an axis may end."""
    magnitude = 10.0 ** floor(log10(value))
    return next(end * magnitude for end in ENDS if value <= end * magnitude * (1 + 1e-9))


def _step(length: float, parts: int) -> float:
    """1, 2 or 5 times a power of ten, so that there are at most so many parts."""
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
