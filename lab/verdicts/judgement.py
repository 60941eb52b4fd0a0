"""What is said in the end of a cell, of an experiment or of a claim."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Prediction or claim against measurement."""

    HOLDS = "holds"
    FAILS = "fails"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and a sentence with the numbers; `reasons` say why it is inconclusive."""

    verdict: Verdict
    sentence: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric over all repeats of a cell: each value in the order measured, and their spread.

    For most metrics `middle` is the median, `low` and `high` the least and the most. For a
    share of bursts it is the pooled share, between the ends of its 95 % interval (Wilson).
    """

    values: Sequence[float]
    middle: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """From low to high, as a part of the middle; 0 for one value or a middle of 0."""
        return (self.high - self.low) / abs(self.middle) if self.middle else 0.0


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """All must hold: one that fails decides, then one that is inconclusive; holds for none."""
    found = set(verdicts)
    for each in (Verdict.FAILS, Verdict.INCONCLUSIVE):
        if each in found:
            return each
    return Verdict.HOLDS
