"""Verdicts of cells, experiments and claims."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Result of comparing a prediction or a claim with a measurement.

    A prediction holds, fails or is inconclusive; a claim may have any of these.
    """

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    """It holds on one basis and fails on another, so that a condition belongs to it."""
    FAILS = "fails"
    UNDECIDABLE = "cannot be decided as stated"
    """The statement lacks something that the answer depends on."""
    INCONCLUSIVE = "inconclusive"
    UNMEASURED = "not measured here"


DECIDED = frozenset({Verdict.HOLDS, Verdict.FAILS})


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with a sentence of numbers; `reasons` explain why it is inconclusive."""

    verdict: Verdict
    sentence: str
    reasons: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the judgement for a JSON file."""
        return {
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric over all series of a cell. `values` has one value per series, in their order.

    For most metrics `middle` is the median, `low` the minimum and `high` the maximum. For a share
    of bursts, `middle` is the pooled share, `low` and `high` are the ends of its 95 % interval,
    with the series as clusters.
    """

    values: Sequence[float]
    middle: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """(high - low) / |middle|; 0 for a single value or a middle of 0."""
        return (self.high - self.low) / abs(self.middle) if self.middle else 0.0

    def scaled(self, factor: float) -> "Measured":
        """Return the metric in another unit: all numbers times `factor`, which is above 0."""
        return Measured(
            values=tuple(each * factor for each in self.values),
            middle=self.middle * factor,
            low=self.low * factor,
            high=self.high * factor,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the metric for a JSON file."""
        return asdict(self) | {"values": list(self.values)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: fails if any fails, else inconclusive if any is, else holds.

    Holds for no verdicts at all.
    """
    found = set(verdicts)
    for each in (Verdict.FAILS, Verdict.INCONCLUSIVE):
        if each in found:
            return each
    return Verdict.HOLDS
