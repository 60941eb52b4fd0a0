"""The verdicts of two reports, held against each other.

Both are judged from their files by the current ledger. So a claim whose reading has changed since
is read in the same way for both.
"""

from collections.abc import Mapping
from pathlib import Path

from lab.claims.finding_data import gather
from lab.claims.ledger import decide_all
from lab.verdicts.judgement import DECIDED, Verdict

Verdicts = Mapping[str, Verdict]
"""Verdicts by claim, part and basis, such as "B1: Flask's rate, if ..."."""


def verdicts(report: Path) -> Verdicts:
    """Return the verdict of each part of each claim, on each basis. Raises RunUnreadableError."""
    return {
        f"{id}: {outcome.label}": outcome.verdict
        for id, decision in decide_all(gather(report)).items()
        for outcome in decision.outcomes
        if outcome.verdict is not None
    }


def differing_verdicts(a: Verdicts, b: Verdicts) -> list[tuple[str, str, str]]:
    """Return the parts whose verdicts differ, as (part, verdict in `a`, verdict in `b`).

    A part that is open in one of them is no contradiction; it is listed after those that are.
    """
    found = [(id, a[id], b[id]) for id in a if id in b and a[id] != b[id]]
    return sorted(found, key=lambda each: not DECIDED.issuperset(each[1:]))


def agreement(a: Verdicts, b: Verdicts) -> str:
    """State how often both agree, of the parts that both decide."""
    decided = [id for id in a if id in b and {a[id], b[id]} <= DECIDED]
    agreed = sum(a[id] == b[id] for id in decided)
    return (
        f"Of {len(a)} parts of claims, {len(decided)} are decided in both, and {agreed} of these "
        "agree."
    )
