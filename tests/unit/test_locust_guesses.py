"""Guesses of a room: kept for one run, bounded, and without a name."""

from typing import Any

import pytest
from guesses import LONGEST_NAME, MOST, MOST_GUESSERS, Guesses, RefusedError


def guess(
    guesses: Guesses,
    number: object = 4,
    *,
    by: str = "one",
    unit: object = "rps",
    is_on: bool = False,
) -> None:
    """One guess of flask-svc."""
    guesses.add("flask-svc", by, number, unit, is_on=is_on)


def numbers(guesses: Guesses) -> Any:
    return guesses.described()["targets"]


def test_each_guesser_has_one_guess() -> None:
    """The last; the names are not told."""
    guesses = Guesses()
    for number, by in ((9, "one"), (4, "one"), (20, "two")):
        guess(guesses, number, by=by)

    assert numbers(guesses) == {"flask-svc": [4.0, 20.0]}


def test_a_run_ends_a_round() -> None:
    """What was guessed stays to be compared, until somebody guesses the next run."""
    guesses = Guesses()
    guess(guesses)
    guesses.end_round()
    assert numbers(guesses) == {"flask-svc": [4.0]}

    guess(guesses, 7, by="two")

    assert numbers(guesses) == {"flask-svc": [7.0]}


@pytest.mark.parametrize("number", [None, "4", True, float("nan"), float("inf"), -1, MOST + 1, [4]])
def test_what_is_no_guess_is_refused(number: Any) -> None:
    """With a sentence; nothing is kept of it."""
    guesses = Guesses()

    with pytest.raises(RefusedError, match="expected a number"):
        guess(guesses, number)
    assert numbers(guesses) == {}


def test_a_guess_during_the_run_is_too_late() -> None:
    """It would be no guess."""
    with pytest.raises(RefusedError, match="has begun"):
        guess(Guesses(), is_on=True)


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_NAME + 1)])
def test_a_guesser_has_a_short_name(name: str) -> None:
    """It is made up by a browser."""
    with pytest.raises(RefusedError, match="characters"):
        guess(Guesses(), by=name)


def test_no_more_are_kept_than_a_room_has() -> None:
    """Those who have guessed may still change their guess."""
    guesses = Guesses()
    for number in range(MOST_GUESSERS):
        guess(guesses, by=str(number))

    with pytest.raises(RefusedError, match="no more"):
        guess(guesses, by="one too many")
    guess(guesses, 5, by="0")
    assert numbers(guesses)["flask-svc"][-1] == 5.0


def test_all_numbers_of_a_round_have_one_unit() -> None:
    """That of its first guess; another makes no histogram with it."""
    guesses = Guesses()
    guess(guesses, unit="s")

    with pytest.raises(RefusedError, match="seconds to the last answer now"):
        guess(guesses, by="two", unit="rps")
    assert guesses.described() == {
        "unit": "s",
        "asked": "s",
        "is_over": False,
        "targets": {"flask-svc": [4.0]},
    }


def test_the_room_is_asked_for_a_unit() -> None:
    """Guesses in another are dropped; those in the same one stay."""
    guesses = Guesses()
    guess(guesses, unit="rps")
    guesses.ask("rps", is_on=False)
    assert numbers(guesses) == {"flask-svc": [4.0]}

    guesses.ask("s", is_on=False)

    assert numbers(guesses) == {}
    with pytest.raises(RefusedError, match="guess again"):
        guess(guesses, unit="rps")


def test_a_question_leaves_the_last_round_in_sight() -> None:
    """Until the first guess; then the new round has the unit that was asked for."""
    guesses = Guesses()
    guess(guesses, unit="rps")
    guesses.end_round()
    guesses.ask("s", is_on=False)
    assert guesses.described() == {
        "unit": "rps",
        "asked": "s",
        "is_over": True,
        "targets": {"flask-svc": [4.0]},
    }

    guess(guesses, 2, unit="s")

    assert guesses.described()["unit"] == "s"
    assert numbers(guesses) == {"flask-svc": [2.0]}


def test_a_question_ends_with_the_run() -> None:
    """Also where nobody answered it."""
    guesses = Guesses()
    guesses.ask("s", is_on=False)
    guesses.end_round()

    guess(guesses, unit="rps")

    assert guesses.described()["unit"] == "rps"


@pytest.mark.parametrize("unit", ["ms", "", None, 1, ["s"]])
def test_an_unknown_unit_is_refused(unit: object) -> None:
    """In a question and in a guess."""
    for say in (Guesses().ask, lambda unit, *, is_on: guess(Guesses(), unit=unit, is_on=is_on)):
        with pytest.raises(RefusedError, match="expected one of rps, s"):
            say(unit, is_on=False)


def test_nothing_is_asked_during_a_run() -> None:
    """The answers would be late."""
    with pytest.raises(RefusedError, match="has begun"):
        Guesses().ask("s", is_on=True)
