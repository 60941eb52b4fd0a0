"""Passes of a room: bounded, with names that can be shown, and the first time of each."""

from typing import Any

import pytest
from passes import MOST_EXERCISES, MOST_NAMES, Passes, RefusedError

from lab import attendee


def test_a_row_for_each_name_and_a_count_for_each_exercise() -> None:
    """Names in the order of a list, exercises in that of the handouts."""
    passes = Passes()
    for at_s, (name, exercise) in enumerate([("bob", "05b"), ("Ada", "05"), ("Ada", "05b")]):
        passes.add(name, exercise, at_s)

    told = passes.described()

    assert told["names"] == [
        {"name": "Ada", "passed": {"05": 1, "05b": 2}},
        {"name": "bob", "passed": {"05b": 0}},
    ]
    assert told["exercises"] == [
        {"number": "05", "passed_by": 1},
        {"number": "05b", "passed_by": 2},
    ]
    assert told["newest"] == {"name": "Ada", "exercise": "05b", "at_s": 2}


def test_no_pass_is_no_newest() -> None:
    """As at the start of a lab."""
    assert Passes().described() == {"names": [], "exercises": [], "newest": None}


def test_a_second_pass_of_the_same_exercise_is_no_news() -> None:
    """Its time is that of the first."""
    passes = Passes()
    for at_s, exercise in enumerate(["01", "02", "01"]):
        passes.add("Ada", exercise, at_s)

    assert passes.by_name == {"Ada": {"01": 0, "02": 1}}
    assert passes.newest == ("Ada", "02")


@pytest.mark.parametrize("name", ["Zoe\u0308", " Zoë ", "Zoë"])
def test_what_looks_the_same_is_one_name(name: str) -> None:
    """However the letters came, and whatever stands around them."""
    passes = Passes()
    passes.add(name, "01", 0)

    assert list(passes.by_name) == ["Zoë"]


@pytest.mark.parametrize(
    "name",
    [None, 4, [], "", "  ", "x" * (attendee.LONGEST + 1), "A\nB", "A\tB", "\u202eadA", "\x1b[2J"],
)
def test_a_name_that_cannot_be_shown_is_refused(name: Any) -> None:
    """With a sentence; nothing is kept of it."""
    passes = Passes()

    with pytest.raises(RefusedError, match=r"^name: expected .*\.$"):
        passes.add(name, "01", 0)
    assert passes.by_name == {}


@pytest.mark.parametrize("exercise", [None, 1, "", "1", "001", "05B", "05bb", "٠١", "01\n", "<b>"])
def test_what_is_no_exercise_is_refused(exercise: Any) -> None:
    """Its number has two digits, and a letter where it is a harder one."""
    passes = Passes()

    with pytest.raises(RefusedError, match="exercise: expected a number"):
        passes.add("Ada", exercise, 0)
    assert passes.by_name == {}


def test_no_more_names_are_kept_than_a_room_has() -> None:
    """Attendees who are there may still pass."""
    passes = Passes()
    for number in range(MOST_NAMES):
        passes.add(f"attendee {number}", "01", 0)

    with pytest.raises(RefusedError, match="no more"):
        passes.add("one too many", "01", 0)
    passes.add("attendee 0", "02", 0)
    assert len(passes.by_name) == MOST_NAMES
    assert passes.newest == ("attendee 0", "02")


def test_no_more_exercises_are_kept_than_a_table_can_show() -> None:
    """An exercise that is there may still be passed."""
    passes = Passes()
    for number in range(MOST_EXERCISES):
        passes.add("Ada", f"{number:02}", 0)

    with pytest.raises(RefusedError, match="no more"):
        passes.add("Ada", "99", 0)
    passes.add("Grace", "00", 0)
    assert passes.newest == ("Grace", "00")
