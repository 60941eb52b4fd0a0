"""Honesty checks: whether the work was done, by the upstream's counts and the client's clock.

A server that does not ask the upstream is fast, and so is one that makes the upstream answer at
once. The database counts for a route that waits for it. Each check returns one sentence, or ""
where nothing is wrong.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from textwrap import shorten

from lab import environment, upstream_wait
from lab.experiments.experiment import Cell
from lab.experiments.settings import BASE, KNOWN
from lab.results.measurement import MEASURED, Measurement
from lab.rounded import count, seconds
from lab.running import settling, warming
from lab.running.testbed.program import CONTAINER_SETTINGS
from lab.verdicts import metrics
from lab.verdicts.metrics import has_failed
from workshop.exercises import arranging, block, quantities, sandbox
from workshop.exercises.attempt import Attempt
from workshop.exercises.exercise import CODE, Exercise
from workshop.exercises.last_words import last_error

DELAY = "UPSTREAM_DELAY_MS"
WATCHED = (*(each for each in KNOWN if each not in CONTAINER_SETTINGS), DELAY)
"""A server's settings, and the upstream's delay at the start."""

_NO_FAULTS = {"error_rate": 0.0, "hang_rate": 0.0, "reset_rate": 0.0}

ENOUGH = 0.98
"""Share of the expected upstream work that is enough.

A request that failed half-way may have made its calls.
"""
ENOUGH_DRAWN = 0.8
"""The same share where the dial draws each wait at random."""
EARLY_S = 0.003
"""Largest difference in seconds between two clocks of one machine."""
LONGEST_CAUSE = 120


def before(exercise: Exercise, environ: Mapping[str, str], root: Path) -> str:
    """Checks before anything is started. `root` is the folder of .env.local."""
    return settings(exercise, environ, root) or code(exercise)


def after(attempt: Attempt) -> str:
    """Checks of the upstream's counts and the client's clock, the most explanatory first."""
    if sentence := dial(attempt):
        return sentence
    for cell, measurement in _measured(attempt):
        for check in _CHECKS:
            if sentence := check(attempt, cell, measurement):
                return sentence
    return ""


def settings(exercise: Exercise, environ: Mapping[str, str], root: Path) -> str:
    """Settings outside the exercise must equal those in .env."""
    for name in WATCHED:
        usual = BASE.get(name, "")
        value = environ.get(name, usual)
        if name not in exercise.settings and value != usual:
            where, undo = _origin(exercise, root / ".env.local", name, value)
            return (
                f"{name}={value} {where} is no part of this exercise: {undo}; "
                f"{_may_change(exercise)}"
            )
    return ""


def code(exercise: Exercise) -> str:
    """Only the files of the exercise may differ from the lab's services."""
    if exercise.change != CODE or not sandbox.is_there(exercise):
        return ""
    # Code outside the task could answer without the upstream.
    besides = sandbox.changed_besides(exercise)
    if not besides:
        return ""
    return f"mine/{besides[0]} differs from the start, and {_may_change(exercise)}"


def dial(attempt: Attempt) -> str:
    """After the load the upstream's dial must still be as the exercise set it."""
    wanted = warming.behaviour(attempt.run.experiment)
    turned = [name for name, value in wanted.items() if attempt.dial.get(name, value) != value]
    if not turned:
        return ""
    name = turned[0]
    return (
        f"the upstream's dial changed during the measurement ({name} from {wanted[name]} to "
        f"{attempt.dial[name]}): do not change it"
    )


