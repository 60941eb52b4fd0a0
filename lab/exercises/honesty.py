"""Whether what was asked for was done, by the upstream's account and the client's own clock.

A server that does not ask the upstream is fast, and so is one that has it answer at once. Each
check gives one sentence, or "" where all is as it should be.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from textwrap import shorten

from lab import dialled, environment
from lab.exercises import arranging, block, quantities, sandbox
from lab.exercises.attempt import Attempt
from lab.exercises.exercise import CODE, Exercise
from lab.exercises.last_words import last_error
from lab.experiments import warming
from lab.experiments.experiment import Cell
from lab.experiments.settings import BASE, KNOWN
from lab.experiments.stand.program import CONTAINER_SETTINGS
from lab.results.measurement import MEASURED, Measurement
from lab.rounded import count, seconds
from lab.verdicts import metrics
from lab.verdicts.metrics import has_failed

DELAY = "UPSTREAM_DELAY_MS"
WATCHED = (*(each for each in KNOWN if each not in CONTAINER_SETTINGS), DELAY)
"""What a server is told, and the upstream's delay at the start."""

_NO_FAULTS = {"error_rate": 0.0, "hang_rate": 0.0, "reset_rate": 0.0}

ENOUGH = 0.98
"""Of what the upstream must have seen: a request that failed half-way may have had its calls."""
ENOUGH_DRAWN = 0.8
"""The same where the dial draws each wait anew."""
EARLY_S = 0.003
"""Two clocks of one machine are no further apart."""
LONGEST_CAUSE = 120


def before(exercise: Exercise, environ: Mapping[str, str], root: Path) -> str:
    """What can be said before anything is started; `root` is where .env.local is."""
    return settings(exercise, environ, root) or code(exercise)


def after(attempt: Attempt) -> str:
    """What the upstream and the client's clock say, what explains most first."""
    if sentence := dial(attempt):
        return sentence
    for cell, measurement in _measured(attempt):
        for check in _CHECKS:
            if sentence := check(attempt, cell, measurement):
                return sentence
    return ""


def settings(exercise: Exercise, environ: Mapping[str, str], root: Path) -> str:
    """No setting that is not the exercise's may differ from .env."""
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
    """Of the sandbox, only what the exercise is about may differ from the lab's services."""
    if exercise.change != CODE or not sandbox.is_there(exercise):
        return ""
    besides = sandbox.changed_besides(exercise)
    if not besides:
        return ""
    return f"mine/{besides[0]} differs from the start, and {_may_change(exercise)}"


def dial(attempt: Attempt) -> str:
    """The upstream's dial stands after the load where the exercise had set it."""
    wanted = warming.behaviour(attempt.run.experiment)
    turned = [name for name, value in wanted.items() if attempt.dial.get(name, value) != value]
    if not turned:
        return ""
    name = turned[0]
    return (
        f"the upstream's dial was turned while it was measured: {name} was {wanted[name]}, "
        f"and is {attempt.dial[name]} now: leave it alone"
    )


