"""The ledger as a page: docs/claims.md is made from it."""

from collections.abc import Sequence

from lab.claims.claim import Claim
from lab.claims.rule import QUICK_TOLERANCE, TOLERANCE
from lab.claims.sources import ARTICLES

INTRODUCTION = """\
# The claims

Three articles say what stands below, in the lab's own words and with their numbers.
Where a sentence is vague, the reading says how the lab makes it decidable; it was chosen before anything was measured.
`make report` measures, and says of each claim *holds*, *fails* or *inconclusive*, on the machine it runs on.
No verdict stands here or in the code.

{articles}

A claim allows a range.
It holds if what was measured lies inside, from the lowest repeat to the highest, and fails if all of it lies outside.
Where it straddles an edge it is inconclusive, and likewise where there is a doubt, or an experiment is missing.
A claim of several parts holds if all of them do, and fails if one fails.
"Within {tolerance:.0%}" is {quick:.0%} in a quick run: it waits for less time, so that what is not waiting weighs more.

This page is made from `lab/claims/`: `REWRITE=1 make test ARGS=tests/docs/test_claims.py` writes it anew, and without `REWRITE` that test compares.
"""  # noqa: E501  # a sentence in one line
HEAD = "| id | claim | reading | experiment |\n|---|---|---|---|"
COUNTED = "counted"


def page(claims: Sequence[Claim]) -> str:
    """The page in Markdown."""
    articles = "\n".join(f"- {letter}: {title}" for letter, title in ARTICLES.items())
    introduction = INTRODUCTION.format(
        articles=articles, tolerance=TOLERANCE, quick=QUICK_TOLERANCE
    ).replace("%", " %")
    sections = [
        f"\n## {letter}: {title}\n\n{HEAD}\n"
        + "".join(f"{_row(each)}\n" for each in claims if each.source == letter)
        for letter, title in ARTICLES.items()
    ]
    return introduction + "".join(sections)


def _row(claim: Claim) -> str:
    experiments = ", ".join(claim.experiments) or COUNTED
    cells = (claim.id, claim.text, claim.reading, experiments)
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"
