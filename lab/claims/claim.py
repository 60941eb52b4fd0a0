"""A sentence of the outside world that experiments can decide."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.claims.decision import Decision
from lab.claims.findings import Findings, MissingError
from lab.verdicts.judgement import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the ledger.

    `id` never changes. `source` is the article's letter, `text` what it says in the lab's
    own words, with its numbers, and `reading` how that is made decidable, chosen before
    anything was measured. `experiments` are the numbers of those that decide, and `rule`
    looks at what they found; it never has a verdict of its own.
    """

    id: str
    source: str
    text: str
    reading: str
    experiments: tuple[str, ...]
    rule: Callable[[Findings], Decision]

    def decide(self, findings: Findings) -> Decision:
        """Holds, fails or inconclusive; the last also where something was not measured."""
        try:
            return self.rule(findings)
        except MissingError as missing:
            sentence = f"Not decided: {missing}."
            return Decision(Judgement(Verdict.INCONCLUSIVE, sentence, (str(missing),)))
