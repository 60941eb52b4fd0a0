"""What is said of a claim in the end, with what a small picture of it needs."""

from dataclasses import dataclass

from lab.verdicts.judgement import Judgement, Measured, Verdict

Range = tuple[float, float]
"""What a claim allows, from its lower edge to its upper one; both belong to it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement, and the one range and measurement that show it best.

    `claimed` and `measured` are in `unit`; both are None where nothing was measured.
    A claim of several parts shows the first part that decided.
    """

    judgement: Judgement
    claimed: Range | None = None
    measured: Measured | None = None
    unit: str = ""

    @property
    def verdict(self) -> Verdict:
        """Holds, fails or inconclusive."""
        return self.judgement.verdict

    @property
    def sentence(self) -> str:
        """One sentence with the numbers."""
        return self.judgement.sentence

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is inconclusive; empty where it is not."""
        return self.judgement.reasons
