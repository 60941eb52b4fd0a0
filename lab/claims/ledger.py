"""Every claim, in the order of the articles' letters and of their own numbers."""

from lab.claims import (
    batches,
    held_open,
    hundred,
    memory,
    overhead,
    rates,
    scaling,
    small_api,
    users,
    waiting,
)
from lab.claims.claim import Claim
from lab.claims.decision import Decision
from lab.claims.findings import Findings

ORDER = "CAB"
"""Article C is the one that can be repeated whole, so it comes first."""

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *batches.CLAIMS,
            *hundred.CLAIMS,
            *memory.CLAIMS,
            *overhead.CLAIMS,
            *waiting.CLAIMS,
            *rates.CLAIMS,
            *users.CLAIMS,
            *small_api.CLAIMS,
            *held_open.CLAIMS,
            *scaling.CLAIMS,
        ),
        key=lambda claim: (ORDER.index(claim.source), int(claim.id[1:])),
    )
)


def claim(id: str) -> Claim:
    """The claim of that id; KeyError where there is none."""
    return {each.id: each for each in CLAIMS}[id]


def decide_all(findings: Findings) -> dict[str, Decision]:
    """Every claim by id, in the ledger's order."""
    return {each.id: each.decide(findings) for each in CLAIMS}
