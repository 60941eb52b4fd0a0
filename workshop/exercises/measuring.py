"""Measures an attendee's work on its own servers, with a limit of about a minute."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from lab.experiments.experiment import Experiment
from lab.results import folder, reading
from lab.running import run_commands
from lab.running.run_experiment import NO_TIME, RunFailed, run
from lab.running.run_progress import RunProgress
from lab.running.signals import interruptible
from lab.running.testbed import Testbed, TestbedError, open_testbed
from lab.running.time_limits import TimeLimits
from lab.runtime import RuntimeProblem, tell
from lab.verdicts.summary import summarize
from workshop.exercises.arranging import NotYet
from workshop.exercises.attempt import Attempt
from workshop.exercises.exercise import Exercise
from workshop.exercises.last_words import last_error, last_line

PATIENCE = TimeLimits(first_answer_s=30.0, warm_up_s=4.0, request_s=20.0, whole_s=60.0)
"""Time limits for a server under development, whose author waits for the result."""


def measure(
    exercise: Exercise,
    experiment: Experiment,
    *,
    runtime: str,
    environ: Mapping[str, str],
    results: Path,
) -> Attempt:
    """Measure every cell once. The run's files are in a new folder in `results`, as for any run.

    Raises NotYet where a server is the reason that nothing can be judged, RuntimeProblem for any
    other reason, and KeyboardInterrupt.
    """
    path = folder.new(results, exercise.name, datetime.now().astimezone())
    try:
        with interruptible(), open_testbed(runtime, environ, PATIENCE) as testbed:
            try:
                _run(experiment, testbed, runtime, path)
            except RunFailed as problem:
                raise _blamed(experiment, testbed, str(problem), path) from None
            dial = testbed.behaviour()
            said = {each.name: testbed.said(each.name) for each in experiment.shapes}
    except TestbedError as problem:
        raise RuntimeProblem(str(problem)) from None
    finally:
        if reading.is_run(path):
            run_commands.conclude(path)
    tell(f"all of it is in {run_commands.shown(path)}")
    found = reading.read(path)
    return Attempt(exercise=exercise, run=found, summary=summarize(found), dial=dial, said=said)


def _run(experiment: Experiment, testbed: Testbed, runtime: str, path: Path) -> None:
    run(
        experiment,
        testbed=nullcontext(testbed),  # kept open, to read the dial after the run
        folder=path,
        progress=RunProgress(experiment),
        runtime=runtime,
        patience=PATIENCE,
    )


def _blamed(experiment: Experiment, testbed: Testbed, sentence: str, path: Path) -> Exception:
    """Assign a failed run to a server or to the lab.

    A sentence about a server begins with the server's name.
    """
    for each in experiment.shapes:
        if sentence.startswith(f"{each.name} "):
            said = testbed.said(each.name)
            why = last_error(said) or last_line(said) or "it wrote nothing"
            is_there = reading.is_run(path) and reading.read(path).metadata["servers"]
            # run.json has the servers once all of them have started.
            how = "ended during the measurement" if is_there else "did not start"
            return NotYet(f"the server {each.name} {how}: {why}")
    if sentence.startswith(NO_TIME):
        return NotYet(f"{sentence}, because a server hangs")
    return RuntimeProblem(f"it could not be measured, because {sentence}")
