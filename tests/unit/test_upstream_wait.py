"""Hold times of each kind of dial, against closed forms and against draws of the dial itself."""

from math import exp, log
from statistics import NormalDist
from typing import Any

import pytest

from lab import upstream_wait
from mock_upstream.behaviour import Behaviour
from mock_upstream.dial import Dial, Fault

PHI = NormalDist().cdf
TIMEOUT_S = 65.0


def behaviour(**fields: Any) -> dict[str, Any]:
    """What GET /behaviour answers once these fields are set."""
    return Behaviour().changed(fields).as_dict()


@pytest.mark.parametrize(
    ("fields", "parts", "expected_s"),
    [
        ({}, 1, 1.0),
        ({}, 2, 0.5),  # each part waits for its share
        ({"delay_ms": 0}, 2, 0.0),
        ({"delay_ms": 60_000}, 1, 60.0),
        ({"error_rate": 0.3}, 1, 1.0),  # an error comes after the wait
        ({"error_rate": 0.3, "reset_rate": 0.2}, 2, 0.5),
    ],
)
def test_a_fixed_delay_is_held_exactly(
    fields: dict[str, Any], parts: int, expected_s: float
) -> None:
    """To the last bit, since every wait is the same."""
    dial = behaviour(**fields)

    assert upstream_wait.expected_hold_s(dial, parts=parts, timeout_s=TIMEOUT_S) == expected_s
    assert upstream_wait.longest_hold_s(dial, parts=parts, timeout_s=TIMEOUT_S) == expected_s


@pytest.mark.parametrize(
    ("fields", "parts", "expected_s"),
    [
        # Uniform: the mean is the middle; of two draws the larger lies a sixth of the width above.
        ({"distribution": "uniform", "spread_ms": 600}, 1, 1.0),
        ({"distribution": "uniform", "spread_ms": 600}, 2, (1.0 + 1.2 / 6) / 2),
        ({"distribution": "uniform", "spread_ms": 600}, 3, (1.0 + 1.2 / 4) / 3),
        # Lognormal, m * exp(sigma^2 / 2); with the cap at 60 s far away.
        ({"distribution": "lognormal", "sigma": 0.5}, 1, exp(0.5**2 / 2)),
        # The larger of two lognormals: 2 * m * exp(sigma^2 / 2) * Phi(sigma / sqrt 2).
        (
            {"distribution": "lognormal", "sigma": 0.5},
            2,
            exp(0.5**2 / 2) * PHI(0.5 / 2**0.5),
        ),
        # Capped at 60 s: m * exp(sigma^2 / 2) * Phi(d - sigma) + 60 * (1 - Phi(d)).
        (
            {"distribution": "lognormal", "sigma": 3, "delay_ms": 10},
            1,
            0.01 * exp(4.5) * PHI(log(6000) / 3 - 3) + 60 * (1 - PHI(log(6000) / 3)),
        ),
        # No spread at all is a fixed delay.
        ({"distribution": "lognormal", "sigma": 0}, 2, 0.5),
        ({"distribution": "uniform", "spread_ms": 0}, 2, 0.5),
        # A tenth hangs until the time-out: 0.9 * 1 + 0.1 * 65.
        ({"hang_rate": 0.1}, 1, 7.4),
        # Of two parts, both must not hang: 0.81 * 0.5 + 0.19 * 65.
        ({"hang_rate": 0.1}, 2, 12.755),
    ],
)
def test_a_spread_delay_is_held_for_its_mean(
    fields: dict[str, Any], parts: int, expected_s: float
) -> None:
    """Closed forms from textbooks; the sum over the grid is within 0.02 % of them."""
    found = upstream_wait.expected_hold_s(behaviour(**fields), parts=parts, timeout_s=TIMEOUT_S)

    assert found == pytest.approx(expected_s, rel=2e-4)


