"""All claims, ordered by article and number, and docs/claims.md, which is generated from them."""

from collections.abc import Sequence

from lab.claims import (
    batches,
    burst_of_100,
    database,
    held_open,
    lock,
    memory,
    overhead,
    printed,
    rates,
    scaling,
    small_api,
    unmeasured,
    users,
    waiting,
)
from lab.claims.claim import ARTICLES, Claim, Part
from lab.claims.findings import Findings
from lab.claims.rule import DISTANCE, Decision, decide, edges
from lab.rounded import digits

ORDER = "CAB"
"""Order of the articles. C comes first, because the lab can repeat it completely."""

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *batches.CLAIMS,
            *burst_of_100.CLAIMS,
            *memory.CLAIMS,
            *overhead.CLAIMS,
            *printed.CLAIMS,
            *database.CLAIMS,
            *waiting.CLAIMS,
            *rates.CLAIMS,
            *users.CLAIMS,
            *small_api.CLAIMS,
            *held_open.CLAIMS,
            *scaling.CLAIMS,
            *unmeasured.CLAIMS,
        ),
        key=lambda claim: (ORDER.index(claim.source), int(claim.id[1:])),
    )
)
INTRODUCTION = """\
# The claims

Three articles say what stands below, in the lab's own words and with their numbers.
`make report` measures, and gives each claim one of six verdicts on the machine it runs on.
No verdict stands here or in the code.

{articles}

## The verdicts

| verdict | what it means |
|---|---|
| holds | every part lies inside of what is claimed, on every basis |
| holds if … | a part lies inside on some bases and outside on others; the condition is named |
| fails | a part lies outside on each basis: it is *false*, *off by one*, or *not on this machine* |
| cannot be decided as stated | the sentence lacks something that the answer depends on |
| inconclusive | a number is in doubt, or its interval reaches across an edge |
| not measured here | the lab lacks what it needs, or this run left it out |

Each part is judged on each **basis**, that is on each way in which it can be meant: number of workers, kept connections, wall clock or processor time, closed or open load.
A part is a *number*, which puts a figure of the article to the test, or a *mechanism*, which shows how something works and could hardly come out otherwise.
A part without a range is stated beside the others and decides nothing.

The unit of repetition is a series: fresh servers, everything measured once, in random order.
What is compared with the range is the 95 % interval over the series (Student's t); for a share of bursts, the series are clusters.
"The same" holds only if two one-sided tests at 5 % put the number inside of the margin.
A quick run, and fewer than 3 series, make a verdict provisional.
A single series has no interval: its number decides only if it is a whole number, which is a count, or at least {distance} % away from every edge.

## The readings are locked

Each claim has a hash of its definition: text, readings, parts, ranges, bases, and the arithmetic from the metrics, with the code of the functions in it.
A run stores the hashes of its experiment and of the claims that it decides, and a report counts a run only if they are those of today.
A test compares the hashes with `lab/claims/changes.toml`: a changed reading needs an entry with the reason.

{changes}

This page is made from `lab/claims/`: `REWRITE=1 make test ARGS=tests/docs/test_claims.py` rewrites it, and without `REWRITE` that test compares.
"""  # noqa: E501  # a sentence in one line
HEAD = "| id | claim | literally | decided by | experiment | hash |\n|---|---|---|---|---|---|"
COUNTED = "counted"


def claim(id: str) -> Claim:
    """Return the claim with that id. Raises KeyError."""
    return {each.id: each for each in CLAIMS}[id]


def decide_all(findings: Findings) -> dict[str, Decision]:
    """Decide every claim; decisions by id, in the ledger's order."""
    return {each.id: decide(each, findings) for each in CLAIMS}


def page(claims: Sequence[Claim]) -> str:
    """Return the whole page as Markdown, with one table for each article."""
    articles = "\n".join(
        f"- {letter}: [{each.title}]({each.address}), {each.author}"
        for letter, each in ARTICLES.items()
    )
    introduction = INTRODUCTION.format(
        articles=articles, changes=_changes(), distance=digits(100 * DISTANCE)
    )
    sections = [
        f"\n## {letter}: {article.title}\n\n{HEAD}\n"
        + "".join(f"{_row(each)}\n" for each in claims if each.source == letter)
        for letter, article in ARTICLES.items()
    ]
    return introduction + "".join(sections)


def _row(claim: Claim) -> str:
    text = f"{claim.text} ({claim.section})"
    reading = claim.literal + (f" *Charitably:* {claim.charitable}" if claim.charitable else "")
    if claim.missing:
        reading += f" *Missing:* {claim.missing}."
    parts = "<br>".join(_part(each) for each in claim.parts) or (
        f"waits for {claim.waits_for}" if claim.waits_for else "nothing"
    )
    experiments = ", ".join(claim.experiments) or (COUNTED if claim.parts else "")
    cells = (claim.id, text, reading, parts, experiments, f"`{lock.hash_of(claim)}`")
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"


def _part(part: Part) -> str:
    said = [
        f"{part.what}, {part.unit_on(basis)}"
        + (f": {edges(claimed)}" if (claimed := part.claimed_on(basis)) else " (beside)")
        + (f", if {basis.label}" if basis.label else "")
        for basis in part.bases
    ]
    same = ", the same by two tests" if part.is_sameness else ""
    return f"{part.kind}{same}: {'; '.join(said)}"


def _named(claims: Sequence[str]) -> str:
    return "all" if {*claims} == {each.id for each in CLAIMS} else ", ".join(claims)


def _changes() -> str:
    lines = [f"| {each.on} | {_named(each.claims)} | {each.reason} |" for each in lock.changes()]
    return "\n".join(["| date | claims | what changed, and why |", "|---|---|---|", *lines])