def statuses(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """Every answer must have status 200, unless failures are the point."""
    if cell.errors_expected:
        return ""
    rows = measurement.rows
    wrong = Counter(row.sample.status for row in rows if row.sample.status not in (0, 200))
    if not wrong:
        return ""
    [(status, number)] = wrong.most_common(1)
    # Only for 5xx: then the server's traceback explains more than the status.
    said = last_error(attempt.said.get(cell.shape, "")) if status >= 500 else ""
    why = f" ({shorten(said, LONGEST_CAUSE, placeholder=' …')})" if said else ""
    return (
        f"{count(number)} of {count(len(rows))} requests to {cell.shape} were answered with "
        f"{status} and not with 200{why}"
    )


def asked(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """The upstream, or the database, must have served the required number of calls per answer."""
    answers = quantities.answered(cell, measurement)
    wanted = _wanted_calls(attempt, cell)
    served = quantities.calls(cell, measurement)
    # No answers: `silent` and `unanswered` report that.
    if not answers or served >= ENOUGH * wanted * answers:
        return ""
    return (
        f"{cell.shape} gave {count(answers)} answers and asked the {_behind(cell)} "
        f"{count(served)} times for them: {wanted * answers:,.0f} calls are needed, "
        f"{wanted:g} for each answer"
    )


def held(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """The calls of each answer must have been held for the time on the dial."""
    answers = quantities.answered(cell, measurement)
    if not answers:
        return ""
    wanted_s = _wanted_s(attempt, cell)
    found_s = quantities.held_s(cell, measurement) / answers
    # Drawn delays vary, so the mean of a short load may be lower by chance.
    if found_s >= (ENOUGH if _is_fixed(attempt) else ENOUGH_DRAWN) * wanted_s:
        return ""
    return (
        f"each answer of {cell.shape} used {seconds(found_s)} of {_behind(cell)} time but needs "
        f"{seconds(wanted_s)}: make every call of the task, and do not change the dial"
    )


def waited(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """No answer may come before the upstream could have answered.

    An answer waits at least for its longest call, which is no shorter than the mean of its calls.
    """
    calls = _wanted_calls(attempt, cell)
    if not calls or not measurement.rows:
        return ""
    good = [row.sample.latency_s for row in measurement.rows if not has_failed(cell, row)]
    if not good:
        return ""
    # The mean of an answer's calls; its longest call is at least as long.
    least_s = _wanted_s(attempt, cell) / calls
    if _is_fixed(attempt):
        early = [each for each in good if each < least_s - EARLY_S]
        if not early:
            return ""
        return (
            f"{count(len(early))} of {count(len(good))} answers of {cell.shape} came too early: "
            f"after {seconds(min(early))}, although a call to the {_behind(cell)} takes "
            f"{seconds(least_s)}"
        )
    if fmean(good) >= ENOUGH_DRAWN * least_s:
        return ""
    return (
        f"answers of {cell.shape} came too early: after {seconds(fmean(good))} on average, "
        f"although a call to the {_behind(cell)} takes {seconds(least_s)}"
    )


_CHECKS: tuple[Callable[[Attempt, Cell, Measurement], str], ...] = (statuses, asked, held, waited)


def silent(attempt: Attempt) -> str:
    """Fail where no request was answered: then all numbers only show the client's timeout."""
    return _lost(attempt, 1.0)


def unanswered(attempt: Attempt) -> str:
    """Fail where any request got no answer, however good the other times are."""
    return _lost(attempt, 0.0)


def _lost(attempt: Attempt, most: float) -> str:
    for cell, measurement in _measured(attempt):
        rows = [row for row in measurement.rows if row.phase == MEASURED]
        lost = [row.sample.error for row in rows if not row.sample.status]
        is_the_point = cell.errors_expected or _is_to_be_slow(attempt, cell)
        if is_the_point or not lost or len(lost) < most * len(rows):
            continue
        [(cause, _)] = Counter(lost).most_common(1)
        return (
            f"{count(len(lost))} of {count(len(rows))} requests to {cell.shape} were not answered "
            f"({shorten(cause, LONGEST_CAUSE, placeholder=' …')})"
        )
    return ""


def _is_to_be_slow(attempt: Attempt, cell: Cell) -> bool:
    """True where the exercise requires a long time of the cell and no short one."""
    bounds = [
        each.at_most
        for each in attempt.exercise.requirements
        if arranging.cell(attempt.run.experiment, each.cell) == cell and each.metric.endswith("_s")
    ]
    # A lower bound alone: the task is to make the cell slow.
    return bool(bounds) and all(each is None for each in bounds)


def _measured(attempt: Attempt) -> Iterator[tuple[Cell, Measurement]]:
    """Every measurement of a server. A cell that asks the upstream directly cannot cheat."""
    for measurement in attempt.run.measurements:
        cell = attempt.run.experiment.cell(measurement.cell)
        if not cell.direct:
            yield cell, measurement


def _wanted_calls(attempt: Attempt, cell: Cell) -> float:
    wanted = attempt.exercise.honest.calls_per_request
    # A route in parts makes one call per part.
    return max(wanted, metrics.parts(cell)) if wanted else 0.0


def _wanted_s(attempt: Attempt, cell: Cell) -> float:
    """Total upstream seconds per request, over all its calls. Parts share one delay."""
    honest = attempt.exercise.honest
    if not honest.calls_per_request:
        return 0.0
    if honest.held_s_per_request is not None:
        return honest.held_s_per_request
    # Without faults: a failed call may end early, and only good answers are counted.
    good = warming.behaviour(attempt.run.experiment) | _NO_FAULTS
    return upstream_wait.expected_hold_s(good, parts=1, timeout_s=upstream_wait.LONGEST_DRAW_S)


def _behind(cell: Cell) -> str:
    return "database" if settling.waits_for_database(cell) else "upstream"


def _is_fixed(attempt: Attempt) -> bool:
    return bool(warming.behaviour(attempt.run.experiment)["distribution"] == "fixed")


def _may_change(exercise: Exercise) -> str:
    names = exercise.settings or exercise.edit
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"you may change {listed}"


def _origin(exercise: Exercise, path: Path, name: str, value: str) -> tuple[str, str]:
    """Where a setting comes from, and how to remove it."""
    try:
        owner, of_block = block.of_exercise(path)
        of_file = environment.read(path)
    except environment.EnvironmentFileError:
        owner, of_block, of_file = "", {}, {}
    if of_file.get(name) != value:
        return "in your shell", f"`unset {name}`"
    if of_block.get(name) == value and owner != exercise.name:
        return f"of exercise {owner}", f"`make exercise N={exercise.number}` takes it out"
    return "in .env.local", "take it out"
