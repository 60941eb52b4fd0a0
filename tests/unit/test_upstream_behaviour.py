"""What the dial can be set to, and what it refuses."""

import pytest

from mock_upstream.behaviour import Behaviour
from mock_upstream.problems import Problem


def test_a_field_left_out_keeps_its_value() -> None:
    """A change names only what it changes."""
    before = Behaviour(delay_ms=250.0, error_rate=0.5)

    assert before.changed({"delay_ms": 100}) == Behaviour(delay_ms=100.0, error_rate=0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delay_ms", -1),
        ("delay_ms", 60_001),
        ("delay_ms", 10**400),
        ("delay_ms", True),
        ("delay_ms", "1"),
        ("delay_ms", None),
        ("delay_ms", [1]),
        ("delay_ms", float("nan")),
        ("delay_ms", float("inf")),
        ("spread_ms", -0.1),
        ("spread_ms", False),
        ("sigma", 3.1),
        ("sigma", "0.5"),
        ("distribution", "normal"),
        ("distribution", None),
        ("distribution", ["fixed"]),
        ("error_rate", 1.1),
        ("error_rate", -0.1),
        ("hang_rate", 2),
        ("reset_rate", "all"),
        ("error_status", 499),
        ("error_status", 600),
        ("error_status", 503.0),
        ("error_status", True),
        ("seed", 1.5),
        ("seed", "1"),
        ("seed", True),
    ],
)
def test_an_impossible_value_is_refused_by_name(name: str, value: object) -> None:
    """The sentence names the field, the value and what would do."""
    with pytest.raises(Problem, match=rf"^{name}=.*: expected ") as refused:
        Behaviour().changed({name: value})
    assert refused.value.status == 400


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    """A misspelt field must not look as if it had worked."""
    with pytest.raises(Problem, match="'delay' is no field: expected delay_ms, distribution"):
        Behaviour().changed({"delay": 5})


def test_rates_add_up_to_one_at_most() -> None:
    """A request has one fault at most, so the rates share one whole."""
    Behaviour().changed({"error_rate": 0.7, "hang_rate": 0.2, "reset_rate": 0.1})
    with pytest.raises(Problem, match="error_rate=0.8, hang_rate=0.2, reset_rate=0.1"):
        Behaviour().changed({"error_rate": 0.8, "hang_rate": 0.2, "reset_rate": 0.1})


@pytest.mark.parametrize(("delay_ms", "spread_ms"), [(100, 101), (59_000, 1001)])
def test_a_uniform_spread_stays_within_possible_waits(delay_ms: float, spread_ms: float) -> None:
    """No draw may be below 0 or above 60 s."""
    fields = {"distribution": "uniform", "delay_ms": delay_ms, "spread_ms": spread_ms}
    with pytest.raises(Problem, match=rf"^spread_ms={spread_ms}\.0: expected at most"):
        Behaviour().changed(fields)


def test_a_spread_out_of_use_stops_nobody_from_turning_the_delay_down() -> None:
    """spread_ms means nothing to other distributions, so it is not held against them."""
    spread = Behaviour().changed({"distribution": "uniform", "spread_ms": 300})

    assert spread.changed({"distribution": "fixed", "delay_ms": 0}).delay_ms == 0
