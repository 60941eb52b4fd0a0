"""exercise.toml: what it may say, and the one sentence about what it may not."""

from pathlib import Path

import made_exercise
import pytest

from lab.experiments.toml_table import ExperimentFileError
from lab.runtime import RuntimeProblem
from workshop.exercises import exercise_catalogue, exercise_file
from workshop.exercises.exercise import Honest, Requirement


def test_an_exercise_is_what_its_file_says(tmp_path: Path) -> None:
    """With the task as it stands, line by line, and what is left out as it usually is."""
    found = exercise_file.read(made_exercise.slots(tmp_path))

    assert (found.name, found.number, found.title, found.minutes) == (
        "01-slots",
        "01",
        "One wave",
        5,
    )
    assert found.task.splitlines() == [
        "Four people ask at once, and flask-svc has one worker.",
        "Answer all of them in one wave.",
    ]
    assert (found.change, found.settings, found.edit) == ("settings", ("FLASK_WORKERS",), ())
    assert found.requirements[0] == Requirement(
        cell="flask-svc",
        metric="makespan_s",
        at_most=0.6,
        hint="How many workers make one wave?",
    )
    assert found.honest == Honest(calls_per_request=1.0, held_s_per_request=None)


def test_every_key_can_be_said(tmp_path: Path) -> None:
    """Bounds on both sides, words, another cell to divide by, and what honesty takes."""
    toml = made_exercise.SLOTS + (
        'at_least = 4\ntimes = "flask-svc"\n'
        '[[require]]\ncell = "flask-svc"\nmetric = "FLASK_WORKER_CLASS"\n'
        'one_of = ["gthread", "gevent"]\n'
        "[honest]\ncalls_per_request = 3\nheld_s_per_request = 2.5\n"
    )
    found = exercise_file.read(made_exercise.slots(tmp_path, toml))

    assert found.requirements[1].at_least == 4
    assert found.requirements[1].times == "flask-svc"
    assert found.requirements[2].one_of == ("gthread", "gevent")
    assert found.honest == Honest(calls_per_request=3, held_s_per_request=2.5)


def test_a_file_of_ones_own_is_a_load_or_a_worksheet(tmp_path: Path) -> None:
    """No other is read; and what is to be edited must be there at the start."""
    toml = made_exercise.CALLS.replace('"code"', '"file"').replace(
        "fastapi_svc/app.py", "load.toml"
    )
    folder = made_exercise.calls(tmp_path, toml)
    with pytest.raises(ExperimentFileError, match=r"edit = load\.toml|edit = \"load\.toml\""):
        exercise_file.read(folder)
    (folder / "start/load.toml").write_text("")
    assert exercise_file.read(folder).edit == ("load.toml",)


