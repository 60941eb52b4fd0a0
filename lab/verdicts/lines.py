"""Straight lines through measurements: what one more of something costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Line:
    """The line of least squares through `points`, and the standard error of its slope."""

    slope: float
    slope_error: float
    intercept: float
    points: tuple[tuple[float, float], ...]

    def at(self, x: float) -> float:
        """The height of the line there."""
        return self.intercept + self.slope * x


def line(points: Sequence[tuple[float, float]]) -> Line | None:
    """The line through `points`; None for fewer than three, or all at the same x.

    Ordinary least squares; the error of the slope is sqrt(s² / Sxx) with s² the sum of squared
    residuals over n - 2. Repeats of one cell count as points of their own.
    """
    number = len(points)
    if number < 3:
        return None
    mean_x = sum(x for x, _ in points) / number
    mean_y = sum(y for _, y in points) / number
    width = sum((x - mean_x) ** 2 for x, _ in points)
    if width == 0:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / width
    intercept = mean_y - slope * mean_x
    residue = sum((y - intercept - slope * x) ** 2 for x, y in points)
    return Line(slope, sqrt(residue / (number - 2) / width), intercept, tuple(points))
