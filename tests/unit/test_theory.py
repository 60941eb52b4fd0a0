"""The arithmetic against results worked out by hand; the steps are beside them.

n requests, c slots, s service time in seconds, k position of an answer, N users, z think time, a
arrival rate, X throughput, R response time.
"""

from collections import Counter
from heapq import heapify, heapreplace
from itertools import product
from math import comb, inf

import pytest

from lab import theory
from lab.theory import Station, Way


def one(slots: int | None, service_s: float) -> Way:
    """A way with one station."""
    return (Station("worker", slots, service_s),)


@pytest.mark.parametrize(
    ("requests", "slots", "service_s", "expected_s"),
    [
        (0, 4, 1.0, 0.0),  # no request
        (1, 4, 1.0, 1.0),  # ceil(0.25) = 1
        (3, 4, 1.0, 1.0),  # c - 1: ceil(0.75) = 1, where floor(3 / 4) would say 0 s
        (4, 4, 1.0, 1.0),  # c: exactly full
        (5, 4, 1.0, 2.0),  # c + 1: ceil(1.25) = 2
        (16, 4, 1.0, 4.0),  # 16 / 4 = 4
        (16, 4, 0.5, 2.0),  # 4 waves of half a second
        (100, 4, 1.0, 25.0),  # 100 / 4 = 25
        (100, 4, 0.5, 12.5),  # 25 * 0.5
        (100, 160, 1.0, 1.0),  # ceil(0.625) = 1
        (161, 160, 1.0, 2.0),  # one more than the slots
        (7, 1, 2.0, 14.0),  # one slot: one after the other
        (100, None, 1.0, 1.0),  # no limit: all at once
        (0, None, 1.0, 0.0),
        (16, 4, 0.0, 0.0),  # no wait at all
    ],
)
def test_a_burst_lasts_as_many_services_as_it_has_waves(
    requests: int, slots: int | None, service_s: float, expected_s: float
) -> None:
    """Makespan = ceil(n / c) * s."""
    makespan_s = theory.makespan_s(requests=requests, way=one(slots, service_s))

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
    """ceil(n / c); at most one wave without a limit."""
    assert theory.waves(requests=requests, slots=slots) == expected


@pytest.mark.parametrize(
    ("users", "slots", "think_s", "expected_rps", "expected_response_s"),
    [
        # 2 users, 4 slots: 2 / 1 = 2 per second, no queue.
        (2, 4, 0.0, 2.0, 1.0),
        # 4 users fill the slots exactly: 4 / 1 = 4; R = 4 / 4 = 1.
        (4, 4, 0.0, 4.0, 1.0),
        # 20 users: capped at 4 / 1 = 4; R = 20 / 4 = 5.
        (20, 4, 0.0, 4.0, 5.0),
        # Think 4 s: 20 / (1 + 4) = 4, just at capacity; R = 20 / 4 - 4 = 1.
        (20, 4, 4.0, 4.0, 1.0),
        # 40 users with think time 4 s: still 4; R = 40 / 4 - 4 = 6.
        (40, 4, 4.0, 4.0, 6.0),
        # No limit: 20 / 1 = 20; R = 20 / 20 = 1.
        (20, None, 0.0, 20.0, 1.0),
    ],
)
def test_closed_load_is_bounded_by_its_users_and_by_the_slots(
    users: int, slots: int | None, think_s: float, expected_rps: float, expected_response_s: float
) -> None:
    """X = min(N / (s + z), c / s) and R = max(s, N / X - z), with s = 1."""
    rate_rps = theory.throughput_rps(users=users, way=one(slots, 1.0), think_s=think_s)
    response_s = theory.response_s(users=users, way=one(slots, 1.0), think_s=think_s)

    assert rate_rps == pytest.approx(expected_rps)
    assert response_s == pytest.approx(expected_response_s)