WRONG = {
    "an unknown key": ('title = "', 'tittle = "?"\ntitle = "', "tittle is no key here"),
    "an unknown key of a requirement": ("at_most = 4", "at_most = 4\nat_mots = 5", "at_mots"),
    "no title": ('title = "One wave"', "", "title is missing"),
    "no task": (
        "Four people ask at once, and flask-svc has one worker.\nAnswer all of them in one wave.",
        " ",
        "task = ",
    ),
    "another kind": ('change = "settings"', 'change = "luck"', "change = "),
    "no such setting": ('["FLASK_WORKERS"]', '["FLASK_WORKRES"]', "settings"),
    "settings that the start does not have": (
        '["FLASK_WORKERS"]',
        '["FLASK_WORKERS", "FLASK_THREADS"]',
        "those of start/env, and all",
    ),
    "no such metric": ('"workers"', '"workerz"', "a metric of docs/results.md, workers"),
    "a metric without a bound": ("at_most = 4\n", "", "at_least or at_most with it"),
    "words for a number": ("at_most = 4\n", 'one_of = ["four"]\n', "no words for what is a number"),
    "both kinds of bound": ("at_most = 4\n", 'at_most = 4\none_of = ["4"]\n', "or one_of"),
    "a number that is none": ("at_most = 4", 'at_most = "4"', 'at_most = "4"'),
    "minutes that are none": ("minutes = 5", "minutes = 0", "minutes = 0"),
    "no TOML": ("minutes = 5", "minutes = = 5", "expected TOML"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_one_sentence_with_file_and_key(tmp_path: Path, what: str) -> None:
    """For whoever writes exercises."""
    old, new, said = WRONG[what]
    toml = made_exercise.SLOTS.replace(old, new, 1)
    assert toml != made_exercise.SLOTS

    with pytest.raises(ExperimentFileError) as problem:
        exercise_file.read(made_exercise.slots(tmp_path, toml))
    assert str(problem.value).startswith("01-slots/exercise.toml: ")
    assert said in str(problem.value)
    assert "\n" not in str(problem.value).split("expected TOML")[0]


def test_an_exercise_without_requirements_or_load_is_none(tmp_path: Path) -> None:
    """It could neither be failed nor measured."""
    folder = made_exercise.slots(tmp_path, made_exercise.SLOTS.partition("[[require]]")[0])
    with pytest.raises(ExperimentFileError, match="require"):
        exercise_file.read(folder)

    folder = made_exercise.slots(tmp_path)
    (folder / "load.toml").unlink()
    with pytest.raises(ExperimentFileError, match=r"01-slots/load\.toml: no such file"):
        exercise_file.read(folder)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A folder with 01-slots, 02-calls and 02b-calls-again, and something that is no exercise."""
    made_exercise.slots(tmp_path)
    made_exercise.calls(tmp_path).rename(tmp_path / "02b-calls-again")
    made_exercise.calls(tmp_path)
    (tmp_path / "03-nothing").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("01", "01-slots"),
        ("1", "01-slots"),
        ("01-slots", "01-slots"),
        ("01-sl", "01-slots"),
        (" 2 ", "02-calls"),
        ("02", "02-calls"),
        ("02b", "02b-calls-again"),
        ("2b", "02b-calls-again"),
    ],
)
def test_an_exercise_has_a_number_and_a_name(several: Path, text: str, name: str) -> None:
    """A letter behind the number is another exercise."""
    assert exercise_catalogue.find(text, several).name == name


@pytest.mark.parametrize("text", ["7", "03", "0", "02c", "01x"])
def test_an_unknown_one_is_told_with_the_list(several: Path, text: str) -> None:
    """One sentence, and whoever mistyped can go on from it."""
    with pytest.raises(RuntimeProblem) as problem:
        exercise_catalogue.find(text, several)
    assert str(problem.value) == (
        f'"{text}": no exercise of that name: expected one of 01-slots, 02-calls, 02b-calls-again'
    )


@pytest.mark.parametrize("text", ["slots", "01-slot-s", "01-solts"])
def test_a_misspelt_one_is_told_with_the_right_one(several: Path, text: str) -> None:
    """And not with the others."""
    with pytest.raises(RuntimeProblem) as problem:
        exercise_catalogue.find(text, several)
    assert str(problem.value) == f'"{text}": no exercise of that name: expected 01-slots'


def test_a_wrong_file_stops_the_command_with_its_sentence(several: Path) -> None:
    """As any problem of the lab does."""
    path = several / "01-slots/exercise.toml"
    path.write_text(path.read_text().replace("minutes = 5", "minutes = 'five'"))

    with pytest.raises(RuntimeProblem, match=r"01-slots/exercise\.toml: minutes"):
        exercise_catalogue.find("01", several)


def test_every_exercise_of_the_handouts_can_be_read() -> None:
    """The list that `make exercise` prints has all of their folders."""
    folders = {each.name for each in exercise_catalogue.FOLDER.iterdir() if each.name[:2].isdigit()}

    assert {each.name for each in exercise_catalogue.all_of_them()} == folders
