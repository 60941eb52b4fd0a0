"""The arithmetic against numbers worked out by hand; the hand's steps stand beside them."""

from heapq import heapify, heapreplace
from math import inf

import pytest

from lab import theory


@pytest.mark.parametrize(
    ("requests", "slots", "service_s", "expected_s"),
    [
        (0, 4, 1.0, 0.0),  # nobody to wait for
        (1, 4, 1.0, 1.0),  # ceil(0.25) = 1
        (3, 4, 1.0, 1.0),  # c - 1: ceil(0.75) = 1, where floor(3 / 4) would say 0 s
        (4, 4, 1.0, 1.0),  # c: exactly full
        (5, 4, 1.0, 2.0),  # c + 1: ceil(1.25) = 2
        (16, 4, 1.0, 4.0),  # 16 / 4 = 4
        (16, 4, 0.5, 2.0),  # 4 waves of half a second
        (100, 4, 1.0, 25.0),  # 100 / 4 = 25
        (100, 4, 0.5, 12.5),  # 25 * 0.5
        (100, 160, 1.0, 1.0),  # ceil(0.625) = 1
        (161, 160, 1.0, 2.0),  # one too many
        (7, 1, 2.0, 14.0),  # one after the other
        (100, None, 1.0, 1.0),  # no limit: all at once
        (0, None, 1.0, 0.0),
        (16, 4, 0.0, 0.0),  # no wait at all
    ],
)
def test_a_burst_lasts_as_many_services_as_it_has_waves(
    requests: int, slots: int | None, service_s: float, expected_s: float
) -> None:
    """ceil(n / c) * s."""
    makespan_s = theory.makespan_s(requests=requests, slots=slots, service_s=service_s)

    assert makespan_s == expected_s


@pytest.mark.parametrize(
    ("position", "slots", "expected_s"),
    [(1, 4, 1.5), (4, 4, 1.5), (5, 4, 3.0), (8, 4, 3.0), (9, 4, 4.5), (9, None, 1.5)],
)
def test_the_kth_answer_comes_at_the_end_of_its_wave(
    position: int, slots: int | None, expected_s: float
) -> None:
    """ceil(k / c) * s, with s = 1.5."""
    assert theory.answer_s(position=position, slots=slots, service_s=1.5) == expected_s


@pytest.mark.parametrize(
    ("requests", "slots", "expected"),
    [(0, 4, 0), (1, 4, 1), (4, 4, 1), (5, 4, 2), (100, 4, 25), (0, None, 0), (100, None, 1)],
)
def test_waves_count_how_often_the_slots_fill_up(
    requests: int, slots: int | None, expected: int
) -> None:
    """ceil(n / c), and at most one wave where nothing limits."""
    assert theory.waves(requests=requests, slots=slots) == expected


@pytest.mark.parametrize(
    ("users", "slots", "think_s", "expected_rps", "expected_response_s"),
    [
        # 2 users, 4 slots: 2 / 1 = 2 per second, nobody queues.
        (2, 4, 0.0, 2.0, 1.0),
        # 4 users fill the slots exactly: 4 / 1 = 4; R = 4 / 4 = 1.
        (4, 4, 0.0, 4.0, 1.0),
        # 20 users: capped at 4 / 1 = 4; R = 20 / 4 = 5.
        (20, 4, 0.0, 4.0, 5.0),
        # Think 4 s: 20 / (1 + 4) = 4, just at capacity; R = 20 / 4 - 4 = 1.
        (20, 4, 4.0, 4.0, 1.0),
        # 40 of those: still 4; R = 40 / 4 - 4 = 6.
        (40, 4, 4.0, 4.0, 6.0),
        # No limit: 20 / 1 = 20; R = 20 / 20 = 1.
        (20, None, 0.0, 20.0, 1.0),
    ],
)
def test_closed_load_is_bounded_by_its_users_and_by_the_slots(
    users: int, slots: int | None, think_s: float, expected_rps: float, expected_response_s: float
) -> None:
    """X = min(N / (s + z), c / s) and R = max(s, N / X - z), with s = 1."""
    rate_rps = theory.throughput_rps(users=users, slots=slots, service_s=1.0, think_s=think_s)
    response_s = theory.response_s(users=users, slots=slots, service_s=1.0, think_s=think_s)

    assert rate_rps == pytest.approx(expected_rps)
    assert response_s == pytest.approx(expected_response_s)