def test_the_time_out_ends_what_takes_longer() -> None:
    """Uniform from 0 to 2 s, ended at 1 s: half of them wait 0.5 s on average, the others 1 s."""
    dial = behaviour(distribution="uniform", spread_ms=1000)

    assert upstream_wait.expected_hold_s(dial, parts=1, timeout_s=1.0) == pytest.approx(
        0.75, rel=2e-4
    )
    assert upstream_wait.longest_hold_s(dial, parts=1, timeout_s=1.0) == 1.0


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"distribution": "uniform", "spread_ms": 900, "error_rate": 0.5}, 2),
        ({"distribution": "lognormal", "sigma": 1, "error_rate": 0.1, "reset_rate": 0.1}, 8),
        ({"distribution": "lognormal", "sigma": 0.7, "hang_rate": 0.2, "error_rate": 0.3}, 3),
    ],
)
def test_what_the_dial_draws_holds_as_long_as_expected(fields: dict[str, Any], parts: int) -> None:
    """20,000 requests in parts, the first failure ending a request: the mean is within 3 %."""
    dial = Dial(Behaviour().changed({"seed": 5, **fields}))
    timeout_s = 5.0

    def hold_s() -> float:
        draws = [dial.draw() for _ in range(parts)]
        ends = [
            (timeout_s if fault is Fault.HANG else min(delay_ms / 1000 / parts, timeout_s), fault)
            for delay_ms, fault in draws
        ]
        failed = [end_s for end_s, fault in ends if fault]
        return min(failed) if failed else max(end_s for end_s, _ in ends)

    mean_s = sum(hold_s() for _ in range(20_000)) / 20_000

    found = upstream_wait.expected_hold_s(
        dial.behaviour.as_dict(), parts=parts, timeout_s=timeout_s
    )
    assert found == pytest.approx(mean_s, rel=0.03)


@pytest.mark.parametrize(
    ("fields", "parts", "expected_s"),
    [
        ({"distribution": "uniform", "spread_ms": 500}, 1, 1.499),  # 0.5 + 0.999 * 1
        ({"distribution": "lognormal", "sigma": 1}, 1, exp(NormalDist().inv_cdf(0.999))),
        ({"hang_rate": 0.002}, 1, TIMEOUT_S),
        ({"hang_rate": 0.0009}, 1, 1.0),  # rarer than one in a thousand
        ({"hang_rate": 0.0009}, 2, TIMEOUT_S),  # but not in two parts
    ],
)
def test_one_request_in_a_thousand_holds_longer_than_the_longest(
    fields: dict[str, Any], parts: int, expected_s: float
) -> None:
    """The quantile of 0.999, to the width of a step of the grid."""
    found = upstream_wait.longest_hold_s(behaviour(**fields), parts=parts, timeout_s=TIMEOUT_S)

    assert found == pytest.approx(expected_s, rel=0.025)


def test_a_request_fails_with_any_of_its_parts() -> None:
    """1 - (1 - 0.3)^2; rates that add up to 1 and a rounding error make all of them fail."""
    dial = behaviour(error_rate=0.1, hang_rate=0.1, reset_rate=0.1)

    assert upstream_wait.fault_share(dial, parts=1) == pytest.approx(0.3)
    assert upstream_wait.fault_share(dial, parts=2) == pytest.approx(0.51)
    assert upstream_wait.fault_share(behaviour(), parts=2) == 0.0
    full = behaviour(error_rate=0.7, hang_rate=0.2, reset_rate=0.1 + 1e-10)
    assert upstream_wait.fault_share(full, parts=3) == 1.0


def test_a_dial_that_nobody_knows_is_refused() -> None:
    """A distribution without a rule, and a number of parts that cannot be."""
    with pytest.raises(ValueError, match="distribution='pareto'"):
        upstream_wait.expected_hold_s(
            behaviour() | {"distribution": "pareto"}, parts=1, timeout_s=TIMEOUT_S
        )
    with pytest.raises(ValueError, match="parts=0"):
        upstream_wait.expected_hold_s(behaviour(), parts=0, timeout_s=TIMEOUT_S)
