"""The rule that decides claims, and the quantities that it compares."""

from math import inf

import pytest

from lab.claims.claim import Basis, Claim, Failing, Part, factor_of_two, near
from lab.claims.findings import Doubted, Findings, Found, MissingError
from lab.claims.quantity import Computed, Metric, mean_of_series
from lab.claims.rule import by_chance, decide, edges, outcome
from lab.verdicts.absence import OF_DOUBT, Reason
from lab.verdicts.doubt_rules import RULES
from lab.verdicts.judgement import Measured, Verdict

HOLDS, FAILS, INCONCLUSIVE = Verdict.HOLDS, Verdict.FAILS, Verdict.INCONCLUSIVE
CELL = "flask-svc.io.burst-16"
TIGHT = [4.0, 4.0, 4.0]


def findings(values, *doubts, series=3, **more):
    """Findings with one cell of one experiment."""
    return Findings(
        found={
            "02": Found(
                metrics={CELL: {"makespan_s": mean_of_series(values)}},
                doubts={CELL: [Doubted(kind, "it was disturbed") for kind in doubts]},
                series=series,
                **more,
            )
        }
    )


def part(claimed, *, label="", same=False, failing=Failing.FALSE, factor=1.0, **texts):
    quantity = Metric("02", CELL, "makespan_s") * factor
    return Part(
        what="the length",
        unit="s",
        claimed=claimed,
        is_sameness=same,
        failing=failing,
        **texts,
        bases=(Basis(label=label, quantity=quantity),),
    )


def judged(values, claimed, *doubts, same=False):
    one = part(claimed, same=same)
    return outcome(one, one.bases[0], findings(values, *doubts))


def made(*parts, **more):
    return Claim(id="C1", section="", text="It is so.", literal="", parts=parts, **more)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([3, 3.1, 3.2], HOLDS),
        ([2, 2, 2], HOLDS),
        ([1, 1.1, 1.2], FAILS),
        ([11, 11.5, 12], FAILS),
        # the mean is 3, and the values lie inside; three of them do not tell that the mean does
        ([2.1, 3, 3.9], INCONCLUSIVE),
        ([9, 9.5, 10], INCONCLUSIVE),
    ],
)
def test_the_interval_over_the_series_decides(values, verdict):
    """Not their range, which a true mean leaves once in four times with three series."""
    assert judged(values, (2, 10)).verdict is verdict


def test_more_series_decide_where_few_do_not():
    """The interval gets narrower with their number."""
    values = [2.1, 2.6, 3.1]

    assert judged(values, (2, 10)).verdict is INCONCLUSIVE
    assert judged(values * 3, (2, 10)).verdict is HOLDS


@pytest.mark.parametrize("values", [TIGHT, [20.0] * 3])
@pytest.mark.parametrize("kind", list(RULES))
def test_a_doubt_is_inconclusive_wherever_the_numbers_lie(values, kind):
    """With the reason of its kind, out of a closed list."""
    found = judged(values, (2, 10), kind)

    assert found.verdict is INCONCLUSIVE
    assert found.margin is None
    [absence] = found.absences
    assert absence == (OF_DOUBT[kind], "experiment 02: it was disturbed")


def test_every_kind_of_doubt_has_a_reason():
    """And nothing else has one."""
    assert OF_DOUBT.keys() == RULES.keys()
    assert set(OF_DOUBT.values()) < set(Reason)


@pytest.mark.parametrize(
    ("value", "claimed", "verdict"),
    [
        (1.69, (1.7, 2.1), INCONCLUSIVE),
        (1.62, (1.7, 2.1), INCONCLUSIVE),
        (1.6, (1.7, 2.1), FAILS),
        (1.72, (1.7, 2.1), INCONCLUSIVE),
        (1.9, (1.7, 2.1), HOLDS),
        (2.3, (1.7, 2.1), FAILS),
        (4.0, (1, 4), HOLDS),
        (5.0, (1, 4), FAILS),
        (0.01, (0, 0.5), HOLDS),
        (1900.5, (1900, inf), INCONCLUSIVE),
    ],
)
def test_a_single_series_decides_only_away_from_an_edge(value, claimed, verdict):
    """It has no interval. Counts are exact, and an edge of 0 is none."""
    one = part(claimed)
    found = outcome(one, one.bases[0], findings([value], series=1))

    assert found.verdict is verdict
    assert [each.reason for each in found.absences] == [Reason.FEW] * (verdict is INCONCLUSIVE)


