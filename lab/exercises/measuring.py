"""Trying what somebody made, on servers of its own, within about a minute whatever it does."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from lab.exercises.arranging import NotYet
from lab.exercises.attempt import Attempt
from lab.exercises.exercise import Exercise
from lab.exercises.last_words import last_error, last_line
from lab.experiments import command
from lab.experiments.experiment import Experiment
from lab.experiments.interruption import interruptible
from lab.experiments.patience import Patience
from lab.experiments.progress import Progress
from lab.experiments.running import NO_TIME, RunFailed, run
from lab.experiments.stand import Stand, StandProblem, open_stand
from lab.results import folder, reading
from lab.runtime import RuntimeProblem, tell
from lab.verdicts.summary import summarize

PATIENCE = Patience(first_answer_s=30.0, warm_up_s=4.0, request_s=20.0, whole_s=60.0)
"""With a server that somebody is still working on, and waits for."""


def measure(
    exercise: Exercise,
    experiment: Experiment,
    *,
    runtime: str,
    environ: Mapping[str, str],
    results: Path,
) -> Attempt:
    """Measure everything once; what it left is in a new folder in `results`, as of any run.

    Raises NotYet where a server is to blame for that there is nothing to judge, RuntimeProblem
    where anything else is, and KeyboardInterrupt.
    """
    path = folder.new(results, exercise.name, datetime.now().astimezone())
    try:
        with interruptible(), open_stand(runtime, environ, PATIENCE) as stand:
            try:
                _run(experiment, stand, runtime, path)
            except RunFailed as problem:
                raise _blamed(experiment, stand, str(problem), path) from None
            dial = stand.behaviour()
            said = {each.name: stand.said(each.name) for each in experiment.shapes}
    except StandProblem as problem:
        raise RuntimeProblem(str(problem)) from None
    finally:
        if reading.is_run(path):
            command.conclude(path)
    tell(f"all of it is in {command.shown(path)}")
    found = reading.read(path)
    return Attempt(exercise=exercise, run=found, summary=summarize(found), dial=dial, said=said)


def _run(experiment: Experiment, stand: Stand, runtime: str, path: Path) -> None:
    run(
        experiment,
        stand=nullcontext(stand),  # it is to tell of the dial before it is closed
        folder=path,
        progress=Progress(experiment),
        runtime=runtime,
        patience=PATIENCE,
    )


def _blamed(experiment: Experiment, stand: Stand, sentence: str, path: Path) -> Exception:
    """Whose fault it was that a run failed: each sentence about a server begins with its name."""
    for each in experiment.shapes:
        if sentence.startswith(f"{each.name} "):
            said = stand.said(each.name)
            why = last_error(said) or last_line(said) or "it wrote nothing"
            is_there = reading.is_run(path) and reading.read(path).metadata["servers"]
            how = "ended while it was measured" if is_there else "did not start"
            return NotYet(f"the server {each.name} {how}: {why}")
    if sentence.startswith(NO_TIME):
        return NotYet(f"{sentence}, because a server hangs")
    return RuntimeProblem(f"it could not be measured, because {sentence}")
