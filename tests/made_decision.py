"""Claims and decisions for tests of what is shown: a part allows 1 to 2 s, and 1.4 to 1.6 s holds.

Each function takes the fields that a test is about.
"""

from typing import Any

from lab.claims.claim import Basis, Claim, Part
from lab.claims.quantity import Metric
from lab.claims.rule import Decision, Outcome
from lab.verdicts.judgement import Measured, Verdict


def made_claim(id: str = "A91", **fields: Any) -> Claim:
    """A claim with one part of one basis."""
    given = {"section": "Its heading", "text": "It is said.", "literal": "It is so."}
    return Claim(id=id, **{**given, "parts": (made_part(),), **fields})


def made_part(what: str = "the time", *labels: str, **fields: Any) -> Part:
    """A part that allows 1 to 2 s on each basis."""
    bases = [
        Basis(label=label, quantity=Metric("02", "cell", "p50_s")) for label in labels or ("",)
    ]
    return Part(what=what, bases=tuple(bases), **{"unit": "s", "claimed": (1, 2), **fields})


def made_outcome(part: Part, basis: int = 0, **fields: Any) -> Outcome:
    """An outcome that was measured as 1.4 to 1.6 s and holds."""
    given = {
        "measured": Measured((1.4, 1.6), 1.5, 1.4, 1.6),
        "verdict": Verdict.HOLDS,
        "margin": 0.2,
    }
    return Outcome(part=part, basis=part.bases[basis], **{**given, **fields})


def decided(
    verdict: Verdict = Verdict.HOLDS, claim: Claim | None = None, **fields: Any
) -> Decision:
    """A decision on a made claim, whose first part came out the same."""
    claim = claim or made_claim()
    outcomes = tuple(made_outcome(each, verdict=verdict) for each in claim.parts)
    return Decision(claim=claim, verdict=verdict, **{"outcomes": outcomes, **fields})
