"""The commands `lab run`, `lab report` and `lab experiments`, up to the files they write.

Exit codes: 0 where everything was measured, 1 where something failed, 130 after Ctrl-C.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lab.environment import ROOT
from lab.experiments import catalogue, duration, experiment_file, spoken_names
from lab.experiments import settings as own_settings
from lab.experiments.experiment import Experiment
from lab.experiments.experiment_file import ExperimentFileError
from lab.results import folder, reading
from lab.running import run_plan, run_screen
from lab.running.run_experiment import RunFailed, run
from lab.running.run_progress import RunProgress
from lab.running.signals import interruptible
from lab.running.testbed import Testbed, TestbedError, open_testbed
from lab.runtime import RuntimeProblem, tell
from lab.verdicts import verdict_files
from lab.verdicts.judge import judge
from lab.verdicts.summary import summarize

RESULTS = ROOT / "results"
REPORT = "report"
FAILED, INTERRUPTED = 1, 130


def run_one(
    name: str,
    *,
    runtime: str,
    environ: Mapping[str, str],
    quick: bool = False,
    settings: Mapping[str, str] | None = None,
    series: int | None = None,
    seed: int | None = None,
    results: Path = RESULTS,
) -> int:
    """Measure one experiment on "docker" or "local", print its table, return the exit code.

    `name` is the experiment's number, its name or a file's path. `settings` and `series` override
    the file's. `seed` decides the order of the measurements; None chooses one. Raises
    RuntimeProblem, before anything is started, where the experiment does not exist or cannot run
    here.
    """
    [experiment] = _read([name], quick, settings, series)
    if runtime not in experiment.runtimes:
        raise RuntimeProblem(f"{experiment.name}: {_not_here(experiment, runtime)}")
    _say_what_is_unheeded(environ)
    path = folder.new(results, experiment.name, _now())
    try:
        with interruptible():
            try:
                _measure(experiment, open_testbed(runtime, environ), runtime, path, seed=seed)
            finally:
                if reading.is_run(path):
                    print(conclude(path))
    except KeyboardInterrupt:
        tell(f"interrupted: what was measured until then is in {shown(path)}")
        return INTERRUPTED
    except RunFailed as problem:
        tell(f"{experiment.name} failed: {problem}")
        if reading.is_run(path):
            tell(f"what was measured until then is in {shown(path)}")
        return FAILED
    tell(f"all of it is in {shown(path)}")
    return 0


def run_all(
    *,
    runtime: str,
    environ: Mapping[str, str],
    quick: bool = False,
    only: Sequence[str] = (),
    series: int | None = None,
    seed: int | None = None,
    results: Path = RESULTS,
) -> tuple[Path, int]:
    """Measure all experiments, or those in `only`, into a new report folder.

    Returns the folder and the exit code. A quick report leaves out an experiment without a claim,
    unless `only` names it. A failed experiment is reported and its files stay; an experiment that
    cannot run here is skipped. After an interruption the folders written so far are complete.
    `series` and `seed` are as for `run_one`; all experiments have the same seed. Raises
    RuntimeProblem, before anything is started, where a file is wrong or the folder cannot be made.
    """
    experiments = _read(only or catalogue.names(), quick, series=series)
    seed = run_plan.new_seed() if seed is None else seed
    reasons = {
        each.name: _left_out(each, runtime, brief=quick and not only) for each in experiments
    }
    _say_what_is_unheeded(environ)
    report, code = folder.new(results, REPORT, _now()), 0
    try:
        report.mkdir(parents=True)
    except OSError as problem:
        raise RuntimeProblem(f"{report}: {problem.strerror}") from None
    try:
        # One testbed for all experiments: opening a network and a driver takes a minute in Docker.
        with interruptible(), open_testbed(runtime, environ) as testbed:
            for number, experiment in enumerate(experiments):
                into = report / experiment.name
                if why := reasons[experiment.name]:
                    folder.skip(into, experiment.name, why)
                    tell(f"{experiment.name} is left out: {why}")
                    continue
                # The progress line includes the time of the experiments that follow.
                after = [each for each in experiments[number + 1 :] if not reasons[each.name]]
                code = max(code, _one_of_all(experiment, after, testbed, runtime, into, seed))
    except KeyboardInterrupt:
        tell(f"interrupted: what was measured until then is in {shown(report)}")
        return report, INTERRUPTED
    except TestbedError as problem:
        raise RuntimeProblem(str(problem)) from None
    return report, code


def list_them(*, quick: bool = False) -> int:
    """Print each experiment with its question and its duration in minutes. Needs no running lab."""
    experiments = _read(catalogue.names(), quick)
    lines = [("experiment", "minutes", "question"), ("", "", "")]
    for each in experiments:
        missing = [spoken_names.runtime(name) for name in each.why_not if name not in each.runtimes]
        note = f" (not on {' or '.join(missing)})" if missing else ""
        note += " (not in a quick report)" if quick and not each.claims else ""
        lines.append((each.name, f"{catalogue.minutes(each):.1f}", each.question + note))
    total = sum(catalogue.minutes(each) for each in experiments if each.claims or not quick)
    lines += [("", "", ""), ("all", f"{total:.1f}", "")]
    print("\n".join(run_screen.aligned(lines)))
    return 0


def conclude(path: Path) -> str:
    """Summarize and judge a run, write both files beside it, and return its table."""
    found = reading.read(path)
    summary = summarize(found)
    verdict = judge(found, summary)
    try:
        # A full disk must not hide the result, so the table is printed in any case.
        verdict_files.write(path, summary, verdict)
    except OSError as problem:
        tell(f"summary and verdict could not be written: {problem.strerror}")
    return run_screen.table(found, summary, verdict)


def shown(path: Path) -> str:
    """Path relative to the current folder where possible."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say_what_is_unheeded(environ: Mapping[str, str]) -> None:
    if given := own_settings.unheeded(environ):
        verb, them = ("is", "it") if len(given) == 1 else ("are", "them")
        tell(
            f"{' '.join(given)} {verb} ignored: an experiment takes its servers' settings from its "
            f'file; override {them} with `make run EXP=... SET="{" ".join(given)}"`'
        )


