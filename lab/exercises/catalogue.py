"""Which exercises there are, and which one is meant."""

import re
from pathlib import Path

from lab import environment
from lab.exercises import file
from lab.exercises.exercise import EXERCISE, Exercise
from lab.experiments.table import ExperimentFileError
from lab.runtime import RuntimeProblem

FOLDER = environment.ROOT / "handouts/exercises"
_NUMBER = re.compile(r"(\d{1,2})([a-z]?)")


def names(folder: Path = FOLDER) -> list[str]:
    """Their names in order, such as "03-three-calls"."""
    return sorted(each.parent.name for each in folder.glob(f"[0-9][0-9]*-*/{EXERCISE}"))


def all_of_them(folder: Path = FOLDER) -> list[Exercise]:
    """Every exercise; RuntimeProblem where a file of one is wrong."""
    return [read(folder / each) for each in names(folder)]


def find(text: str, folder: Path = FOLDER) -> Exercise:
    """The exercise that is meant by "03", "3", "05b" or its name, or the beginning of that.

    Raises RuntimeProblem where there is none, or where its file is wrong.
    """
    known = names(folder)
    begin = text.strip()
    if number := _NUMBER.fullmatch(begin):
        begin = f"{int(number[1]):02}{number[2]}-"
    found = [each for each in known if each == begin] or [
        each for each in known if begin and each.startswith(begin)
    ]
    if len(found) != 1:
        what = "more than one exercise" if found else "no exercise"
        expected = ", ".join(found or known)
        raise RuntimeProblem(f'"{text}": {what} of that name: expected one of {expected}')
    return read(folder / found[0])


def read(folder: Path) -> Exercise:
    """The exercise in that folder; RuntimeProblem where its file is wrong."""
    try:
        return file.read(folder)
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None
