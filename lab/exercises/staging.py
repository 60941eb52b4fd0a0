"""Putting a state of an exercise into place: its start, its solution, or nothing."""

from collections.abc import Mapping
from pathlib import Path

from lab import environment
from lab.exercises import block, sandbox
from lab.exercises.exercise import ENV, SETTINGS, START, Exercise

LOCAL = ".env.local"


def is_own(exercise: Exercise, root: Path) -> bool:
    """Whether somebody has made something of it already, which would be lost.

    Raises EnvironmentFileError.
    """
    if exercise.change != SETTINGS:
        return sandbox.is_there(exercise) and sandbox.is_changed(exercise)
    owner, settings = block.of_exercise(root / LOCAL)
    return owner == exercise.name and settings != given(exercise, START)


def is_start(exercise: Exercise, environ: Mapping[str, str]) -> bool:
    """Whether nothing of it differs from the start, in mine/ or in the settings as they are now.

    Raises EnvironmentFileError.
    """
    if exercise.change != SETTINGS:
        return not sandbox.is_changed(exercise)
    return all(environ.get(name, "") == value for name, value in given(exercise, START).items())


def put(exercise: Exercise, variant: str, root: Path) -> None:
    """Make it so, and have no other exercise's settings left.

    `variant` is a folder of the exercise's: start, solution, or one of its cheats.
    Raises EnvironmentFileError and OSError.
    """
    path = root / LOCAL
    if exercise.change == SETTINGS:
        block.put(path, exercise.name, given(exercise, variant))
        return
    block.take_out(path)
    sandbox.put(exercise, variant)


def forget(exercise: Exercise, root: Path) -> None:
    """Take away what somebody made of it, so that it begins anew.

    Raises EnvironmentFileError and OSError.
    """
    block.take_out(root / LOCAL)
    sandbox.remove(exercise)


def keep(exercise: Exercise, root: Path) -> None:
    """Leave what somebody made of it, and have no other exercise's settings left.

    Raises EnvironmentFileError and OSError.
    """
    if exercise.change != SETTINGS:
        block.take_out(root / LOCAL)


def given(exercise: Exercise, variant: str) -> Mapping[str, str]:
    """The settings of a variant; raises EnvironmentFileError."""
    return environment.read(exercise.folder / variant / ENV)