def statuses(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """Whatever is answered is answered with 200, unless failures are the point."""
    if cell.errors_expected:
        return ""
    rows = measurement.rows
    wrong = Counter(row.sample.status for row in rows if row.sample.status not in (0, 200))
    if not wrong:
        return ""
    [(status, number)] = wrong.most_common(1)
    said = last_error(attempt.said.get(cell.shape, "")) if status >= 500 else ""
    why = f" ({shorten(said, LONGEST_CAUSE, placeholder=' …')})" if said else ""
    return (
        f"{count(number)} of {count(len(rows))} requests to {cell.shape} were answered with "
        f"{status} and not with 200{why}"
    )


def asked(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """For each answer the upstream was asked as often as it takes."""
    answers = quantities.answered(cell, measurement)
    wanted = _wanted_calls(attempt, cell)
    served = quantities.calls(measurement)
    if not answers or served >= ENOUGH * wanted * answers:
        return ""
    return (
        f"{cell.shape} gave {count(answers)} answers and asked the upstream "
        f"{count(served)} times for them: {wanted * answers:,.0f} calls are needed, "
        f"{wanted:g} for each answer"
    )


def held(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """The upstream held what it was asked for as long as its dial says, share by share."""
    answers = quantities.answered(cell, measurement)
    if not answers:
        return ""
    wanted_s = _wanted_s(attempt, cell)
    found_s = quantities.held_s(measurement) / answers
    if found_s >= (ENOUGH if _is_fixed(attempt) else ENOUGH_DRAWN) * wanted_s:
        return ""
    return (
        f"the upstream worked {seconds(found_s)} for each answer of {cell.shape}, and it takes "
        f"{seconds(wanted_s)}: ask it for all of it, and leave its dial alone"
    )


def waited(attempt: Attempt, cell: Cell, measurement: Measurement) -> str:
    """Nobody is answered before the upstream could have answered for them.

    An answer needs its longest call at least, and that is no shorter than their mean.
    """
    calls = _wanted_calls(attempt, cell)
    if not calls or not measurement.rows:
        return ""
    good = [row.sample.latency_s for row in measurement.rows if not has_failed(cell, row)]
    if not good:
        return ""
    least_s = _wanted_s(attempt, cell) / calls
    if _is_fixed(attempt):
        early = [each for each in good if each < least_s - EARLY_S]
        if not early:
            return ""
        return (
            f"{count(len(early))} of {count(len(good))} answers of {cell.shape} came before the "
            f"upstream's: after {seconds(min(early))}, where a call takes {seconds(least_s)}"
        )
    if fmean(good) >= ENOUGH_DRAWN * least_s:
        return ""
    return (
        f"answers of {cell.shape} came before the upstream's: after {seconds(fmean(good))} on "
        f"average, where a call takes {seconds(least_s)}"
    )


_CHECKS: tuple[Callable[[Attempt, Cell, Measurement], str], ...] = (statuses, asked, held, waited)


def silent(attempt: Attempt) -> str:
    """Where nobody was answered, all numbers are but the client's patience."""
    return _lost(attempt, 1.0)


def unanswered(attempt: Attempt) -> str:
    """Requests that got no answer at all; whatever the others' times are, nothing is done then."""
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
    """Whether a time of it is required to be long, and none to be short."""
    bounds = [
        each.at_most
        for each in attempt.exercise.requirements
        if arranging.cell(attempt.run.experiment, each.cell) == cell and each.metric.endswith("_s")
    ]
    return bool(bounds) and all(each is None for each in bounds)


def _measured(attempt: Attempt) -> Iterator[tuple[Cell, Measurement]]:
    """Every measurement of a server; what is asked of the upstream directly cannot cheat."""
    for measurement in attempt.run.measurements:
        cell = attempt.run.experiment.cell(measurement.cell)
        if not cell.direct:
            yield cell, measurement


def _wanted_calls(attempt: Attempt, cell: Cell) -> float:
    wanted = attempt.exercise.honest.calls_per_request
    return max(wanted, metrics.parts(cell)) if wanted else 0.0


def _wanted_s(attempt: Attempt, cell: Cell) -> float:
    """In all of its calls together: parts are each for their share of the delay."""
    honest = attempt.exercise.honest
    if not honest.calls_per_request:
        return 0.0
    if honest.held_s_per_request is not None:
        return honest.held_s_per_request
    good = warming.behaviour(attempt.run.experiment) | _NO_FAULTS
    return dialled.expected_hold_s(good, parts=1, timeout_s=dialled.LONGEST_DRAW_S)


def _is_fixed(attempt: Attempt) -> bool:
    return bool(warming.behaviour(attempt.run.experiment)["distribution"] == "fixed")


def _may_change(exercise: Exercise) -> str:
    names = exercise.settings or exercise.edit
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"you may change {listed}"


def _origin(exercise: Exercise, path: Path, name: str, value: str) -> tuple[str, str]:
    """Where a setting is, and how to be rid of it."""
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
