"""Turns an exercise and an attendee's changes into an experiment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.experiments import experiment_file, predicting
from lab.experiments import settings as server_settings
from lab.experiments.experiment import Cell, Experiment, Shape
from lab.experiments.toml_table import ExperimentFileError
from lab.runtime import RuntimeProblem
from workshop.exercises import own_load, worksheet
from workshop.exercises.exercise import CODE, FILE, LOAD, OWN_LOAD, Exercise

MEMORY = "memory_bytes"


class NotYet(Exception):
    """The attendee's work cannot be measured, or was not an honest attempt; one sentence."""


def experiment(exercise: Exercise, environ: Mapping[str, str]) -> Experiment:
    """Build the experiment that grades the exercise.

    `environ` has the attendee's settings. Only the exercise's own settings are taken from it; they
    override those of the exercise's file. Raises NotYet for an error in the attendee's work,
    RuntimeProblem for an error in the exercise.
    """
    document, name = _document(exercise)
    if exercise.change == FILE:
        document = _filled(exercise, document)
    base = server_settings.BASE
    # Only the exercise's own settings; any other setting stays as in the file.
    settings = {each: environ.get(each, base.get(each, "")) for each in exercise.settings}
    made = _made(exercise, document, name, settings)
    if any(each.metric == MEMORY for each in exercise.requirements):
        made = replace(made, probes=True)
    for each in exercise.requirements:
        for cell_name in filter(None, (each.cell, each.times)):
            cell(made, cell_name, name)
    return made


def cell(experiment: Experiment, name: str, file: str = LOAD) -> Cell:
    """The cell with that id, or the only one whose id starts with it.

    Raises RuntimeProblem for none.
    """
    found = [each for each in experiment.cells if each.id == name] or [
        each for each in experiment.cells if each.id.startswith(f"{name}.")
    ]
    if len(found) != 1:
        known = ", ".join(each.id for each in experiment.cells)
        raise RuntimeProblem(f'{file}: no one cell is "{name}": expected one of {known}')
    return found[0]


def _document(exercise: Exercise) -> tuple[dict[str, Any], str]:
    name = f"{exercise.name}/{LOAD}"
    try:
        return experiment_file.document(exercise.folder / LOAD, name), name
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None


def _filled(exercise: Exercise, document: dict[str, Any]) -> dict[str, Any]:
    own = exercise.edit[0]
    fill = own_load.fill if own == OWN_LOAD else worksheet.fill
    try:
        return fill(document, experiment_file.document(exercise.mine / own, own), own)
    except ExperimentFileError as problem:
        raise NotYet(str(problem)) from None


def _made(
    exercise: Exercise, document: Mapping[str, Any], name: str, settings: Mapping[str, str]
) -> Experiment:
    # Only in a CODE exercise do the servers run the attendee's copy.
    package = exercise.mine if exercise.change == CODE else None
    try:
        return experiment_file.described(
            document, name, exercise.name, settings=settings, package=package
        )
    except ExperimentFileError as problem:
        why = str(problem)
    if exercise.change == CODE or (exercise.change != FILE and not settings):
        raise RuntimeProblem(why)
    if exercise.change == FILE:
        raise NotYet(why.removeprefix(f"{name}: "))
    # No prediction is possible with these settings. The server's own error message is clearer.
    try:
        plain = experiment_file.described(document, name, exercise.name)
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None
    return replace(plain, shapes=tuple(_with(each, settings) for each in plain.shapes))


def _with(shape: Shape, settings: Mapping[str, str]) -> Shape:
    own = server_settings.of_framework(settings, predicting.server_of(shape).framework)
    return replace(shape, settings=dict(shape.settings) | own)