def test_a_number_too_near_to_an_edge_says_so():
    """With the number, the edge and the distance that would decide."""
    one = part((1.7, 2.1))
    [absence] = outcome(one, one.bases[0], findings([1.69], series=1)).absences

    assert absence.sentence == (
        "one series found 1.69, 0.59 % away from an edge of what is claimed (1.7 to 2.1); "
        "a single series decides from 5 % on"
    )
    assert judged([1.69] * 3, (1.7, 2.1)).verdict is FAILS


def test_an_edge_is_named_with_what_lies_on_its_sides():
    """The reason has the interval, the unit and the claimed range."""
    [absence] = judged([9, 9.5, 10], (2, 10)).absences

    assert absence.reason is Reason.NOISY
    assert absence.sentence == (
        "the length was 8.26 to 10.7 s, on both sides of an edge of what is claimed (2 to 10)"
    )


def test_sameness_needs_the_number_inside_of_the_margin_by_two_tests():
    """The 90 % interval lies inside, where the 95 % interval does not; a difference fails."""
    values = [0.98, 1.02, 1.06]

    assert judged(values, (0.9, 1.1), same=True).verdict is HOLDS
    assert judged(values, (0.9, 1.1)).verdict is INCONCLUSIVE
    assert judged([1.2, 1.21, 1.22], (0.9, 1.1), same=True).verdict is FAILS
    # No difference found is no proof of sameness.
    assert judged([0.8, 1.0, 1.2], (0.9, 1.1), same=True).verdict is INCONCLUSIVE


def test_rounding_at_an_edge_decides_nothing():
    """0.1 + 0.2 counts as inside of 0.3."""
    assert judged([0.1 + 0.2] * 3, (0, 0.3)).verdict is HOLDS
    assert judged([0.3 - 0.1 - 0.2] * 3, (0, 0.3)).verdict is HOLDS


@pytest.mark.parametrize(
    ("values", "claimed", "margin"),
    [
        (TIGHT, (2, 5), 0.2),
        (TIGHT, (3.9, 10), 0.1 / 3.9),
        (TIGHT, (8, 10), 0.5),
        (TIGHT, (1, 2), 1.0),
        (TIGHT, (0, 5), 0.2),
        (TIGHT, (2, inf), 1.0),
        (TIGHT, (4, 4), None),
        ([9, 9.5, 10], (2, 10), None),
    ],
)
def test_the_margin_is_the_distance_to_the_nearest_edge(values, claimed, margin):
    """As a share of the edge; an exact number has none, and 0 is no edge."""
    found = judged(values, claimed).margin

    assert found == (None if margin is None else pytest.approx(margin))


def test_a_claim_holds_if_on_the_bases_where_all_its_parts_hold():
    """A part with one basis counts on all of them."""
    on_a = part((3, 5), label="a day is meant")
    on_b = part((5, 9), label="a week is meant")
    both = Part(
        what="it",
        unit="s",
        bases=(
            Basis(label="a day is meant", quantity=on_a.bases[0].quantity, claimed=(3, 5)),
            Basis(label="a week is meant", quantity=on_b.bases[0].quantity, claimed=(5, 9)),
        ),
    )

    decision = decide(made(both, part((0, 10))), findings(TIGHT))
    assert decision.verdict is Verdict.HOLDS_IF
    assert decision.condition == "a day is meant"
    assert [each.verdict for each in decision.shown] == [HOLDS, FAILS]
    assert decision.sentence == (
        "It, if a day is meant: 4 s, claimed 3 to 5; it, if a week is meant: 4 s, claimed 5 to 9."
    )

    decision = decide(made(both, part((5, 10))), findings(TIGHT))
    assert decision.verdict is FAILS
    assert decision.condition == ""


def test_of_several_parts_one_that_fails_decides():
    """The decision shows it, and says in which way it fails."""
    holds = part((2, 10), holds="so it is")
    fails = part((20, 30), failing=Failing.OFF_BY_ONE, fails="it is not")

    decision = decide(made(holds, fails), findings(TIGHT))

    assert decision.verdict is FAILS
    assert decision.failing is Failing.OFF_BY_ONE
    assert decision.sentence == "The length: 4 s, claimed 20 to 30; it is not."
    assert decision.absences == ()
    assert decide(made(holds), findings(TIGHT)).sentence == (
        "The length: 4 s, claimed 2 to 10; so it is."
    )