@pytest.mark.parametrize(
    ("rate_rps", "slots", "stable", "growth_rps"),
    [
        (7.9, 4, True, 0.0),  # capacity is 4 / 0.5 = 8
        (8.0, 4, False, 0.0),  # at capacity the queue neither shrinks nor grows
        (10.0, 4, False, 2.0),  # 10 - 8
        (1e6, None, True, 0.0),
    ],
)
def test_open_load_is_stable_only_below_capacity(
    rate_rps: float, slots: int | None, stable: bool, growth_rps: float
) -> None:
    """Stable for a * s < c; above it the queue grows by a - c / s per second; s = 0.5."""
    assert theory.is_stable(rate_rps=rate_rps, way=one(slots, 0.5)) is stable
    assert theory.queue_growth_rps(rate_rps=rate_rps, way=one(slots, 0.5)) == growth_rps


def test_busy_slots_are_rate_times_service_time() -> None:
    """Little's law: 6 requests per second of 0.5 s each keep 3 slots busy."""
    assert theory.busy_slots(rate_rps=6, service_s=0.5) == 3.0


def test_capacity_is_slots_over_service_time() -> None:
    """c / s = 4 / 0.5 = 8; infinite without a limit, or with s = 0."""
    assert theory.capacity_rps(way=one(4, 0.5)) == 8.0
    assert theory.capacity_rps(way=one(None, 0.5)) == inf
    assert theory.capacity_rps(way=one(4, 0.0)) == inf


@pytest.mark.parametrize(
    ("rate_rps", "slots", "expected_rps"),
    [(7.9, 4, 7.9), (8.0, 4, 8.0), (10.0, 4, 8.0), (10.0, None, 10.0), (0.0, 4, 0.0)],
)
def test_open_load_leaves_as_it_comes_up_to_capacity(
    rate_rps: float, slots: int | None, expected_rps: float
) -> None:
    """X = min(a, c / s), with s = 0.5: capacity is 4 / 0.5 = 8."""
    found = theory.open_throughput_rps(rate_rps=rate_rps, way=one(slots, 0.5))

    assert found == expected_rps


@pytest.mark.parametrize(
    ("rate_rps", "slots", "at_once", "elapsed_s", "expected_s"),
    [
        # 3 per second on 4 slots of 1 s: no request waits, at any time.
        (3.0, 4, 1, 1000.0, 1.0),
        (1e6, None, 1, 1000.0, 1.0),
        # A burst of 10 each 5 s: 2 per second, three waves.
        (2.0, 4, 10, 1000.0, 3.0),
        # 8 per second: after the first answer each second adds 0.5 s of wait. 1 + 9 * (1 - 4 / 8).
        (8.0, 4, 1, 0.0, 1.0),
        (8.0, 4, 1, 1.0, 1.0),
        (8.0, 4, 1, 10.0, 5.5),
        # Exactly at capacity the response time stays.
        (4.0, 4, 1, 1000.0, 1.0),
        # A burst of 8 each second: the first takes 2 s; the burst answered at 4 s began at 1 s.
        (8.0, 4, 8, 2.0, 2.0),
        (8.0, 4, 8, 4.0, 3.0),
    ],
)
def test_open_load_waits_longer_and_longer_above_capacity(
    rate_rps: float, slots: int | None, at_once: int, elapsed_s: float, expected_s: float
) -> None:
    """R(t) = m + (t - m) * (1 - c / (s * a)), where m = ceil(n / c) * s, with s = 1."""
    found = theory.open_response_s(
        rate_rps=rate_rps, way=one(slots, 1.0), elapsed_s=elapsed_s, at_once=at_once
    )

    assert found == pytest.approx(expected_s)


