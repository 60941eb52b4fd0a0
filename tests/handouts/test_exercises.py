"""Every exercise tells a solution from no solution, and from every dishonest one.

That its start is NOT YET and its solution is PASS is what its page shows, word for word:
test_walk.py follows that. Here are the cheats, each checked by a test of its own.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from lab import environment
from lab.environment import ROOT
from workshop.exercises import exercise_catalogue, exercise_screen, sandbox
from workshop.exercises.exercise import CODE, ENV, FILE, SETTINGS, SOLUTION, START, Exercise

CHECK = Path(__file__).with_name("exercises_check.py")
PAGES = sorted(ROOT.glob("handouts/[0-9][0-9]-*.md"))
PASSED, UNMEASURED, NOT_YET = 0, 1, 3
ATTEMPTS = 3
DEADLINE_S = 150.0

EXERCISES = exercise_catalogue.all_of_them()
# What they print differs too much from run to run to stand on a page.
NOT_SHOWN = ("08b",)
# These keep one process busy, and measure how quick it is.
QUICKNESS = ("04", "06b")
# One worker process: the task says so in a word.
SINGLE = {"1"}
CHEATS = [
    (each.number, f"cheats/{cheat.name}")
    for each in EXERCISES
    for cheat in sorted((each.folder / "cheats").glob("*"))
]


class Outcome(NamedTuple):
    """How a check ended, and all that it wrote."""

    code: int
    said: str


Asked = tuple[str, str]
"""Which exercise by its number, and which state of it."""


def run(asked: Asked, folder: Path) -> Outcome:
    """Check a state; once more where the check itself says that this machine was too busy."""
    for attempt in range(ATTEMPTS):
        root = folder / str(attempt)
        root.mkdir()
        done = subprocess.run(
            [sys.executable, str(CHECK), str(root), *asked],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        if done.returncode != UNMEASURED:
            break
    return Outcome(done.returncode, done.stdout)


@pytest.mark.workshop
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(asked, marks=[pytest.mark.alone] if asked[0] in QUICKNESS else [])
        for asked in CHEATS
    ],
    ids="-".join,
)
def test_a_cheat_is_told_why(asked: Asked, tmp_path: Path) -> None:
    """What gets the number without the lesson does not pass, and is told the reason."""
    number, cheat = asked
    reason = (exercise_catalogue.find(number).folder / cheat / "reason.txt").read_text().strip()

    outcome = run(asked, tmp_path)

    assert outcome.code == NOT_YET, outcome.said
    [verdict] = [line for line in outcome.said.splitlines() if line.startswith("NOT YET: ")]
    assert reason in verdict, outcome.said


@pytest.mark.workshop
@pytest.mark.parametrize(
    ("state", "code", "word"), [(START, NOT_YET, "NOT YET"), (SOLUTION, PASSED, "PASS")]
)
@pytest.mark.parametrize("number", NOT_SHOWN)
def test_what_no_page_shows_is_checked_here(
    number: str, state: str, code: int, word: str, tmp_path: Path
) -> None:
    """Doing nothing is not enough, and gets no hint yet; the solution passes."""
    outcome = run((number, state), tmp_path)

    assert outcome.code == code, outcome.said
    assert f"\n{word}: " in outcome.said
    assert ("\nNothing is changed yet: " in outcome.said) == (state == START)
    assert "\nHint: " not in outcome.said


@pytest.mark.parametrize(
    "exercise",
    [each for each in EXERCISES if each.number not in NOT_SHOWN],
    ids=lambda each: each.number,
)
def test_a_page_shows_its_start_and_its_solution(exercise: Exercise) -> None:
    """What is missing before the change that solves it, and nothing after it: the walk compares."""
    number = exercise.number
    check, solve = rf"^\$ make check N={number}$", rf"^<!-- walk: solve {number} -->$"
    [page] = [text for path in PAGES if re.search(check, text := path.read_text(), re.M)]
    shown = re.findall(rf"{check}\n(?:(?!```|\$ ).*\n)*|{solve}", page, re.M)

    before, solved, after = shown
    assert "NOT YET" in before
    assert re.fullmatch(solve, solved)
    assert "NOT YET" not in after
    assert "\nPASS: " in after or re.search(r" ok$", after, re.M)


@pytest.mark.parametrize(
    "exercise", [each for each in EXERCISES if each.number != "09"], ids=lambda each: each.number
)
def test_whoever_misses_a_requirement_gets_a_hint(exercise: Exercise) -> None:
    """Its own, or the exercise's; a sheet with gaps needs none."""
    assert exercise.requirements
    assert [each for each in exercise.requirements if not (each.hint or exercise.hint)] == []


def test_there_are_enough() -> None:
    """A workshop of three hours has eight exercises at least, and each has a cheat."""
    cheated = {number for number, _ in CHEATS}

    assert len(EXERCISES) >= 8
    assert cheated == {each.number for each in EXERCISES}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.number)
def test_a_solution_changes_only_what_may_be_changed(exercise: Exercise) -> None:
    """A solution is one that an attendee could have written."""
    start, solution = parts_of(exercise, START), parts_of(exercise, SOLUTION)
    may_change = {*exercise.settings, *exercise.edit}

    changed = {name for name in start | solution if start.get(name) != solution.get(name)}

    assert changed
    assert changed <= may_change


def parts_of(exercise: Exercise, state: str) -> dict[str, str]:
    """What a state is made of, by name: settings, or the files of mine/."""
    if exercise.change == SETTINGS:
        return environment.read(exercise.folder / state / ENV)
    return {str(place): path.read_text() for place, path in sandbox.state(exercise, state).items()}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.number)
def test_nothing_in_a_folder_goes_unread(exercise: Exercise) -> None:
    """Every file of a state is settings, or a file that lies over mine/, or a cheat's reason."""
    names = {START, SOLUTION, *(cheat for number, cheat in CHEATS if number == exercise.number)}
    for state in sorted(names):
        folder = exercise.folder / state
        files = {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        known = {"reason.txt"} if state.startswith("cheats/") else set()
        known |= {ENV} if exercise.change == SETTINGS else set(exercise.edit)

        assert files <= known
        assert files - {"reason.txt"}


@pytest.mark.parametrize(
    "exercise",
    [each for each in EXERCISES if each.change == SETTINGS],
    ids=lambda each: each.number,
)
def test_no_table_gives_a_setting_of_the_solution_away(exercise: Exercise) -> None:
    """What a check shows before anything is changed: a bound is in the task, or not the answer."""
    start, solution = parts_of(exercise, START), parts_of(exercise, SOLUTION)
    wanted = {value for name, value in solution.items() if start[name] != value}
    for each in exercise.requirements:
        shown = re.findall(r"\d+", exercise_screen._bound(each))

        assert (wanted & set(shown)) - set(re.findall(r"\d+", exercise.task)) <= SINGLE, shown


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.number)
def test_each_requirement_has_a_hint(exercise: Exercise) -> None:
    """Whoever misses a number is nudged, in a sentence."""
    for each in exercise.requirements:
        hint = each.hint or exercise.hint

        assert hint.endswith((".", "?"))
        assert "\n" not in hint


@pytest.mark.parametrize(
    "exercise",
    [each for each in EXERCISES if each.change != SETTINGS],
    ids=lambda each: each.number,
)
def test_what_is_to_be_edited_is_short(exercise: Exercise) -> None:
    """An attendee reads a file whole before changing it."""
    assert exercise.change in (CODE, FILE)
    for each in exercise.edit:
        assert len((exercise.folder / START / each).read_text().splitlines()) <= 80
