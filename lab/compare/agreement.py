"""Two reports on the same claims: their verdicts side by side, and how often they agree.

Verdicts are made anew from the files of both, by the ledger of today, so that a claim that is
read in another way since is read in the same way for both.
"""

from collections.abc import Mapping
from pathlib import Path

from lab.claims.gathering import gather
from lab.claims.ledger import decide_all
from lab.verdicts.judgement import Verdict

Verdicts = Mapping[str, Verdict]


def verdicts(report: Path) -> Verdicts:
    """The verdict of each claim, by its id. Raises RunUnreadableError."""
    return {id: each.verdict for id, each in decide_all(gather(report)).items()}


def differing(a: Verdicts, b: Verdicts) -> list[tuple[str, str, str]]:
    """Claims that do not have the same verdict in both: id, in `a`, in `b`."""
    return [(id, a[id], b[id]) for id in a if id in b and a[id] != b[id]]


def sentence(a: Verdicts, b: Verdicts) -> str:
    """How often they agree, where neither is inconclusive; that alone is said to be a verdict."""
    decided = [id for id in a if id in b and Verdict.INCONCLUSIVE not in (a[id], b[id])]
    agreed = sum(a[id] == b[id] for id in decided)
    return (
        f"Of {len(a)} claims, {len(decided)} have a verdict in both, and {agreed} of these agree."
    )