@pytest.mark.parametrize(
    ("every_s", "at_once", "slots", "within_s"),
    [
        (1 / 8, 1, 4, 0.5),  # 8 per second on 4 slots: a wave is s - c / a = 0.5 s early
        (1 / 5, 1, 4, 0.2),
        (0.01, 1, 7, 1.0),
        (1.0, 8, 4, 1e-6),  # whole waves: exact
        (2.0, 12, 4, 1e-6),
        (1.0, 5, 4, 1.0),
        (0.7, 9, 2, 1.0),
        (1.3, 5, 4, 1e-6),  # below capacity; bursts overlap, and each still takes 2 s
        (2.3, 9, 4, 1e-6),
    ],
)
def test_responses_are_those_of_requests_served_one_by_one(
    every_s: float, at_once: int, slots: int, within_s: float
) -> None:
    """Simulation: each request takes the slot that is free first and holds it for 1 s."""
    free_at_s = [0.0] * slots
    heapify(free_at_s)
    for arrival in range(200):
        due_s, end_s = arrival * every_s, 0.0
        for _ in range(at_once):
            end_s = max(due_s, free_at_s[0]) + 1.0
            heapreplace(free_at_s, end_s)
        predicted_s = theory.open_response_s(
            rate_rps=at_once / every_s,
            way=one(slots, 1.0),
            elapsed_s=end_s,
            at_once=at_once,
        )

        assert end_s - due_s == pytest.approx(predicted_s, abs=within_s)


def test_what_may_be_in_flight_bounds_the_response() -> None:
    """Little's law: 100 in flight at 4 per second stay 25 s; a burst stays for its makespan."""

    def response_s(rate_rps: float, at_once: int, max_in_flight: int) -> float:
        return theory.open_response_s(
            rate_rps=rate_rps,
            way=one(4, 1.0),
            elapsed_s=1e6,
            at_once=at_once,
            max_in_flight=max_in_flight,
        )

    assert response_s(8.0, 1, 100) == 25.0
    assert response_s(8.0, 10, 10) == 3.0
    assert response_s(3.0, 1, 100) == 1.0


@pytest.mark.parametrize(
    ("position", "published_s", "answer_s"),
    [
        (1, 0.0, 1.5),  # floor(1 / 4) = 0: an answer before the upstream's
        (3, 0.0, 1.5),
        (4, 1.5, 1.5),  # both agree where a wave is full
        (5, 1.5, 3.0),
        (15, 4.5, 6.0),
        (16, 6.0, 6.0),
    ],
)
def test_the_published_formula_is_a_wave_early_but_where_a_wave_is_full(
    position: int, published_s: float, answer_s: float
) -> None:
    """floor(k / c) * s against ceil(k / c) * s, with 4 slots and s = 1.5."""
    published = theory.published_answer_s(position=position, slots=4, service_s=1.5)

    assert published == published_s
    assert theory.answer_s(position=position, slots=4, service_s=1.5) == answer_s


@pytest.mark.parametrize(
    ("requests", "slots", "expected"),
    [(16, 4, 4), (3, 4, 3), (4, 4, 4), (16, None, 16), (0, 4, 0)],
)
def test_no_more_are_busy_than_there_are_slots_or_requests(
    requests: int, slots: int | None, expected: int
) -> None:
    """Peak = min(n, c)."""
    assert theory.peak_busy(requests=requests, slots=slots) == expected


@pytest.mark.parametrize(
    ("requests", "workers", "tokens", "expected"),
    [
        # 2 requests, 2 workers: both on the same worker in 2 of 4 ways.
        (2, 2, 1, 1 / 2),
        # 3 requests, 3 workers, 1 token: in 3! = 6 of 27 ways each worker gets one.
        (3, 3, 1, 21 / 27),
        # 4 requests, 2 workers, 3 tokens: all four on one worker in 2 of 16 ways.
        (4, 2, 3, 2 / 16),
        # 4 requests, 2 workers, 2 tokens: 2 and 2 in 6 of 16 ways.
        (4, 2, 2, 10 / 16),
        # 5 requests, 3 workers, 2 tokens: 2, 2, 1 in 3 * 5! / (2! 2! 1!) = 90 of 243 ways.
        (5, 3, 2, 153 / 243),
        (3, 1, 2, 1.0),  # the only worker gets all
        (3, 1, 3, 0.0),
        (9, 2, 4, 1.0),  # 9 requests, 2 * 4 tokens
        (100, 4, 100, 0.0),  # no worker can get more than 100
        (100, 4, None, 0.0),  # no limit
        (0, 4, 0, 0.0),
        (1, 4, 0, 1.0),
    ],
)
def test_a_worker_has_too_few_tokens_as_often_as_dice_say(
    requests: int, workers: int, tokens: int | None, expected: float
) -> None:
    """Share of the w^n ways in which one of w workers gets more requests than tokens."""
    share = theory.overflow_share(requests=requests, workers=workers, tokens=tokens)

    assert share == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("requests", "workers", "tokens"), [(7, 3, 3), (6, 4, 2), (8, 2, 5)])
