"""Reads exercise.toml and rejects unknown keys.

title = "Two waves"                    minutes = 10
task = '''what to do, a sentence on a line'''
change = "settings"                    or "code", or "file"
settings = ["FLASK_WORKERS"]           "settings": the settings to change
edit = ["flask_svc/app.py"]            "code": files of the services; "file": load.toml, which
                                       is a load, or worksheet.toml (worksheet.py)
hint = "..."                           default for requirements without a hint

[[require]]                            exercise.py says what each key means
cell = "flask-svc.io.burst-16"         or "flask-svc" if one cell begins with it
metric = "makespan_s"                  or "FLASK_WORKER_CLASS", with one_of = ["gthread"]
at_most = 2.3                          and at_least; both equal for an exact number
times = "other-shape"                  divide by the number of another cell
told = "as few as it takes"            shown instead of a bound that reveals the answer
hint = "..."                           shown after a change without success

[honest]
calls_per_request = 3                  default 1
held_s_per_request = 3.0               default: the dial's delay
"""

from pathlib import Path

from lab import environment
from lab.experiments import experiment_file
from lab.experiments.metric_catalogue import METRICS
from lab.experiments.settings import KNOWN
from lab.experiments.toml_table import ExperimentFileError, TomlTable
from workshop.exercises.exercise import (
    CHANGES,
    CODE,
    ENV,
    EXERCISE,
    FILE,
    FILES,
    LOAD,
    SETTINGS,
    START,
    Exercise,
    Honest,
    Requirement,
)
from workshop.exercises.quantities import QUANTITIES


def read(folder: Path) -> Exercise:
    """Read the exercise in a folder.

    Raises ExperimentFileError with one sentence that names file and key.
    """
    name = f"{folder.name}/{EXERCISE}"
    top = TomlTable(experiment_file.document(folder / EXERCISE, name), name)
    change = top.text("change", of=CHANGES)
    exercise = Exercise(
        folder=folder,
        title=top.text("title"),
        minutes=top.whole("minutes"),
        task=_lines(top, "task"),
        change=change,
        edit=tuple(top.texts("edit")) if change != SETTINGS else (),
        settings=tuple(top.texts("settings", of=KNOWN)) if change == SETTINGS else (),
        hint=top.text("hint", ""),
        requirements=tuple(_requirement(each) for each in top.tables("require")),
        honest=_honest(top.table("honest", {})),
    )
    if not exercise.requirements:
        raise top.bad("require", [], "one [[require]] at least")
    # finish rejects every key that was not read.
    top.finish()
    _require_start(exercise, top)
    return exercise


def _lines(top: TomlTable, key: str) -> str:
    text = top.anything(key)
    if not isinstance(text, str) or not text.strip():
        raise top.bad(key, text, "some text")
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _requirement(table: TomlTable) -> Requirement:
    metric = table.text("metric")
    if metric not in {*METRICS, *QUANTITIES, *KNOWN}:
        expected = f"a metric of docs/results.md, {', '.join(QUANTITIES)}, or a setting"
        raise table.bad("metric", metric, expected)
    found = Requirement(
        cell=table.text("cell"),
        metric=metric,
        at_least=table.number("at_least") if "at_least" in table else None,
        at_most=table.number("at_most") if "at_most" in table else None,
        one_of=tuple(table.texts("one_of", ())),
        times=table.text("times", ""),
        hint=table.text("hint", ""),
        told=table.text("told", ""),
    )
    for key in ("at_least", "at_most"):
        table.anything(key, None)  # mark the key as known
    table.finish()
    # Exactly one kind of bound: numbers, or words of a setting.
    has_bound = found.at_least is not None or found.at_most is not None
    if has_bound == bool(found.one_of):
        raise table.bad("metric", metric, "at_least or at_most with it, or one_of")
    if found.one_of and metric not in KNOWN:
        raise table.bad("one_of", list(found.one_of), "no words for what is a number")
    return found


def _honest(table: TomlTable) -> Honest:
    held = table.number("held_s_per_request", -1.0)
    found = Honest(
        calls_per_request=table.number("calls_per_request", 1.0),
        held_s_per_request=None if held < 0 else held,
    )
    table.finish()
    return found


def _require_start(exercise: Exercise, top: TomlTable) -> None:
    """Check that the exercise's starting files exist and fit its kind."""
    if not (exercise.folder / LOAD).is_file():
        raise ExperimentFileError(f"{exercise.name}/{LOAD}: no such file")
    start = exercise.folder / START
    if exercise.change == SETTINGS:
        try:
            given = environment.read(start / ENV)
        except environment.EnvironmentFileError as problem:
            raise ExperimentFileError(f"{exercise.name}/{START}/{problem}") from None
        if sorted(given) != sorted(exercise.settings):
            raise top.bad("settings", list(exercise.settings), f"those of {START}/{ENV}, and all")
        return
    if exercise.change == FILE and (len(exercise.edit) != 1 or exercise.edit[0] not in FILES):
        raise top.bad("edit", list(exercise.edit), f"one of {', '.join(FILES)}")
    packages = ("flask_svc/", "fastapi_svc/")
    if exercise.change == CODE and not all(each.startswith(packages) for each in exercise.edit):
        raise top.bad("edit", list(exercise.edit), f"files in {' or '.join(packages)}")
    for each in exercise.edit:
        if not (start / each).is_file():
            raise top.bad("edit", each, f"a file that {START}/ has")
