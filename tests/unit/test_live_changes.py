"""What was changed and when: noticed by its words, numbered, kept for as long as it is shown."""

from typing import Any

import pytest

from lab.live.changes import KEEP, Changes, dial_in_words

DIAL: dict[str, Any] = {
    "delay_ms": 1000.0,
    "distribution": "fixed",
    "spread_ms": 0.0,
    "sigma": 0.0,
    "error_rate": 0.0,
    "hang_rate": 0.0,
    "reset_rate": 0.0,
}
FLASK = {"flask-svc": "4 sync workers"}


@pytest.fixture
def changes() -> Changes:
    """After a first look at 100 s."""
    made = Changes()
    made.look(100.0, FLASK | {"upstream": "1,000 ms"})
    return made


def test_what_becomes_known_has_not_changed(changes: Changes) -> None:
    """Neither at first, nor for a target that answers later, nor after a silence."""
    assert not changes.look(101.0, FLASK | {"fastapi-svc": "4 workers, 40 pool tokens each"})
    assert not changes.look(102.0, {})
    assert not changes.look(103.0, FLASK)
    assert changes.rows(103) == []


def test_each_part_that_differs_is_a_row(changes: Changes) -> None:
    """With its kind, its new words and its time, also where two are noticed together."""
    assert changes.look(101.25, {"upstream": "200 ms", "flask-svc": "1 sync worker"})
    assert not changes.look(101.75, {"upstream": "200 ms", "flask-svc": "1 sync worker"})

    assert changes.rows(110) == [
        {
            "number": 1,
            "at_s": 101.25,
            "t_s": -8.75,
            "what": "upstream: 200 ms",
            "kind": "upstream",
        },
        {
            "number": 2,
            "at_s": 101.25,
            "t_s": -8.75,
            "what": "flask-svc: 1 sync worker",
            "kind": "shape",
        },
    ]


def test_a_change_after_a_silence_is_noticed(changes: Changes) -> None:
    """The words before it are remembered."""
    changes.look(101.0, {})

    assert changes.look(102.0, {"flask-svc": "1 sync worker"})


def test_only_what_the_charts_show_is_told(changes: Changes) -> None:
    """Nothing after their end, nothing more than a minute before it."""
    changes.look(101.0, {"upstream": "200 ms"})
    changes.look(150.0, {"upstream": "300 ms"})

    def numbers(end_s: float) -> list[int]:
        return [row["number"] for row in changes.rows(end_s)]

    assert numbers(100) == []
    assert numbers(149) == [1]
    assert numbers(161) == [1, 2]
    assert numbers(162) == [2]


def test_the_last_ones_are_kept_under_their_numbers(changes: Changes) -> None:
    """Somebody may move a slider to and fro."""
    for turn in range(KEEP + 5):
        changes.look(101.0 + turn, {"upstream": f"{turn} ms"})

    numbers = [row["number"] for row in changes.rows(101.0 + KEEP + 5)]
    assert numbers == list(range(6, KEEP + 6))


def test_a_run_begins_without_changes(changes: Changes) -> None:
    """What was set before it stays known."""
    changes.look(101.0, {"upstream": "200 ms"})
    changes.forget()

    assert changes.rows(102) == []
    assert not changes.look(102.0, {"upstream": "200 ms"})
    changes.look(103.0, {"upstream": "300 ms"})
    assert [row["number"] for row in changes.rows(104)] == [1]


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        ({}, "1,000 ms"),
        ({"delay_ms": 0.5}, "0.5 ms"),
        ({"distribution": "uniform", "spread_ms": 50.0}, "1,000 ms ± 50 ms"),
        ({"distribution": "lognormal", "sigma": 0.5}, "1,000 ms lognormal, sigma 0.5"),
        ({"error_rate": 0.3, "hang_rate": 0.01}, "1,000 ms, 30 % errors, 1 % hang"),
        ({"reset_rate": 1.0}, "1,000 ms, 100 % resets"),
        ({"spread_ms": 50.0, "sigma": 0.5}, "1,000 ms"),
        ({"delay_ms": 200.0, "hang_rate": 1.0}, "frozen"),
    ],
)
def test_the_dial_in_words(turned: dict[str, Any], words: str) -> None:
    """What has no effect is left out."""
    assert dial_in_words(DIAL | turned) == words
