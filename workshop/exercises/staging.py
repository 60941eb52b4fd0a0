"""Puts a state of an exercise in place: its start, its solution, or nothing."""

from collections.abc import Mapping
from pathlib import Path

from lab import environment
from workshop.exercises import block, sandbox
from workshop.exercises.exercise import ENV, SETTINGS, START, Exercise

LOCAL = ".env.local"


def is_own(exercise: Exercise, root: Path) -> bool:
    """Return True where the attendee has made changes that a reset would lose.

    Raises EnvironmentFileError.
    """
    if exercise.change != SETTINGS:
        return sandbox.is_there(exercise) and sandbox.is_changed(exercise)
    owner, settings = block.of_exercise(root / LOCAL)
    return owner == exercise.name and settings != given(exercise, START)


def is_start(exercise: Exercise, environ: Mapping[str, str]) -> bool:
    """Return True where nothing differs from the start, in mine/ or in the current settings.

    Raises EnvironmentFileError.
    """
    if exercise.change != SETTINGS:
        return not sandbox.is_changed(exercise)
    return all(environ.get(name, "") == value for name, value in given(exercise, START).items())


def put(exercise: Exercise, variant: str, root: Path) -> None:
    """Put a variant in place and remove the settings of any other exercise.

    `variant` is a folder of the exercise: start, solution, or a cheat. Raises EnvironmentFileError
    and OSError.
    """
    path = root / LOCAL
    if exercise.change == SETTINGS:
        block.put(path, exercise.name, given(exercise, variant))
        return
    # The settings of another exercise would change this one's servers.
    block.take_out(path)
    sandbox.put(exercise, variant)


def forget(exercise: Exercise, root: Path) -> None:
    """Remove the attendee's changes, so that the exercise starts from the beginning.

    Raises EnvironmentFileError and OSError.
    """
    block.take_out(root / LOCAL)
    sandbox.remove(exercise)


def keep(exercise: Exercise, root: Path) -> None:
    """Keep the attendee's changes and remove the settings of any other exercise.

    Raises EnvironmentFileError and OSError.
    """
    if exercise.change != SETTINGS:
        block.take_out(root / LOCAL)


def given(exercise: Exercise, variant: str) -> Mapping[str, str]:
    """Settings of a variant. Raises EnvironmentFileError."""
    return environment.read(exercise.folder / variant / ENV)