def test_the_share_is_that_of_all_ways_written_out(
    requests: int, workers: int, tokens: int
) -> None:
    """Enumeration of all w^n ways to deal n requests to w workers."""
    ways = list(product(range(workers), repeat=requests))
    too_many = sum(max(Counter(way).values()) > tokens for way in ways)

    share = theory.overflow_share(requests=requests, workers=workers, tokens=tokens)

    assert share == pytest.approx(too_many / len(ways), abs=1e-12)


def test_more_than_forty_of_a_hundred_on_one_of_four_are_rare_by_dice() -> None:
    """One worker: P(Bin(100, 1/4) > 40) = 0.0004; two such workers at once are rarer still."""
    tail = sum(comb(100, k) * 0.25**k * 0.75 ** (100 - k) for k in range(41, 101))

    share = theory.overflow_share(requests=100, workers=4, tokens=40)

    assert tail < share < 4 * tail
    assert share == pytest.approx(4 * tail, rel=1e-3)


def test_a_lognormal_tail_moves_the_mean_above_the_median() -> None:
    """Mean = m e^(sigma^2 / 2): 0.1 * e^0.32 = 0.137713; without a tail it equals the median m."""
    assert theory.lognormal_mean_s(median_s=0.1, sigma=0.8) == pytest.approx(0.1377128)
    assert theory.lognormal_mean_s(median_s=0.1, sigma=0.0) == 0.1


@pytest.mark.parametrize(
    ("rate_rps", "slots", "expected"),
    [(200, None, 27.5426), (200, 40, 27.5426), (200, 26, 26.0), (0, 4, 0.0)],
)
def test_lognormal_waits_keep_as_many_slots_busy_as_their_mean_says(
    rate_rps: float, slots: int | None, expected: float
) -> None:
    """min(a E[s], c), with E[s] = 0.137713 s: 200 * 0.137713 = 27.5426."""
    found = theory.lognormal_busy_slots(rate_rps=rate_rps, slots=slots, median_s=0.1, sigma=0.8)

    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("rate_rps", "slots", "expected_s"),
    [
        (20, 4, 0.1),  # capacity is 4 / 0.1 = 40
        (40, 4, 0.1),  # exactly at capacity no queue grows
        # 1.5 times capacity: the wait grows by 0.5 s per second, and the middle of the measured
        # requests is due 1.5 s after the start. 0.1 + 1.5 * 0.5.
        (60, 4, 0.85),
        (80, 4, 1.6),  # 0.1 + 1.5 * 1
        (1e6, None, 0.1),
    ],
)
def test_the_mean_of_what_is_due_is_that_of_the_middle(
    rate_rps: float, slots: int | None, expected_s: float
) -> None:
    """s + (w + d / 2) * (a s / c - 1), with s = 0.1, warm-up w = 0.5, duration d = 2."""
    found = theory.open_mean_s(rate_rps=rate_rps, way=one(slots, 0.1), warmup_s=0.5, duration_s=2.0)

    assert found == pytest.approx(expected_s)


@pytest.mark.parametrize("rate_rps", [20, 36, 60, 90])
def test_the_mean_is_that_of_requests_served_one_by_one(rate_rps: float) -> None:
    """Simulation: each request takes the slot that is free first and holds it for 0.1 s."""
    free_at_s = [0.0] * 4
    heapify(free_at_s)
    responses_s = []
    for arrival in range(int(rate_rps * 2.5)):
        due_s = arrival / rate_rps
        end_s = max(due_s, free_at_s[0]) + 0.1
        heapreplace(free_at_s, end_s)
        if due_s >= 0.5:
            responses_s.append(end_s - due_s)

    found = theory.open_mean_s(rate_rps=rate_rps, way=one(4, 0.1), warmup_s=0.5, duration_s=2.0)

    # A fluid model is wrong by one wave at most, here by half a wave.
    assert found == pytest.approx(sum(responses_s) / len(responses_s), abs=0.05)


