"""What the dial draws for each request."""

from collections import Counter
from statistics import median

import pytest

from mock_upstream.behaviour import Behaviour
from mock_upstream.dial import Dial, Draw, Fault
from mock_upstream.problems import Problem

DRAWS = 4000


def draws(dial: Dial, count: int = DRAWS) -> list[Draw]:
    return [dial.draw() for _ in range(count)]


def test_fixed_draws_are_the_delay() -> None:
    """Without a distribution and rates every request gets the same."""
    assert set(draws(Dial(Behaviour(delay_ms=70)))) == {Draw(70, None)}


def test_uniform_draws_fill_their_range_and_no_more() -> None:
    """All draws lie within the spread, and they reach its ends."""
    dial = Dial(Behaviour(delay_ms=100, distribution="uniform", spread_ms=40, seed=1))
    delays_ms = [draw.delay_ms for draw in draws(dial)]

    assert 60 <= min(delays_ms) < 61
    assert 139 < max(delays_ms) <= 140


def test_lognormal_draws_have_the_delay_as_their_median() -> None:
    """Half of the draws are below delay_ms, however long the tail is."""
    dial = Dial(Behaviour(delay_ms=100, distribution="lognormal", sigma=1, seed=1))

    assert median(draw.delay_ms for draw in draws(dial)) == pytest.approx(100, rel=0.05)


def test_lognormal_draws_are_cut_at_a_minute() -> None:
    """A tail beyond 60 s waits 60 s."""
    dial = Dial(Behaviour(delay_ms=50_000, distribution="lognormal", sigma=3, seed=1))

    assert max(draw.delay_ms for draw in draws(dial)) == 60_000


def test_faults_come_as_often_as_their_rates_say() -> None:
    """Each rate is a share of all requests, not of what the others left."""
    dial = Dial(Behaviour(error_rate=0.2, hang_rate=0.3, reset_rate=0.1, seed=1))
    faults = Counter(draw.fault for draw in draws(dial))

    expected = {Fault.ERROR: 0.2, Fault.HANG: 0.3, Fault.RESET: 0.1, None: 0.4}
    for fault, share in expected.items():
        assert faults[fault] / DRAWS == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_rate_of_one_spares_nobody(fault: Fault) -> None:
    """Every request has the fault."""
    dial = Dial(Behaviour().changed({f"{fault.value}_rate": 1}))

    assert {draw.fault for draw in draws(dial, 100)} == {fault}


RANDOM = {"distribution": "lognormal", "sigma": 1, "error_rate": 0.3, "reset_rate": 0.3}


def test_the_same_seed_draws_the_same_sequence() -> None:
    """Delays and faults alike, also when the seed is set again in between."""
    dial = Dial(Behaviour())
    dial.change({**RANDOM, "seed": 7})
    first = draws(dial, 50)
    dial.change({"seed": 7})

    assert draws(dial, 50) == first
    assert len(set(first)) > 40


def test_a_change_without_a_seed_goes_on_with_the_sequence() -> None:
    """Turning the delay does not deal the same faults again."""
    dial = Dial(Behaviour())
    dial.change({**RANDOM, "seed": 7})
    first = draws(dial, 50)
    dial.change({"delay_ms": 1000})

    assert draws(dial, 50) != first


def test_a_refused_change_changes_nothing() -> None:
    """Neither the good fields of it nor the sequence."""
    dial = Dial(Behaviour())
    dial.change({**RANDOM, "seed": 7})
    expected, before = draws(dial, 50), dial.behaviour
    dial.change({"seed": 7})
    with pytest.raises(Problem):
        dial.change({"delay_ms": 5, "seed": 8, "sigma": 99})

    assert dial.behaviour == before
    assert draws(dial, 50) == expected


def test_restoring_gives_back_the_start() -> None:
    """Whatever was dialled in between."""
    dial = Dial(Behaviour(delay_ms=70))
    dial.change({**RANDOM, "seed": 7})

    assert dial.restore() == Behaviour(delay_ms=70)
    assert dial.draw() == Draw(70, None)
