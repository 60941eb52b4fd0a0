"""What `lab run`, `lab report` and `lab experiments` do, up to the files.

An exit code is 0 where everything was measured, 1 where it was not, 130 after Ctrl-C.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from lab.environment import ROOT
from lab.experiments import catalogue, duration, file, screen, words
from lab.experiments import settings as own_settings
from lab.experiments.experiment import Experiment
from lab.experiments.file import ExperimentFileError
from lab.experiments.interruption import interruptible
from lab.experiments.progress import Progress
from lab.experiments.running import RunFailed, run
from lab.experiments.stand import Stand, StandProblem, open_stand
from lab.results import folder, reading
from lab.runtime import RuntimeProblem, tell
from lab.verdicts import files
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
    results: Path = RESULTS,
) -> int:
    """Measure one experiment on "docker" or "local", print what came of it; the exit code.

    `name` is its number, its name, or the path of a file. `settings` win over the file's. Raises
    RuntimeProblem, before anything is started, where there is no such experiment or it cannot
    run here.
    """
    experiment = _read([name], quick, settings)[0]
    if runtime not in experiment.runtimes:
        raise RuntimeProblem(f"{experiment.name}: {_not_here(experiment, runtime)}")
    _say_what_is_unheeded(environ)
    path = folder.new(results, experiment.name, _now())
    try:
        with interruptible():
            try:
                _measure(experiment, open_stand(runtime, environ), runtime, path)
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
    results: Path = RESULTS,
) -> tuple[Path, int]:
    """Measure all experiments, or `only` some, into a new report's folder; it and the exit code.

    A quick report leaves out what no claim rests on, unless it is named. One that fails is told
    and left as it is, and so is one that cannot run here. After an interruption the folders
    until then are complete. Raises RuntimeProblem, before anything is started, where a file is
    wrong or the folder cannot be made.
    """
    experiments = _read(only or catalogue.names(), quick)
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
        # One stand for all: opening a network and a driver each time costs a minute in Docker.
        with interruptible(), open_stand(runtime, environ) as stand:
            for number, experiment in enumerate(experiments):
                into = report / experiment.name
                if why := reasons[experiment.name]:
                    folder.skip(into, experiment.name, why)
                    tell(f"{experiment.name} is left out: {why}")
                    continue
                after = [each for each in experiments[number + 1 :] if not reasons[each.name]]
                code = max(code, _one_of_all(experiment, after, stand, runtime, into))
    except KeyboardInterrupt:
        tell(f"interrupted: what was measured until then is in {shown(report)}")
        return report, INTERRUPTED
    except StandProblem as problem:
        raise RuntimeProblem(str(problem)) from None
    return report, code


def list_them(*, quick: bool = False) -> int:
    """Print every experiment with its question and its minutes; nothing needs to run for that."""
    experiments = _read(catalogue.names(), quick)
    lines = [("experiment", "minutes", "question"), ("", "", "")]
    for each in experiments:
        missing = [words.runtime(name) for name in each.why_not if name not in each.runtimes]
        note = f" (not on {' or '.join(missing)})" if missing else ""
        note += " (not in a quick report)" if quick and not each.claims else ""
        lines.append((each.name, f"{catalogue.minutes(each):.1f}", each.question + note))
    total = sum(catalogue.minutes(each) for each in experiments if each.claims or not quick)
    lines += [("", "", ""), ("all", f"{total:.1f}", "")]
    print("\n".join(screen.aligned(lines)))
    return 0


def conclude(path: Path) -> str:
    """Summarize and judge a run, put both beside it, and return the table of it."""
    found = reading.read(path)
    summary = summarize(found)
    verdict = judge(found, summary)
    try:
        files.write(path, summary, verdict)
    except OSError as problem:
        tell(f"summary and verdict could not be written: {problem.strerror}")
    return screen.table(found, summary, verdict)


def shown(path: Path) -> str:
    """A path as short as it can be said here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say_what_is_unheeded(environ: Mapping[str, str]) -> None:
    if given := own_settings.unheeded(environ):
        tell(
            f"{' '.join(given)} does not count here: an experiment's servers are as its file says; "
            f'`make run EXP=... SET="{" ".join(given)}"` changes one'
        )


def _read(
    names: Sequence[str], quick: bool, settings: Mapping[str, str] | None = None
) -> list[Experiment]:
    try:
        return [file.read(catalogue.find(each), quick=quick, settings=settings) for each in names]
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None


def _one_of_all(
    experiment: Experiment,
    after: Sequence[Experiment],
    stand: Stand,
    runtime: str,
    path: Path,
) -> int:
    """Measure it and judge it; 0, or FAILED."""
    after_s = sum(map(duration.experiment_s, after))
    try:
        _measure(experiment, nullcontext(stand), runtime, path, after_s=after_s)
    except RunFailed as problem:
        tell(f"{experiment.name} failed, going on without it: {problem}")
        return FAILED
    finally:
        if reading.is_run(path):
            conclude(path)
    return 0


def _measure(
    experiment: Experiment,
    stand: AbstractContextManager[Stand],
    runtime: str,
    path: Path,
    *,
    after_s: float = 0.0,
) -> None:
    run(
        experiment,
        stand=stand,
        folder=path,
        progress=Progress(experiment, after_s=after_s),
        runtime=runtime,
    )


def _left_out(experiment: Experiment, runtime: str, *, brief: bool) -> str:
    """Why a report does without this experiment; empty where it does not."""
    if runtime not in experiment.runtimes:
        return _not_here(experiment, runtime)
    if brief and not experiment.claims:
        return "this report is a quick one, and no claim rests on it"
    return ""


def _not_here(experiment: Experiment, runtime: str) -> str:
    why = experiment.why_not.get(runtime, "its file does not say why")
    return f"it cannot run on {words.runtime(runtime)}: {why}"


def _now() -> datetime:
    """In this machine's own time, which is how people look for their folders."""
    return datetime.now().astimezone()