def test_a_part_that_was_not_measured_keeps_a_claim_open():
    """The decision has the reason."""
    missing = Part(
        what="the rest",
        unit="s",
        claimed=(0, 1),
        bases=(Basis(quantity=Metric("03", CELL, "makespan_s")),),
    )

    decision = decide(made(part((2, 10)), missing), findings(TIGHT))
    assert decision.verdict is INCONCLUSIVE
    assert decision.absences == ((Reason.NOT_RUN, "experiment 03 was not run"),)

    decision = decide(made(missing), findings(TIGHT))
    assert decision.verdict is Verdict.UNMEASURED
    assert decision.sentence == "Experiment 03 was not run."


def test_a_number_that_is_only_stated_beside_decides_nothing():
    """It has no verdict, and its doubts keep nothing open."""
    beside = part(None)

    decision = decide(made(part((2, 10)), beside), findings(TIGHT))
    assert decision.verdict is HOLDS
    assert decision.decided == 1
    doubtful = decide(made(beside, part((2, 10), factor=1)), findings(TIGHT, "errors"))
    assert doubtful.outcomes[0].verdict is None
    assert doubtful.outcomes[0].absences


def test_a_statement_that_lacks_something_is_not_decided_whatever_is_measured():
    """What is missing comes first in the sentence."""
    decision = decide(made(part((2, 10)), missing="it names no load"), findings(TIGHT))

    assert decision.verdict is Verdict.UNDECIDABLE
    assert decision.sentence == "It names no load; the length: 4 s, claimed 2 to 10."


def test_what_the_lab_does_not_have_is_not_measured_here():
    """With the reason "not built"."""
    decision = decide(made(waits_for="a database"), findings(TIGHT))

    assert decision.verdict is Verdict.UNMEASURED
    assert [each.reason for each in decision.absences] == [Reason.NOT_BUILT]
    assert decision.sentence == "This needs a database, which the lab does not have yet."


@pytest.mark.parametrize(("series", "provisional"), [(1, True), (2, True), (3, False)])
def test_fewer_than_three_series_are_provisional(series, provisional):
    """One or two show no spread."""
    decision = decide(made(part((2, 10))), findings(TIGHT[:series], series=series))

    assert decision.verdict is HOLDS
    assert decision.is_provisional is provisional


def test_chance_turns_one_of_forty_decided_parts():
    """On average, if all true values lay on an edge; one of twenty that are the same."""
    values = [3.9, 4.0, 4.1]
    decided = decide(made(part((2, 10)), part((20, 30))), findings(values))
    same = decide(made(part((2, 10), same=True)), findings(values))
    counted = decide(made(part((2, 10))), findings(TIGHT))

    assert by_chance([decided] * 20) == (40, pytest.approx(1.0))
    assert by_chance([same] * 20) == (20, pytest.approx(1.0))
    assert by_chance([counted] * 20) == (20, 0)  # what has no spread has no chance


def with_labels(**claimed):
    """A part with a basis for each label."""
    quantity = Metric("02", CELL, "makespan_s")
    bases = tuple(Basis(label=each, quantity=quantity, claimed=of) for each, of in claimed.items())
    return Part(what="it", unit="s", bases=bases)


YES, NO = (3, 5), (5, 9)


@pytest.mark.parametrize(
    ("parts", "verdict", "condition"),
    [
        # a part that fails wherever it can be meant fails the claim on the others' bases, too
        ([with_labels(a=NO, b=NO), with_labels(a=NO, b=NO, c=YES)], FAILS, ""),
        # and one that holds everywhere holds there
        ([with_labels(a=YES, b=YES), with_labels(a=NO, b=NO, c=YES)], Verdict.HOLDS_IF, "c"),
        # one that holds on some of its own says nothing of another basis
        ([with_labels(a=YES, b=NO), with_labels(a=YES, b=NO, c=YES)], Verdict.HOLDS_IF, "a, or c"),
    ],
)
def test_a_basis_that_a_part_lacks(parts, verdict, condition):
    """It counts with what it is on all of its own bases."""
    decision = decide(made(*parts), findings(TIGHT))

    assert (decision.verdict, decision.condition) == (verdict, condition)


def test_a_claim_that_fails_in_two_ways_fails_in_the_clearer_one():
    """False before off by one before not on this machine."""
    parts = [part((20, 30), failing=each) for each in reversed(Failing)]

    assert decide(made(*parts), findings(TIGHT)).failing is Failing.FALSE