@pytest.mark.parametrize(
    ("rate_rps", "slots", "stable", "growth_rps"),
    [
        (7.9, 4, True, 0.0),  # capacity is 4 / 0.5 = 8
        (8.0, 4, False, 0.0),  # at capacity nothing is worked off, and nothing added
        (10.0, 4, False, 2.0),  # 10 - 8
        (1e6, None, True, 0.0),
    ],
)
def test_open_load_is_stable_only_below_capacity(
    rate_rps: float, slots: int | None, stable: bool, growth_rps: float
) -> None:
    """a * s < c, and above it the queue grows by a - c / s, with s = 0.5."""
    assert theory.is_stable(rate_rps=rate_rps, slots=slots, service_s=0.5) is stable
    assert theory.queue_growth_rps(rate_rps=rate_rps, slots=slots, service_s=0.5) == growth_rps


def test_busy_slots_are_rate_times_service_time() -> None:
    """Little's law: 6 per second for half a second each keep 3 slots busy."""
    assert theory.busy_slots(rate_rps=6, service_s=0.5) == 3.0


def test_capacity_is_slots_over_service_time() -> None:
    """4 / 0.5 = 8; infinite without a limit, or without a wait."""
    assert theory.capacity_rps(slots=4, service_s=0.5) == 8.0
    assert theory.capacity_rps(slots=None, service_s=0.5) == inf
    assert theory.capacity_rps(slots=4, service_s=0.0) == inf


@pytest.mark.parametrize(
    ("rate_rps", "slots", "expected_rps"),
    [(7.9, 4, 7.9), (8.0, 4, 8.0), (10.0, 4, 8.0), (10.0, None, 10.0), (0.0, 4, 0.0)],
)
def test_open_load_leaves_as_it_comes_up_to_capacity(
    rate_rps: float, slots: int | None, expected_rps: float
) -> None:
    """X = min(a, c / s), with s = 0.5: capacity is 4 / 0.5 = 8."""
    found = theory.open_throughput_rps(rate_rps=rate_rps, slots=slots, service_s=0.5)

    assert found == expected_rps


@pytest.mark.parametrize(
    ("rate_rps", "slots", "at_once", "elapsed_s", "expected_s"),
    [
        # 3 per second on 4 slots of 1 s: nobody waits, ever.
        (3.0, 4, 1, 1000.0, 1.0),
        (1e6, None, 1, 1000.0, 1.0),
        # A burst of 10 each 5 s: 2 per second, three waves.
        (2.0, 4, 10, 1000.0, 3.0),
        # 8 per second: half of the time since the first answer is waiting. 1 + 9 * (1 - 4 / 8).
        (8.0, 4, 1, 0.0, 1.0),
        (8.0, 4, 1, 1.0, 1.0),
        (8.0, 4, 1, 10.0, 5.5),
        # Exactly at capacity nothing grows.
        (4.0, 4, 1, 1000.0, 1.0),
        # A burst of 8 each second: its first takes 2 s, the one answered at 4 began at 1.
        (8.0, 4, 8, 2.0, 2.0),
        (8.0, 4, 8, 4.0, 3.0),
    ],
)
def test_open_load_waits_longer_and_longer_above_capacity(
    rate_rps: float, slots: int | None, at_once: int, elapsed_s: float, expected_s: float
) -> None:
    """R(t) = m + (t - m) * (1 - c / (s * a)), where m = ceil(n / c) * s, with s = 1."""
    found = theory.open_response_s(
        rate_rps=rate_rps, slots=slots, service_s=1.0, elapsed_s=elapsed_s, at_once=at_once
    )

    assert found == pytest.approx(expected_s)