@pytest.mark.parametrize(
    ("asked", "wrong", "expected"), [(13, 12, 12 / 13), (3, 0, 0.0), (4, 4, 1.0)]
)
def test_what_is_wrong_is_refused_and_nothing_else(asked: int, wrong: int, expected: float) -> None:
    """Share = wrong / asked."""
    assert theory.refused_share(asked=asked, wrong=wrong) == expected


def test_concurrent_parts_share_the_service_time() -> None:
    """1 s in 2 parts holds a slot for 0.5 s, in 1 part for 1 s."""
    assert theory.split_s(service_s=1.0, parts=2) == 0.5
    assert theory.split_s(service_s=1.0, parts=1) == 1.0


@pytest.mark.parametrize("slots", [0, -1])
def test_slots_that_cannot_be_are_refused_by_every_function_that_takes_them(slots: int) -> None:
    """0 and negative slots raise ValueError; None means no limit."""
    refusal = pytest.raises(ValueError, match=f"slots={slots}: expected a whole number above 0")
    with refusal:
        theory.makespan_s(requests=1, way=one(slots, 1))
    with refusal:
        theory.answer_s(position=1, slots=slots, service_s=1)
    with refusal:
        theory.waves(requests=1, slots=slots)
    with refusal:
        theory.capacity_rps(way=one(slots, 1))
    with refusal:
        theory.throughput_rps(users=1, way=one(slots, 1))
    with refusal:
        theory.response_s(users=1, way=one(slots, 1))
    with refusal:
        theory.is_stable(rate_rps=1, way=one(slots, 1))
    with refusal:
        theory.queue_growth_rps(rate_rps=1, way=one(slots, 1))
    with refusal:
        theory.open_throughput_rps(rate_rps=1, way=one(slots, 1))
    with refusal:
        theory.open_response_s(rate_rps=1, way=one(slots, 1), elapsed_s=1)
    with refusal:
        theory.open_mean_s(rate_rps=1, way=one(slots, 1), warmup_s=0, duration_s=1)
    with refusal:
        theory.published_answer_s(position=1, slots=slots, service_s=1)
    with refusal:
        theory.peak_busy(requests=1, slots=slots)
    with refusal:
        theory.lognormal_busy_slots(rate_rps=1, slots=slots, median_s=1, sigma=1)


def test_a_number_below_zero_is_refused_by_name() -> None:
    """The error names the argument."""
    with pytest.raises(ValueError, match="requests=-1"):
        theory.makespan_s(requests=-1, way=one(None, 1))
    with pytest.raises(ValueError, match="held_s=-0.5"):
        theory.makespan_s(requests=1, way=one(4, -0.5))
    with pytest.raises(ValueError, match="think_s=-1"):
        theory.throughput_rps(users=1, way=one(4, 1), think_s=-1)
    with pytest.raises(ValueError, match="rate_rps=-1"):
        theory.busy_slots(rate_rps=-1, service_s=1)
    with pytest.raises(ValueError, match="rate_rps=-1"):
        theory.open_throughput_rps(rate_rps=-1, way=one(4, 1))
    with pytest.raises(ValueError, match="elapsed_s=-1"):
        theory.open_response_s(rate_rps=1, way=one(4, 1), elapsed_s=-1)
    with pytest.raises(ValueError, match="duration_s=-1"):
        theory.open_mean_s(rate_rps=1, way=one(4, 1), warmup_s=0, duration_s=-1)
    with pytest.raises(ValueError, match="requests=-1"):
        theory.overflow_share(requests=-1, workers=4, tokens=40)
    with pytest.raises(ValueError, match="tokens=-1"):
        theory.overflow_share(requests=1, workers=4, tokens=-1)
    with pytest.raises(ValueError, match="workers=0: expected a whole number above 0"):
        theory.overflow_share(requests=1, workers=0, tokens=40)
    with pytest.raises(ValueError, match="sigma=-1"):
        theory.lognormal_mean_s(median_s=1, sigma=-1)
    with pytest.raises(ValueError, match="wrong=-1"):
        theory.refused_share(asked=1, wrong=-1)
    with pytest.raises(ValueError, match="asked=2: expected at least 1, and at least wrong=3"):
        theory.refused_share(asked=2, wrong=3)
    with pytest.raises(ValueError, match="parts=0"):
        theory.split_s(service_s=1, parts=0)


