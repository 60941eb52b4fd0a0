"""The rule that decides claims, and the arithmetic before it."""

import pytest

from lab.claims.measures import between, less, of, ratio
from lab.claims.rule import edges, factor_of_two, left_out, near, part, together
from lab.verdicts.judgement import Measured, Verdict

HOLDS, FAILS, INCONCLUSIVE = Verdict.HOLDS, Verdict.FAILS, Verdict.INCONCLUSIVE


def judged(values, claimed, doubts=()):
    return part("the ratio", of(values), claimed, unit="times", doubts=doubts)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([3, 4, 5], HOLDS),
        ([2, 5, 10], HOLDS),
        ([1, 1.5, 1.9], FAILS),
        ([11, 12, 13], FAILS),
        ([1.9, 3, 4], INCONCLUSIVE),
        ([9, 10, 11], INCONCLUSIVE),
        ([1, 5, 11], INCONCLUSIVE),
    ],
)
def test_all_repeats_inside_hold_and_all_outside_fail(values, verdict):
    """The range includes its edges."""
    assert judged(values, (2, 10)).verdict is verdict


@pytest.mark.parametrize("values", [[3, 4, 5], [20, 30, 40]])
def test_a_doubt_is_inconclusive_wherever_the_numbers_lie(values):
    """The doubt is the reason."""
    found = judged(values, (2, 10), ["the upstream was late"])

    assert found.verdict is INCONCLUSIVE
    assert found.reasons == ("the upstream was late",)


def test_an_edge_is_named_with_what_lies_on_its_sides():
    """The reason has the measured numbers, their unit and the claimed range."""
    [reason] = judged([9, 10, 11], (2, 10)).reasons

    assert reason == "the ratio was 9 to 11 times, on both sides of the claim's edge (2 to 10)"


def test_rounding_at_an_edge_decides_nothing():
    """0.1 + 0.2 counts as inside of 0.3."""
    assert judged([0.1 + 0.2] * 3, (0, 0.3)).verdict is HOLDS
    assert judged([0.3 - 0.1 - 0.2] * 3, (0, 0.3)).verdict is HOLDS


def test_of_several_parts_one_that_fails_decides():
    """The decision shows its measurement; doubts about other parts are no longer reasons."""
    holds, fails = judged([3, 4, 5], (2, 10)), judged([20, 21, 22], (2, 10))
    doubted = judged([3, 4, 5], (2, 10), ["the upstream was late"])

    decision = together([holds, doubted, fails], "Numbers", holds=", so", fails=", but")

    assert decision.verdict is FAILS
    assert decision.sentence == "Numbers, but (open: the ratio)."
    assert decision.reasons == ()
    assert decision.measured == fails.measured


def test_of_many_open_parts_a_sentence_counts_them():
    """A list of the parts would hide the numbers."""
    fails = judged([20, 21, 22], (2, 10))
    missing = left_out("the rest", (0, 1), unit="times", why="left out")

    decision = together([missing, missing, missing, fails], "Numbers")

    assert decision.sentence == "Numbers (open: 3 other parts)."
    assert decision.measured == fails.measured


def test_a_part_that_was_left_out_keeps_a_claim_open():
    """The decision has the reason and no measurement."""
    missing = left_out("the rest", (0, 1), unit="times", why="left out of a quick run")

    decision = together([judged([3, 4, 5], (2, 10)), missing], "Numbers")

    assert decision.verdict is INCONCLUSIVE
    assert decision.reasons == ("the rest: left out of a quick run",)
    assert decision.measured is None


def test_of_several_parts_one_that_is_inconclusive_keeps_the_others_from_holding():
    """Each reason appears once, and the sentence has no explanation."""
    holds = judged([3, 4, 5], (2, 10))
    doubted = judged([3, 4, 5], (2, 10), ["the upstream was late"])

    decision = together([holds, doubted, doubted], "Numbers", holds=", so", fails=", but")

    assert decision.verdict is INCONCLUSIVE
    assert decision.sentence == "Numbers."
    assert decision.reasons == ("the upstream was late",)


def test_near_is_ten_percent_and_twenty_in_a_quick_run():
    """An absolute allowance counts where it is greater."""
    assert near(4, quick=False) == pytest.approx((3.6, 4.4))
    assert near(4, quick=True) == pytest.approx((3.2, 4.8))
    assert near(0.2, quick=False, allowance=0.05) == pytest.approx((0.15, 0.25))
    assert factor_of_two(10) == (5, 20)


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        ((2, 10), "2 to 10"),
        ((0, 0.1), "at most 0.1"),
        ((2000, float("inf")), "at least 2000"),
        ((4, 4), "4"),
    ],
)
def test_a_range_in_words(claimed, words):
    """One-sided ranges and single numbers have their own forms."""
    assert edges(claimed) == words


def test_a_ratio_is_taken_repeat_by_repeat():
    """An effect that slows both sides in the same repeat cancels out."""
    found = ratio(of([2, 4, 6]), of([1, 2, 3]))

    assert found.values == (2, 2, 2)
    assert (found.low, found.middle, found.high) == (2, 2, 2)


def test_a_ratio_without_pairs_spans_all_that_it_can_be():
    """From least / greatest to greatest / least."""
    found = ratio(of([2, 4]), of([1, 1.5, 2]))

    assert (found.low, found.high) == (1, 4)
    assert found.middle == 2


def test_a_difference_and_another_unit():
    """The difference too is taken repeat by repeat."""
    assert less(of([5, 6, 7]), of([1, 1, 2])).values == (4, 5, 5)
    assert of([1, 2, 3]).scaled(1000) == of([1000, 2000, 3000])


def test_a_slope_lies_within_two_standard_errors():
    """Two standard errors give an interval of about 95 %."""
    assert between(10, 0.5) == Measured((10,), 10, 9, 11)