@pytest.mark.parametrize(
    ("every_s", "at_once", "slots", "within_s"),
    [
        (1 / 8, 1, 4, 0.5),  # 8 per second on 4 slots; a wave is s - c / a = 0.5 s ahead
        (1 / 5, 1, 4, 0.2),
        (0.01, 1, 7, 1.0),
        (1.0, 8, 4, 1e-6),  # whole waves: exact
        (2.0, 12, 4, 1e-6),
        (1.0, 5, 4, 1.0),
        (0.7, 9, 2, 1.0),
        (1.3, 5, 4, 1e-6),  # below capacity bursts may overlap: 5 need 2 s, and still do
        (2.3, 9, 4, 1e-6),
    ],
)
def test_responses_are_those_of_requests_served_one_by_one(
    every_s: float, at_once: int, slots: int, within_s: float
) -> None:
    """Each request of a schedule takes the slot that is free first, and holds it for 1 s."""
    free_at_s = [0.0] * slots
    heapify(free_at_s)
    for arrival in range(200):
        due_s, end_s = arrival * every_s, 0.0
        for _ in range(at_once):
            end_s = max(due_s, free_at_s[0]) + 1.0
            heapreplace(free_at_s, end_s)
        predicted_s = theory.open_response_s(
            rate_rps=at_once / every_s,
            slots=slots,
            service_s=1.0,
            elapsed_s=end_s,
            at_once=at_once,
        )

        assert end_s - due_s == pytest.approx(predicted_s, abs=within_s)


def test_what_may_be_in_flight_bounds_the_response() -> None:
    """Little's law: 100 that leave at 4 per second stay 25 s; a burst stays its length."""

    def response_s(rate_rps: float, at_once: int, max_in_flight: int) -> float:
        return theory.open_response_s(
            rate_rps=rate_rps,
            slots=4,
            service_s=1.0,
            elapsed_s=1e6,
            at_once=at_once,
            max_in_flight=max_in_flight,
        )

    assert response_s(8.0, 1, 100) == 25.0
    assert response_s(8.0, 10, 10) == 3.0
    assert response_s(3.0, 1, 100) == 1.0


def test_concurrent_parts_share_the_service_time() -> None:
    """1 s in 2 parts holds a slot for 0.5 s, in 1 part for all of it."""
    assert theory.split_s(service_s=1.0, parts=2) == 0.5
    assert theory.split_s(service_s=1.0, parts=1) == 1.0


@pytest.mark.parametrize("slots", [0, -1])
def test_slots_that_cannot_be_are_refused_by_every_function_that_takes_them(slots: int) -> None:
    """No slots are no prediction; None is how "no limit" is said."""
    refusal = pytest.raises(ValueError, match=f"slots={slots}: expected a whole number above 0")
    with refusal:
        theory.makespan_s(requests=1, slots=slots, service_s=1)
    with refusal:
        theory.answer_s(position=1, slots=slots, service_s=1)
    with refusal:
        theory.waves(requests=1, slots=slots)
    with refusal:
        theory.capacity_rps(slots=slots, service_s=1)
    with refusal:
        theory.throughput_rps(users=1, slots=slots, service_s=1)
    with refusal:
        theory.response_s(users=1, slots=slots, service_s=1)
    with refusal:
        theory.is_stable(rate_rps=1, slots=slots, service_s=1)
    with refusal:
        theory.queue_growth_rps(rate_rps=1, slots=slots, service_s=1)
    with refusal:
        theory.open_throughput_rps(rate_rps=1, slots=slots, service_s=1)
    with refusal:
        theory.open_response_s(rate_rps=1, slots=slots, service_s=1, elapsed_s=1)


def test_a_number_below_zero_is_refused_by_name() -> None:
    """The sentence says which of the numbers cannot be."""
    with pytest.raises(ValueError, match="requests=-1"):
        theory.makespan_s(requests=-1, slots=None, service_s=1)
    with pytest.raises(ValueError, match="service_s=-0.5"):
        theory.makespan_s(requests=1, slots=4, service_s=-0.5)
    with pytest.raises(ValueError, match="think_s=-1"):
        theory.throughput_rps(users=1, slots=4, service_s=1, think_s=-1)
    with pytest.raises(ValueError, match="rate_rps=-1"):
        theory.busy_slots(rate_rps=-1, service_s=1)
    with pytest.raises(ValueError, match="rate_rps=-1"):
        theory.open_throughput_rps(rate_rps=-1, slots=4, service_s=1)
    with pytest.raises(ValueError, match="elapsed_s=-1"):
        theory.open_response_s(rate_rps=1, slots=4, service_s=1, elapsed_s=-1)
    with pytest.raises(ValueError, match="parts=0"):
        theory.split_s(service_s=1, parts=0)


def test_closed_load_needs_somebody_and_some_time() -> None:
    """No user has no response time, and users that never wait have no rate."""
    with pytest.raises(ValueError, match="users=0"):
        theory.response_s(users=0, slots=4, service_s=1)
    with pytest.raises(ValueError, match="expected a time above 0"):
        theory.throughput_rps(users=1, slots=4, service_s=0)