def test_closed_load_needs_somebody_and_some_time() -> None:
    """0 users have no response time; users without service and think time have no rate."""
    with pytest.raises(ValueError, match="users=0"):
        theory.response_s(users=0, way=one(4, 1))
    with pytest.raises(ValueError, match="expected a time above 0"):
        theory.throughput_rps(users=1, way=one(4, 0))


WAITING = Station("worker", 4, 0.502)
COMPUTING = Station("processor", 2, 0.002)
UNLIMITED = Station("loop", None, 0.502)


@pytest.mark.parametrize(
    ("way", "capacity_rps", "name"),
    [
        ((WAITING, COMPUTING), 4 / 0.502, "worker"),  # 8 against 2 / 0.002 = 1,000
        ((UNLIMITED, COMPUTING), 1000.0, "processor"),
        ((Station("worker", 1000, 0.502), COMPUTING), 1000.0, "processor"),  # 1,992 against 1,000
        ((UNLIMITED, COMPUTING, Station("pool", 20, 0.5)), 40.0, "pool"),
        ((Station("worker", 4, 0.5), Station("pool", 4, 0.5)), 8.0, "worker"),  # the outer one
        ((UNLIMITED,), inf, ""),
        ((), inf, ""),
    ],
)
def test_the_station_that_serves_least_is_the_limit(
    way: Way, capacity_rps: float, name: str
) -> None:
    """Bottleneck law: X <= min(c / s)."""
    found = theory.limit(way)

    assert theory.capacity_rps(way=way) == pytest.approx(capacity_rps)
    assert (found.name if found else "") == name


@pytest.mark.parametrize(
    ("users", "expected_rps", "expected_s"),
    [
        (1, 1 / 0.502, 0.502),
        (100, 100 / 0.502, 0.502),
        (502, 1000.0, 0.502),  # 502 / 0.502: just the processor's capacity
        (2000, 1000.0, 2.0),  # 2,000 / 1,000
    ],
)
def test_without_slots_the_processor_is_the_end(
    users: int, expected_rps: float, expected_s: float
) -> None:
    """X = min(N / S, c / s) of two cores at 2 ms a request; R = N / X."""
    way = (UNLIMITED, COMPUTING)

    assert theory.throughput_rps(users=users, way=way) == pytest.approx(expected_rps)
    assert theory.response_s(users=users, way=way) == pytest.approx(expected_s)
    assert theory.is_stable(rate_rps=999, way=way)
    assert theory.queue_growth_rps(rate_rps=1200, way=way) == pytest.approx(200)


@pytest.mark.parametrize(
    ("way", "requests", "expected_s"),
    [
        # 100 on two cores take 50 times 2 ms; the last of them waits half a second beside.
        ((UNLIMITED, COMPUTING), 100, 0.5 + 50 * 0.002),
        ((UNLIMITED, COMPUTING), 1, 0.502),
        ((WAITING, COMPUTING), 16, 4 * 0.502),
        # 20 places for the calls of 100: five waves of half a second behind 2 ms.
        ((UNLIMITED, COMPUTING, Station("pool", 20, 0.5)), 100, 0.002 + 5 * 0.5),
    ],
)
def test_a_burst_ends_when_the_slowest_station_has_served_it(
    way: Way, requests: int, expected_s: float
) -> None:
    """max(S - s + ceil(n / c) * s)."""
    assert theory.makespan_s(requests=requests, way=way) == pytest.approx(expected_s)


