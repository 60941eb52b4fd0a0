"""Predictions for each kind of load, against numbers worked out by hand."""

import pytest

from lab.live.load import LoadPrediction, TargetLoad, predict
from lab.theory import Station, Way


def one(slots: int | None, service_s: float) -> Way:
    """A way with one station."""
    return (Station("worker", slots, service_s),)


@pytest.mark.parametrize(
    ("users", "think_s", "slots", "service_s", "expected"),
    [
        # 20 on 4 slots: 4 / 1 = 4; R = 20 / 4 = 5.
        (20, 0.0, 4, 1.0, LoadPrediction(4.0, 5.0)),
        # 2 on 4 slots: 2 / 1 = 2; nobody waits.
        (2, 0.0, 4, 1.0, LoadPrediction(2.0, 1.0)),
        # 40 that think 4 s: 4 at most; R = 40 / 4 - 4 = 6.
        (40, 4.0, 4, 1.0, LoadPrediction(4.0, 6.0)),
        (1, 1.0, 4, 1.0, LoadPrediction(0.5, 1.0)),
        # No limit: 500 / 1.
        (500, 0.0, None, 1.0, LoadPrediction(500.0, 1.0)),
        # No wait, but a pause of 2 s: 10 / 2 = 5.
        (10, 2.0, 4, 0.0, LoadPrediction(5.0, 0.0)),
        # Users that neither wait nor pause have no rate, and no user has none.
        (10, 0.0, 4, 0.0, LoadPrediction(None, None)),
        (0, 0.0, 4, 1.0, LoadPrediction(None, None)),
    ],
)
@pytest.mark.parametrize("kind", ["closed", "steps"])
def test_users_are_bounded_by_themselves_and_by_the_slots(
    kind: str,
    users: int,
    think_s: float,
    slots: int | None,
    service_s: float,
    expected: LoadPrediction,
) -> None:
    """X = min(N / (s + z), c / s) and R = max(s, N / X - z), at any time."""
    load = TargetLoad(kind=kind, users=users, think_s=think_s)

    assert predict(load, way=one(slots, service_s), elapsed_s=0.0) == expected
    assert predict(load, way=one(slots, service_s), elapsed_s=99.0) == expected


@pytest.mark.parametrize(
    ("arrival_rate", "slots", "service_s", "elapsed_s", "expected"),
    [
        (3.0, 4, 1.0, 100.0, LoadPrediction(3.0, 1.0)),
        (90.0, None, 1.0, 100.0, LoadPrediction(90.0, 1.0)),
        # 8 on 4 slots: 4 leave; 1 + (11 - 1) * (1 - 4 / 8) = 6.
        (8.0, 4, 1.0, 11.0, LoadPrediction(4.0, 6.0)),
        # The schedule begins a moment after the run.
        (8.0, 4, 1.0, -0.2, LoadPrediction(4.0, 1.0)),
        # At most 100 in flight, which leave at 4 per second: 100 / 4 = 25.
        (8.0, 4, 1.0, 1000.0, LoadPrediction(4.0, 25.0)),
        # No slot limit, but no more in flight than 100: 100 / 1 leave, and nobody waits.
        (300.0, None, 1.0, 1000.0, LoadPrediction(100.0, 1.0)),
        (8.0, 4, 0.0, 100.0, LoadPrediction(8.0, 0.0)),
    ],
)
def test_arrivals_leave_as_they_come_or_wait_longer_and_longer(
    arrival_rate: float,
    slots: int | None,
    service_s: float,
    elapsed_s: float,
    expected: LoadPrediction,
) -> None:
    """X = min(a, c / s); above capacity R grows until as many are in flight as allowed."""
    load = TargetLoad(kind="open", arrival_rate=arrival_rate, max_in_flight=100)

    assert predict(load, way=one(slots, service_s), elapsed_s=elapsed_s) == expected


@pytest.mark.parametrize(
    ("size", "every_s", "slots", "elapsed_s", "expected"),
    [
        # 16 each 5 s on 4 slots: 3.2 per second, the slowest after 16 / 4 = 4 waves.
        (16, 5.0, 4, 100.0, LoadPrediction(3.2, 4.0)),
        (16, 5.0, None, 100.0, LoadPrediction(3.2, 1.0)),
        # 5 each 1.5 s overlap, but 5 / 1.5 is below 4: still two waves.
        (5, 1.5, 4, 99.0, LoadPrediction(5 / 1.5, 2.0)),
        # 16 each 2 s are 8 per second: 4 + (12 - 4) * (1 - 4 / 8) = 8.
        (16, 2.0, 4, 12.0, LoadPrediction(4.0, 8.0)),
        # 300 each 5 s of which 100 are sent: 20 per second, or 4 with 4 slots, 100 / 4 = 25 s.
        (300, 5.0, None, 99.0, LoadPrediction(20.0, 1.0)),
        (300, 5.0, 4, 99.0, LoadPrediction(4.0, 25.0)),
    ],
)
def test_bursts_last_a_makespan_or_wait_for_those_before(
    size: int, every_s: float, slots: int | None, elapsed_s: float, expected: LoadPrediction
) -> None:
    """X = min(n / e, c / s) on average, R = ceil(n / c) * s for the slowest, with s = 1."""
    load = TargetLoad(kind="burst", burst_size=size, burst_every_s=every_s, max_in_flight=100)

    assert predict(load, way=one(slots, 1.0), elapsed_s=elapsed_s) == expected


@pytest.mark.parametrize("kind", ["closed", "burst", "open", "steps"])
def test_nothing_is_predicted_where_nothing_waits(kind: str) -> None:
    """Theory is about waiting: it has no number for /json."""
    load = TargetLoad(kind=kind, users=20)

    assert predict(load, way=None, elapsed_s=9.0) == LoadPrediction(None, None)
