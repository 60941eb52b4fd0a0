"""The answers on top of a report: said only where this run has all that they need."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from lab.claims.ledger import claim
from lab.claims.rule import Decision, Outcome
from lab.report import answers
from lab.report.answers import ANSWERS, BESIDE, Group, Need
from lab.verdicts.absence import Absence, Reason
from lab.verdicts.judgement import Measured, Verdict


def outcomes_for(needs: Iterable[Need], **fields: Any) -> list[Decision]:
    """Decisions that have what these needs ask for, in the middle of where it may lie."""
    found: dict[str, list[Outcome]] = {}
    for need in needs:
        its = claim(need.claim)
        part, basis = next(
            (part, basis)
            for part in its.parts
            for basis in part.bases
            if (part.what, basis.label) == (need.part, need.basis)
        )
        low, high = (min(max(each, -1e6), 1e6) for each in need.within)
        middle = (low + high) / 2
        found.setdefault(need.claim, []).append(
            Outcome(
                part=part,
                basis=basis,
                **{
                    "measured": Measured((middle, middle), middle, middle, middle),
                    "verdict": sorted(need.verdicts, key=str)[0],
                    **fields,
                },
            )
        )
    return [
        Decision(claim=claim(id), verdict=Verdict.HOLDS, outcomes=tuple(each))
        for id, each in found.items()
    ]


def sentences(decisions: Iterable[Decision]) -> list[tuple[Group, str]]:
    """Each sentence that is said, with its group."""
    found = answers.said(list(decisions))
    return [(group, each.when) for group, all_said in found.items() for each in all_said]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: f"{each.group.name} {each.when}")
def test_an_answer_is_said_only_if_all_its_outcomes_are_as_needed(
    answer: answers.Answer,
) -> None:
    """Each need names a part and a basis that there is, and each of them can take it away."""
    this = (answer.group, answer.when)

    assert this in sentences(outcomes_for(answer.needs))
    assert this not in sentences(outcomes_for(answer.needs, measured=None))
    doubted = (Absence(Reason.NOISY, "it varies"),)
    assert this not in sentences(outcomes_for(answer.needs, absences=doubted))
    for gone in answer.needs:
        others = [each for each in answer.needs if each != gone]
        assert this not in sentences(outcomes_for(others)), gone
        wrong = [*others, replace(gone, verdicts=(Verdict.INCONCLUSIVE,))]
        assert this not in sentences(outcomes_for(wrong)), gone
        if gone.verdicts not in (answers.DECIDED, BESIDE):
            [only] = gone.verdicts
            opposite = Verdict.FAILS if only is Verdict.HOLDS else Verdict.HOLDS
            turned = [*others, replace(gone, verdicts=(opposite,))]
            assert this not in sentences(outcomes_for(turned)), gone
        if gone.within != (-inf, inf):
            low, high = gone.within
            away = (high + 1, high + 3) if high < inf else (low - 3, low - 1)
            assert this not in sentences(outcomes_for([*others, replace(gone, within=away)])), gone


def test_an_answer_must_lie_within_its_bounds_with_its_whole_interval() -> None:
    """A mean alone would say too much."""
    need = Need("B9", answers.ON_THREADS, basis=answers.THROUGHPUT, within=(90, 110))
    [decision] = outcomes_for([need])
    [outcome] = decision.outcomes

    assert need.is_met(outcome)
    for low, high in ((89, 105), (95, 111)):
        assert not need.is_met(replace(outcome, measured=Measured((100,), 100, low, high)))


def test_another_machine_may_say_the_opposite() -> None:
    """Threads that serve less than coroutines take a sentence from Flask, and give one."""
    need = Need("B9", answers.ON_THREADS, answers.FAILS, answers.THROUGHPUT)

    assert [group for group, _ in sentences(outcomes_for([need]))] == [Group.FLASK]
    turned = replace(need, verdicts=answers.HOLDS)
    assert [group for group, _ in sentences(outcomes_for([turned]))] == [Group.FASTAPI]


def test_a_group_has_five_sentences_at_most() -> None:
    """A screen has no room for more, and the first ones are the most important."""
    needs = {each: None for answer in ANSWERS for each in answer.needs}
    found = answers.said(outcomes_for(needs))

    assert len(found[Group.FASTAPI]) == 5
    wanted = [each.when for each in ANSWERS if each.group is Group.FASTAPI]
    said_first = [each.when for each in found[Group.FASTAPI]]
    assert said_first == [each for each in wanted if each in said_first]


def test_an_answer_has_its_numbers_its_claims_and_whether_it_is_provisional() -> None:
    """Two digits of what was measured."""
    [need] = ANSWERS[0].needs
    [decision] = outcomes_for([need], measured=Measured((99.87,), 99.87, 99.1, 101))

    [told] = answers.said([decision])[Group.FLASK]
    assert "100 users got 100 % of the answers" in told.because
    assert told.claims == ("B9",)
    assert not told.is_provisional
    [told] = answers.said([replace(decision, is_provisional=True)])[Group.FLASK]
    assert told.is_provisional