def test_at_most_leaves_no_edge_below():
    """Nothing measured is below 0, but an interval may be."""
    assert judged([0, 0, 0.05], (0, 0.5)).verdict is HOLDS
    assert judged([0, 0, 0.05], (0, 0)).verdict is INCONCLUSIVE


def test_a_number_that_some_series_lack_decides_nothing():
    """One value has no spread, and would look certain."""
    found = decide(made(part((2, 10))), findings([4.0], series=3))

    assert found.verdict is INCONCLUSIVE
    assert [each.reason for each in found.absences] == [Reason.FEW]


def test_near_is_ten_percent_and_an_order_of_magnitude_a_factor_of_two():
    """Or another margin."""
    assert near(4) == pytest.approx((3.6, 4.4))
    assert near(4, 0.5) == pytest.approx((2, 6))
    assert factor_of_two(10) == (5, 20)


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        ((2, 10), "2 to 10"),
        ((0, 0.1), "at most 0.1"),
        ((-inf, 10), "at most 10"),
        ((15000, inf), "at least 15,000"),
        ((15000, 30000), "15,000 to 30,000"),
        ((4, 4), "4"),
        ((0, 0), "0"),
        ((10.84, 13.25), "10.84 to 13.25"),
    ],
)
def test_a_range_in_words(claimed, words):
    """One-sided ranges and single numbers have their own forms."""
    assert edges(claimed) == words


A, B = Metric("02", "a", "makespan_s"), Metric("02", "b", "makespan_s")


def two(a, b):
    metrics = {"a": {"makespan_s": mean_of_series(a)}, "b": {"makespan_s": mean_of_series(b)}}
    return Findings(found={"02": Found(metrics=metrics)})


def test_a_ratio_is_taken_series_by_series():
    """An effect that slows both sides in the same series cancels out."""
    found = (A / B).measure(two([2, 4, 6], [1, 2, 3]))

    assert found == Measured((2, 2, 2), 2, 2, 2)


def test_numbers_of_other_series_cannot_be_paired():
    """A missing series leaves no ratio."""
    with pytest.raises(MissingError, match="the same series") as missing:
        (A / B).measure(two([2, 2], [1, 1, 1]))
    assert missing.value.reason is Reason.FEW


def test_nothing_is_divided_by_nothing():
    """A server that gave no answer leaves no ratio, and its doubts say why."""
    with pytest.raises(MissingError, match="nothing to divide by") as missing:
        (A / B).measure(two([2, 2, 2], [1, 0, 1]))
    assert missing.value.reason is Reason.DISTURBED


def test_a_difference_and_another_unit():
    """The difference too is taken series by series."""
    assert (A - B).measure(two([5, 6, 7], [1, 1, 2])).values == (4, 5, 5)
    assert (A * 1000).measure(two([1, 2, 3], [1, 1, 1])).values == (1000, 2000, 3000)


def test_a_quantity_knows_its_cells_and_says_what_it_is():
    """In words that are the same on every machine."""
    ratio = A / Metric("12", "c", "mean_s", ("errors",)) * 100

    assert ratio.cells() == (("02", "a"), ("12", "c"))
    assert ratio.definition() == "(makespan_s(02 a) / mean_s(12 c) ignoring errors) * 100"


def test_a_computed_quantity_is_defined_by_its_code_and_not_by_its_comments():
    """A docstring, a comment and line breaks change no reading; the arithmetic does."""

    def plain(findings: Findings) -> list[float]:
        return [1.0 + 2.0]

    first = Computed(plain).definition()

    def plain(findings: Findings) -> list[float]:  # type: ignore[no-redef]
        """Add."""
        # One and two.
        return [
            1.0 + 2.0,
        ]

    assert Computed(plain).definition() == first

    def plain(findings: Findings) -> list[float]:  # type: ignore[no-redef]
        return [1.0 - 2.0]

    assert Computed(plain).definition() != first


def test_what_is_not_there_is_named():
    """Experiment, cell and metric; a cell that a quick run leaves out has its own reason."""
    empty = Findings(found={})
    with pytest.raises(MissingError, match="experiment 02 was not run"):
        A.measure(empty)
    with pytest.raises(MissingError, match="experiment 02 did not measure a") as missing:
        A.measure(Findings(found={"02": Found(quick=True)}))
    assert missing.value.reason is Reason.QUICK
    with pytest.raises(MissingError, match="experiment 02 has no mean_s of a"):
        Metric("02", "a", "mean_s").measure(two([1], [1]))