def _read(
    names: Sequence[str],
    quick: bool,
    settings: Mapping[str, str] | None = None,
    series: int | None = None,
) -> list[Experiment]:
    try:
        found = [
            experiment_file.read(catalogue.find(each), quick=quick, settings=settings)
            for each in names
        ]
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None
    return found if series is None else [replace(each, series=series) for each in found]


def _one_of_all(
    experiment: Experiment,
    after: Sequence[Experiment],
    testbed: Testbed,
    runtime: str,
    path: Path,
    seed: int,
) -> int:
    after_s = sum(map(duration.experiment_s, after))
    try:
        _measure(experiment, nullcontext(testbed), runtime, path, seed=seed, after_s=after_s)
    except RunFailed as problem:
        tell(f"{experiment.name} failed, going on without it: {problem}")
        return FAILED
    finally:
        if reading.is_run(path):
            conclude(path)
    return 0


def _measure(
    experiment: Experiment,
    testbed: AbstractContextManager[Testbed],
    runtime: str,
    path: Path,
    *,
    seed: int | None,
    after_s: float = 0.0,
) -> None:
    run(
        experiment,
        testbed=testbed,
        folder=path,
        progress=RunProgress(experiment, after_s=after_s),
        runtime=runtime,
        seed=seed,
    )


def _left_out(experiment: Experiment, runtime: str, *, brief: bool) -> str:
    """Reason why a report skips this experiment; empty where it does not."""
    if runtime not in experiment.runtimes:
        return _not_here(experiment, runtime)
    if brief and not experiment.claims:
        return "a quick report runs only experiments that decide a claim"
    return ""


def _not_here(experiment: Experiment, runtime: str) -> str:
    why = experiment.why_not.get(runtime, "its file does not say why")
    return f"it cannot run on {spoken_names.runtime(runtime)}: {why}"


def _now() -> datetime:
    """Local time, because people look for their folders by it."""
    return datetime.now().astimezone()