@pytest.mark.parametrize(("requests", "cores"), [(40, 2), (7, 1), (100, 3)])
def test_a_burst_through_a_processor_is_that_of_requests_served_one_by_one(
    requests: int, cores: int
) -> None:
    """Simulation: each request computes for 2 ms, on the core that is free first, then waits."""
    free_at_s = [0.0] * cores
    heapify(free_at_s)
    answers_s = []
    for _ in range(requests):
        computed_s = free_at_s[0] + 0.002
        heapreplace(free_at_s, computed_s)
        answers_s.append(computed_s + 0.5)
    way = (UNLIMITED, Station("processor", cores, 0.002))

    for position, answer_s in enumerate(answers_s, start=1):
        assert theory.makespan_s(requests=position, way=way) == pytest.approx(answer_s)


def test_a_dead_call_holds_its_slot_until_its_time_out() -> None:
    """min(n, c) slots, for max(0, T - t)."""
    assert theory.dead_slots(requests=20, slots=4) == 4
    assert theory.dead_slots(requests=20, slots=None) == 20
    assert theory.dead_for_s(timeout_s=65, hung_for_s=24) == 41
    assert theory.dead_for_s(timeout_s=65, hung_for_s=70) == 0


@pytest.mark.parametrize(
    ("requests", "tokens", "largest", "at_most_s", "drawn_s"),
    [
        # 100 on 4 pools of 10: even 25 each, three waves; 48 on one, five; all on one, ten.
        (100, 10, 25, 5.0, 1.5),
        (100, 10, 48, 5.0, 2.5),
        (100, 10, 100, 5.0, 5.0),
        # A blocked loop has one slot.
        (8, 1, 4, 4.0, 2.0),
        # Without a limit the draw does not matter.
        (100, None, 60, 0.5, 0.5),
        (0, 10, 0, 0.0, 0.0),
    ],
)
def test_event_loops_take_as_long_as_the_worker_that_drew_most(
    requests: int, tokens: int | None, largest: int, at_most_s: float, drawn_s: float
) -> None:
    """ceil(k / p) * s with s = 0.5, and at most ceil(n / p) * s."""
    most_s = theory.one_worker_makespan_s(requests=requests, tokens=tokens, service_s=0.5)

    assert most_s == at_most_s
    assert theory.drawn_makespan_s(largest=largest, tokens=tokens, service_s=0.5) == drawn_s


def test_a_makespan_by_that_of_its_draw_is_one() -> None:
    """Whatever the draw was; a wait of nothing divides by nothing."""
    assert theory.makespan_over_draw(tokens=10, service_s=0.5) == 1.0
    assert theory.makespan_over_draw(tokens=None, service_s=0.5) == 1.0
    with pytest.raises(ValueError, match="service_s=0: expected a time above 0"):
        theory.makespan_over_draw(tokens=10, service_s=0)
    with pytest.raises(ValueError, match="slots=0"):
        theory.makespan_over_draw(tokens=0, service_s=1)


@pytest.mark.parametrize(
    ("slots", "connections", "expected_s"),
    [(40, 20, 1.0), (20, 40, 1.0), (None, 20, 1.0), (40, 100, 0.5), (40, 40, 0.5)],
)
def test_pools_that_want_too_many_connections_share_what_there_is(
    slots: int | None, connections: int, expected_s: float
) -> None:
    """40 at once by the smaller number, with s = 0.5."""
    found = theory.shared_makespan_s(
        requests=40, slots=slots, connections=connections, service_s=0.5
    )

    assert found == expected_s


@pytest.mark.parametrize(("requests", "expected"), [(0, 0), (20, 0), (21, 1), (40, 20)])
def test_without_a_queue_what_is_too_much_is_turned_away(requests: int, expected: int) -> None:
    """max(0, n - m), with 20 connections."""
    assert theory.turned_away(requests=requests, connections=20) == expected
