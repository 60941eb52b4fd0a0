"""The list of exercises, and the search for one by name or number."""

import re
from pathlib import Path

from lab import environment
from lab.experiments import spoken_names
from lab.experiments.toml_table import ExperimentFileError
from lab.runtime import RuntimeProblem
from workshop.exercises import exercise_file
from workshop.exercises.exercise import EXERCISE, Exercise

FOLDER = environment.ROOT / "handouts/exercises"
_NUMBER = re.compile(r"(\d{1,2})([a-z]?)")


def names(folder: Path = FOLDER) -> list[str]:
    """Names of the exercises in order, for example "03-three-calls"."""
    return sorted(each.parent.name for each in folder.glob(f"[0-9][0-9]*-*/{EXERCISE}"))


def all_of_them(folder: Path = FOLDER) -> list[Exercise]:
    """Read every exercise. Raises RuntimeProblem where a file is wrong."""
    return [read(folder / each) for each in names(folder)]


def find(text: str, folder: Path = FOLDER) -> Exercise:
    """Find an exercise by "03", "3", "05b", its name, or the beginning of its name.

    Raises RuntimeProblem where none or several match, or where its file is wrong.
    """
    known = names(folder)
    begin = text.strip()
    if number := _NUMBER.fullmatch(begin):
        # "3" and "03" mean the same exercise.
        begin = f"{int(number[1]):02}{number[2]}-"
    found = [each for each in known if each == begin] or [
        each for each in known if begin and each.startswith(begin)
    ]
    if len(found) != 1:
        what = "more than one exercise" if found else "no exercise"
        expected = spoken_names.one_of(found or spoken_names.nearest(begin, known) or known)
        raise RuntimeProblem(f'"{text}": {what} of that name: expected {expected}')
    return read(folder / found[0])


def read(folder: Path) -> Exercise:
    """Read the exercise in that folder. Raises RuntimeProblem where its file is wrong."""
    try:
        return exercise_file.read(folder)
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None
