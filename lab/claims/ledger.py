"""All claims, ordered by article and number, and docs/claims.md, which is generated from them."""

from collections.abc import Sequence

from lab.claims import (
    batches,
    burst_of_100,
    held_open,
    memory,
    overhead,
    rates,
    scaling,
    small_api,
    users,
    waiting,
)
from lab.claims.claim import ARTICLES, Claim, Decision
from lab.claims.findings import Findings
from lab.claims.rule import QUICK_TOLERANCE, TOLERANCE

ORDER = "CAB"
"""Order of the articles. C comes first, because the lab can repeat it completely."""

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *batches.CLAIMS,
            *burst_of_100.CLAIMS,
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

This page is made from `lab/claims/`: `REWRITE=1 make test ARGS=tests/docs/test_claims.py` rewrites it, and without `REWRITE` that test compares.
"""  # noqa: E501  # a sentence in one line
HEAD = "| id | claim | reading | experiment |\n|---|---|---|---|"
COUNTED = "counted"


def claim(id: str) -> Claim:
    """Return the claim with that id. Raises KeyError."""
    return {each.id: each for each in CLAIMS}[id]


def decide_all(findings: Findings) -> dict[str, Decision]:
    """Decide every claim; decisions by id, in the ledger's order."""
    return {each.id: each.decide(findings) for each in CLAIMS}


def page(claims: Sequence[Claim]) -> str:
    """Return the whole page as Markdown, with one table for each article."""
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
