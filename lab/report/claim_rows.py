"""The ledger on the page: a row for each claim, the surprises among them, and their counts."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from lab.claims import lock
from lab.claims.claim import ARTICLES, Failing, Part
from lab.claims.rule import OPEN, Decision, Outcome, amount, by_chance, edges
from lab.report import figures, labels
from lab.report.report_data import Gathered, LeftOut
from lab.results import reading
from lab.rounded import counted, digits, exact, listed
from lab.verdicts.judgement import Verdict

HOW_SURPRISING = (Failing.FALSE, None, Failing.OFF_BY_ONE, Failing.NOT_HERE)
"""Kinds of failing in the order of the surprises; None is a claim that holds on a condition."""


def shown(verdict: Verdict | None, failing: Failing | None = None) -> dict[str, str] | None:
    """Return a verdict's word, its class for the colour, and its mark; None for no verdict."""
    if verdict is None:
        return None
    name = _name(verdict)
    special = failing not in (None, Failing.FALSE)
    return {
        "word": str(verdict),
        "name": name,
        "mark": f"{name}-{_name(failing)}" if failing and special else name,
    }


def articles(gathered: Gathered) -> list[dict[str, Any]]:
    """Return the articles with the counts of their verdicts and a row for each claim."""
    return [
        {
            "letter": letter,
            "title": ARTICLES[letter].title,
            "counts": counts(decisions),
            "claims": [_row(each, gathered) for each in decisions],
        }
        for letter, decisions in (
            (letter, list(group))
            for letter, group in groupby(gathered.claims, key=lambda each: each.claim.source)
        )
    ]


def counts(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return each verdict that occurs with its number of claims."""
    number = Counter(each.verdict for each in decisions)
    plurals = {Verdict.HOLDS: "hold", Verdict.HOLDS_IF: "hold if …", Verdict.FAILS: "fail"}
    return [
        {
            "number": number[verdict],
            "words": plurals.get(verdict, verdict) if number[verdict] > 1 else str(verdict),
            "verdict": shown(verdict),
        }
        for verdict in Verdict
        if number[verdict]
    ]


def surprises(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return the claims that fail, or hold on a condition only, the clearest first."""
    found = [each for each in decisions if each.verdict in (Verdict.FAILS, Verdict.HOLDS_IF)]
    found.sort(key=lambda each: HOW_SURPRISING.index(each.failing))
    return [
        {
            "id": each.claim.id,
            "text": each.claim.text,
            "verdict": shown(each.verdict, each.failing),
            "kind": each.failing or "",
            "is_provisional": each.is_provisional,
            "why": _why(each),
        }
        for each in found
    ]


def in_numbers(gathered: Gathered) -> str:
    """Return how many claims and parts there are, how many are decided, and the series."""
    decided, by_chance_most = by_chance(gathered.claims)
    judged = sum(each.verdict is not None for one in gathered.claims for each in one.outcomes)
    series = sorted({each.series for each in gathered.findings.found.values() if not each.problem})
    told = f" {listed([str(each) for each in series], 'or')} series of each experiment."
    return (
        f"{counted(len(gathered.claims), 'claim')} of three articles. "
        f"{decided} of {judged} outcomes are decided, each part on each basis; by chance at most "
        f"{exact(digits(by_chance_most))} of them are wrong.{told if series else ''}"
    )


def _why(decision: Decision) -> str:
    if decision.verdict is Verdict.HOLDS_IF:
        return decision.condition
    return decision.because or "; ".join(each.sentence for each in decision.shown)


def _row(decision: Decision, gathered: Gathered) -> dict[str, Any]:
    claim = decision.claim
    reasons = decision.absences if decision.verdict in OPEN else ()
    words = ", ".join(dict.fromkeys(str(each.reason) for each in reasons))
    return {
        "id": claim.id,
        "letter": claim.source,
        "text": claim.text,
        "verdict": shown(decision.verdict, decision.failing),
        "kind": decision.failing or decision.condition or words,
        "is_provisional": decision.is_provisional,
        "sentence": decision.sentence,
        "because": [each.sentence for each in decision.unsaid],
        "article": ARTICLES[claim.source],
        "section": claim.section,
        "literal": claim.literal,
        "charitable": claim.charitable,
        "missing": claim.missing,
        "hash": lock.hash_of(claim),
        "commits": _commits(decision, gathered),
        "has_bases": any(each.basis.label for each in decision.outcomes),
        "parts": [
            _part(part, [each for each in decision.outcomes if each.part is part])
            for part in claim.parts
            if decision.outcomes
        ],
        "experiments": _experiments(decision, gathered),
    }


def _part(part: Part, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "what": part.what,
        "kind": str(part.kind),
        "outcomes": [
            {
                "basis": each.basis.label,
                "claimed": f"{edges(each.claimed)} {each.unit}".strip() if each.claimed else "",
                "measured": amount(each.measured, each.unit) if each.measured else "",
                "margin": "" if each.margin is None else f"{digits(100 * each.margin, 2)} %",
                "verdict": shown(each.verdict, _failing(each)),
                "failing": _failing(each) or "",
                "absences": each.absences,
                "caption": f"{part.what}, {each.unit}",
                "picture": Markup(figures.of_outcome(each)),
            }
            for each in outcomes
        ],
    }


def _failing(outcome: Outcome) -> Failing | None:
    return outcome.part.failing if outcome.verdict is Verdict.FAILS else None


def _experiments(decision: Decision, gathered: Gathered) -> list[dict[str, str]]:
    names = {
        each.number: each.name if isinstance(each, LeftOut) else each.run.experiment.name
        for each in gathered.experiments
    }
    return [
        {"number": number, "title": labels.title(names[number]) if number in names else ""}
        for number in decision.claim.experiments
    ]


def _commits(decision: Decision, gathered: Gathered) -> str:
    runs = [
        each.run.metadata for each in gathered.judged if each.number in decision.claim.experiments
    ]
    return listed(list(dict.fromkeys(filter(None, map(reading.commit, runs)))))


def _name(word: Verdict | Failing) -> str:
    return word.name.lower().replace("_", "-")
