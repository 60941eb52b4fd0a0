"""A claim: a sentence of an article that experiments can decide, and the decision about it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from lab.claims.findings import Findings, MissingError
from lab.verdicts.judgement import Judgement, Measured, Verdict

ARTICLES = MappingProxyType(
    {
        "A": "FastAPI vs Flask for async microservices",
        "B": "Flask vs FastAPI, a quantitative comparison",
        "C": "Flask sync vs async in I/O-bound tasks",
    }
)
"""Titles by letter; the id of a claim begins with that letter."""

Range = tuple[float, float]
"""Lower and upper edge of what a claim allows, both inclusive."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement, with the claimed range and the measurement that show it best.

    `claimed` and `measured` are in `unit`. `measured` is None where nothing was measured, and
    `claimed`, too, where the rule could not run at all. A claim of several parts shows the first
    part with the final verdict.
    """

    judgement: Judgement
    claimed: Range | None = None
    measured: Measured | None = None
    unit: str = ""

    @property
    def verdict(self) -> Verdict:
        """Verdict of the judgement: holds, fails or inconclusive."""
        return self.judgement.verdict

    @property
    def sentence(self) -> str:
        """Sentence of the judgement, with the numbers."""
        return self.judgement.sentence

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons for an inconclusive verdict; else empty."""
        return self.judgement.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the ledger.

    `id` never changes. `source` is the article's letter. `text` is the claim in the lab's own
    words, with the article's numbers. `reading` says how the lab makes it decidable; it was
    chosen before any measurement. `experiments` are the numbers of the deciding experiments.
    `rule` computes the decision from their findings; it contains no verdict of its own.
    """

    id: str
    source: str
    text: str
    reading: str
    experiments: tuple[str, ...]
    rule: Callable[[Findings], Decision]

    def decide(self, findings: Findings) -> Decision:
        """Apply the rule; a missing measurement gives inconclusive, with the reason."""
        try:
            return self.rule(findings)
        except MissingError as missing:
            sentence = f"Not decided: {missing}."
            return Decision(Judgement(Verdict.INCONCLUSIVE, sentence, (str(missing),)))
