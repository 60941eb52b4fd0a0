"""Text that explains an exercise at its start."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.environment import ROOT
from workshop.exercises import exercise_screen
from workshop.exercises.exercise import SETTINGS, Exercise

INDENT = "    "


def explanation(
    exercise: Exercise, values: Mapping[str, str], overridden: Sequence[str], *, is_kept: bool
) -> str:
    """The task, the place to change, and how to check it.

    `values` are the current settings, `overridden` the names that the shell sets. `is_kept` says
    that the attendee's own changes were left in place.
    """
    parts = [
        f"{exercise_screen.title(exercise)}   ({exercise.minutes} minutes)",
        exercise.task,
        _change(exercise, values),
    ]
    if overridden:
        parts.append(_warning(overridden, values))
    if is_kept:
        parts.append(
            "What you have changed already is still there.\n"
            f"From the start again: make exercise N={exercise.number} AGAIN=1"
        )
    parts.append(f"Then: make check N={exercise.number}")
    return "\n\n".join(parts)


def listed(exercises: Sequence[Exercise]) -> str:
    """All exercises, one line each."""
    # All columns line up, whatever the longest title.
    width = max((len(each.title) for each in exercises), default=0)
    lines = [
        f"{each.number:<4} {each.title:<{width}}  {each.minutes:>2} minutes  {_what(each)}"
        for each in exercises
    ]
    return "\n".join([*lines, "", "Begin with: make exercise N=01"])


def _what(exercise: Exercise) -> str:
    return "settings" if exercise.change == SETTINGS else ", ".join(exercise.edit)


def _change(exercise: Exercise, values: Mapping[str, str]) -> str:
    if exercise.change == SETTINGS:
        lines = [f"{INDENT}{name}={values.get(name, '')}" for name in exercise.settings]
        return "\n".join(["Change these values in .env.local:", *lines])
    lines = [f"{INDENT}{_shown(exercise.mine / each)}" for each in exercise.edit]
    return "\n".join([f"Change {'this file' if len(lines) == 1 else 'these files'}:", *lines])


def _warning(overridden: Sequence[str], values: Mapping[str, str]) -> str:
    return "\n".join(
        f"Your shell sets {name}={values[name]}, which wins over .env.local: `unset {name}` first."
        for name in overridden
    )


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
