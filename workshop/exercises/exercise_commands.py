"""The commands `workshop exercise` and `workshop check`.

Exit codes of `check`: 0 for PASS, 3 for NOT YET, 130 after Ctrl-C. A failed measurement is a
RuntimeProblem, which gives 1.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from lab.environment import ROOT
from lab.running.run_commands import INTERRUPTED, RESULTS
from lab.runtime import RuntimeProblem, tell
from workshop import membership
from workshop.exercises import (
    arranging,
    block,
    doubting,
    exercise_catalogue,
    exercise_screen,
    explaining,
    honesty,
    judging,
    measuring,
    sandbox,
    staging,
)
from workshop.exercises.arranging import NotYet
from workshop.exercises.attempt import Attempt
from workshop.exercises.exercise import SETTINGS, SOLUTION, START, Exercise

PASSED, NOT_YET = 0, 3
OFF = "off"


def explain(
    name: str,
    *,
    environ: Mapping[str, str],
    again: bool = False,
    folder: Path = exercise_catalogue.FOLDER,
    root: Path = ROOT,
    shell: Mapping[str, str] = os.environ,
) -> int:
    """Explain an exercise and put its start in place.

    "" lists all exercises, "off" ends the current. The attendee's changes stay unless `again`.
    `shell` holds the settings that override the files in `root`. Raises RuntimeProblem.
    """
    if not name.strip():
        print(explaining.listed(exercise_catalogue.all_of_them(folder)))
        return PASSED
    try:
        if name == OFF:
            there = block.take_out(root / staging.LOCAL)
            print(
                "The exercise's settings are out of .env.local."
                if there
                else "No exercise has settings in .env.local."
            )
            return PASSED
        exercise = exercise_catalogue.find(name, folder)
        is_kept = not again and staging.is_own(exercise, root)
        if is_kept:
            staging.keep(exercise, root)
        else:
            staging.put(exercise, START, root)
        values = block.present(root) | dict(shell)
    except OSError as problem:
        raise RuntimeProblem(f"{problem.filename}: {problem.strerror}") from None
    # The shell wins over .env.local, so an edit there would have no effect.
    overridden = [each for each in exercise.settings if each in shell]
    print(explaining.explanation(exercise, values, overridden, is_kept=is_kept))
    return PASSED


def solve(
    name: str,
    *,
    variant: str = SOLUTION,
    folder: Path = exercise_catalogue.FOLDER,
    root: Path = ROOT,
) -> None:
    """Put the exercise's solution, or another variant, in place. Raises RuntimeProblem."""
    exercise = exercise_catalogue.find(name, folder)
    if not (exercise.folder / variant).is_dir():
        raise RuntimeProblem(f"{exercise.name}: it has no {variant}")
    try:
        staging.put(exercise, variant, root)
    except OSError as problem:
        raise RuntimeProblem(f"{problem.filename}: {problem.strerror}") from None


def check(
    name: str,
    *,
    runtime: str,
    environ: Mapping[str, str],
    folder: Path = exercise_catalogue.FOLDER,
    results: Path = RESULTS,
    root: Path = ROOT,
) -> int:
    """Measure the attendee's work, print PASS or NOT YET, and return the exit code.

    `environ` is .env overridden by .env.local and the shell. "" lists the exercises. Raises
    RuntimeProblem where the work could not be measured or judged.
    """
    if not name.strip():
        print(explaining.listed(exercise_catalogue.all_of_them(folder)))
        return PASSED
    exercise = exercise_catalogue.find(name, folder)
    print(exercise_screen.title(exercise), end="\n\n", flush=True)
    try:
        attempt = _attempt(exercise, runtime, environ, results, root)
    except NotYet as problem:
        print(exercise_screen.not_yet(str(problem)))
        return NOT_YET
    except KeyboardInterrupt:
        tell("interrupted: nothing was judged")
        return INTERRUPTED
    code = _judge(attempt, is_tried=not staging.is_start(exercise, environ))
    if code == PASSED:
        membership.report(exercise.number, environ)
    return code


def _attempt(
    exercise: Exercise,
    runtime: str,
    environ: Mapping[str, str],
    results: Path,
    root: Path,
) -> Attempt:
    if exercise.change != SETTINGS and not sandbox.is_there(exercise):
        raise NotYet(f"there is nothing of yours yet: `make exercise N={exercise.number}` begins")
    # Before anything is started, because a run takes about a minute.
    if sentence := honesty.before(exercise, environ, root):
        raise NotYet(sentence)
    experiment = arranging.experiment(exercise, environ)
    if runtime not in experiment.runtimes:
        raise RuntimeProblem(f"{exercise.name} cannot run on {runtime}")
    if exercise.settings:
        values = " ".join(f"{each}={environ.get(each, '')}" for each in exercise.settings)
        tell(f"measuring with {values}")
    return measuring.measure(
        exercise, experiment, runtime=runtime, environ=environ, results=results
    )


def _judge(attempt: Attempt, *, is_tried: bool) -> int:
    """Print the answer. Honesty is checked first, because dishonest numbers mean nothing.

    A hint is shown only after a change: before it, the attendee should think about the numbers
    alone.
    """
    exercise = attempt.exercise
    if sentence := doubting.limited(attempt):
        raise RuntimeProblem(f"it could not be judged, because {sentence}; try again")
    if sentence := honesty.after(attempt) or honesty.silent(attempt):
        print(exercise_screen.not_yet(sentence))
        return NOT_YET
    answers = judging.answers(attempt)
    print(exercise_screen.table(answers), end="\n\n")
    missed = [each for each in answers if not each.is_met]
    for each in missed:
        # A miss without doubt decides; a doubtful miss waits for the others.
        if not doubting.doubt(attempt, each):
            hint = each.requirement.hint or exercise.hint
            print(exercise_screen.not_yet(exercise_screen.missed(each), hint if is_tried else ""))
            if not is_tried:
                print(exercise_screen.untouched(exercise))
            return NOT_YET
    for each in answers:
        if sentence := doubting.doubt(attempt, each):
            raise RuntimeProblem(f"it could not be judged, because {sentence}; try again")
    if sentence := honesty.unanswered(attempt):
        print(exercise_screen.not_yet(sentence, exercise.hint if is_tried else ""))
        return NOT_YET
    print(exercise_screen.passed(answers))
    return PASSED
