"""What theory predicts for a moment of a run whose settings have changed."""

import pytest

from lab import theory
from lab.live.flow import Flow, Present
from lab.live.load import LoadPrediction, TargetLoad, predict
from lab.theory import slots_alone

CLOSED = TargetLoad(kind="closed", users=20)
EIGHT_A_SECOND = TargetLoad(kind="open", arrival_rate=8)
BURSTS = TargetLoad(kind="burst", burst_size=20, burst_every_s=5)


def present(load: TargetLoad, *, slots: int | None = 4, held_s: float = 1.0) -> Present:
    """The load on slots of one station."""
    way = slots_alone(slots, held_s)
    return Present(load, way, predict(load, way=way, elapsed_s=0))


def frozen(load: TargetLoad) -> Present:
    """Nothing is answered."""
    return Present(load, None, LoadPrediction(throughput_rps=0.0))


def after(
    flow: Flow, now: Present, seconds: int, *, arrived: int = 0, dead: int = 0
) -> list[LoadPrediction]:
    """The predictions for the ends of so many seconds."""
    return [flow.close(now, arrived=arrived, dead=dead) for _ in range(seconds)]


@pytest.mark.parametrize("think_s", [0.0, 2.0])
@pytest.mark.parametrize("slots", [4, None])
@pytest.mark.parametrize("seconds", [1, 3, 30])
def test_what_never_changed_is_as_the_laws_say(
    seconds: int, slots: int | None, think_s: float
) -> None:
    """From the first second on: the response is the one that the users will have."""
    load = TargetLoad(kind="closed", users=20, think_s=think_s)
    now = present(load, slots=slots)

    last = after(Flow(), now, seconds)[-1]

    assert last.throughput_rps == now.law.throughput_rps
    assert last.response_s == pytest.approx(now.law.response_s)


def test_a_slower_upstream_is_felt_by_one_request_after_the_other() -> None:
    """The rate falls at once; who is answered now waits behind fewer slow ones than later ones."""
    flow = Flow()
    after(flow, present(CLOSED, held_s=0.2), 30)

    told = after(flow, present(CLOSED, held_s=1.0), 8)

    assert {each.throughput_rps for each in told} == {4.0}
    # After t s, 4 t of the 20 before it were slow, and the others were answered 20 a second.
    expected = [1.8, 2.6, 3.4, 4.2, 5, 5, 5, 5]
    assert [each.response_s for each in told] == pytest.approx(expected)


def test_no_answer_is_quicker_than_the_upstream_of_now() -> None:
    """Without slots nobody waits for another: those who come now need two seconds."""
    flow = Flow()
    after(flow, present(CLOSED, slots=None, held_s=0.2), 30)

    told = after(flow, present(CLOSED, slots=None, held_s=2.0), 3)

    assert [each.response_s for each in told] == [2.0, 2.0, 2.0]


def test_after_a_freeze_those_who_waited_through_it_have_waited_for_it() -> None:
    """Ten seconds long, and then as long as it takes to answer those who wait."""
    flow = Flow()
    after(flow, present(CLOSED), 30)
    assert after(flow, frozen(CLOSED), 10)[-1] == LoadPrediction(throughput_rps=0.0)

    told = after(flow, present(CLOSED), 6)

    assert [each.response_s for each in told] == pytest.approx([15, 15, 15, 15, 5, 5])


def test_users_who_have_just_come_are_not_before_the_answers_of_now() -> None:
    """Who is answered now was sent when there were 20."""
    flow = Flow()
    after(flow, present(CLOSED), 30)
    many = present(TargetLoad(kind="closed", users=40))

    told = after(flow, many, 12)

    assert told[0].response_s == pytest.approx(5)
    assert told[-1].response_s == pytest.approx(10)


def test_an_overload_leaves_a_queue_that_is_answered_at_capacity() -> None:
    """8 arrive and 4 are answered for 20 s: 80 wait. Then 20 can be answered, and 12 less wait."""
    flow = Flow()
    told = after(flow, present(EIGHT_A_SECOND), 20, arrived=8)
    assert told[-1].throughput_rps == 4
    assert told[-1].response_s == pytest.approx(1 + 19 * (1 - 4 / 8))

    told = after(flow, present(EIGHT_A_SECOND, held_s=0.2), 10, arrived=8)

    assert [each.throughput_rps for each in told] == [20] * 6 + [8] * 4
    waiting = [80 - 12 * n for n in range(1, 7)]
    assert [each.response_s for each in told[:6]] == pytest.approx([0.2 + n / 8 for n in waiting])
    assert told[-1].response_s == pytest.approx(0.2)


def test_below_capacity_the_rate_is_the_one_that_came() -> None:
    """Random arrivals are not as many as their mean."""
    flow = Flow()
    now = present(EIGHT_A_SECOND, slots=None)
    told = [flow.close(now, arrived=arrived, dead=0) for arrived in (1, 9, 2, 4, 7, 8)]

    # The first second is a part of one, and what came in the last is still on its way.
    expected = [8, 8, 9, 11 / 2, 15 / 3, 22 / 4]
    assert [each.throughput_rps for each in told] == pytest.approx(expected)
    assert {each.response_s for each in told} == {1}


def test_dead_requests_wait_for_nothing() -> None:
    """Without a limit of slots, all that came during a freeze hang at the upstream."""
    flow = Flow()
    after(flow, present(EIGHT_A_SECOND, slots=None), 10, arrived=8)
    for second in range(1, 6):
        flow.close(frozen(EIGHT_A_SECOND), arrived=8, dead=8 * second)

    told = after(flow, present(EIGHT_A_SECOND, slots=None), 3, arrived=8, dead=40)

    assert [each.throughput_rps for each in told] == [8, 8, 8]
    assert [each.response_s for each in told] == [1, 1, 1]


def test_bursts_keep_their_law() -> None:
    """Their response is that of the slowest, which no mean rate tells."""
    now = present(BURSTS)

    assert after(Flow(), now, 3)[-1] == now.law
    assert now.law.response_s == theory.makespan_s(requests=20, way=slots_alone(4, 1.0))


def test_what_has_no_law_has_no_past() -> None:
    """A mix of kinds of users, and a target without load."""
    unknown = Present(CLOSED, None, LoadPrediction())

    assert after(Flow(), unknown, 2) == [LoadPrediction(), LoadPrediction()]
