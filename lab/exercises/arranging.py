"""From an exercise and what somebody made of it to an experiment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.exercises import own_load, worksheet
from lab.exercises.exercise import CODE, FILE, LOAD, OWN_LOAD, Exercise
from lab.experiments import file, predicting
from lab.experiments import settings as server_settings
from lab.experiments.experiment import Cell, Experiment, Shape
from lab.experiments.table import ExperimentFileError
from lab.runtime import RuntimeProblem

MEMORY = "memory_bytes"


class NotYet(Exception):
    """What somebody made cannot even be tried, or was no honest try; one sentence."""


def experiment(exercise: Exercise, environ: Mapping[str, str]) -> Experiment:
    """The experiment that says whether it is done.

    `environ` has the settings as the attendee has them; those of the exercise lie over the
    file's, and no other has a say. Raises NotYet for what is the attendee's, and RuntimeProblem
    for what is wrong with the exercise itself.
    """
    document, name = _document(exercise)
    if exercise.change == FILE:
        document = _filled(exercise, document)
    base = server_settings.BASE
    settings = {each: environ.get(each, base.get(each, "")) for each in exercise.settings}
    made = _made(exercise, document, name, settings)
    if any(each.metric == MEMORY for each in exercise.requirements):
        made = replace(made, probes=True)
    for each in exercise.requirements:
        for cell_name in filter(None, (each.cell, each.times)):
            cell(made, cell_name, name)
    return made


def cell(experiment: Experiment, name: str, file: str = LOAD) -> Cell:
    """The cell of that id, or the only one whose id begins with it; RuntimeProblem for none."""
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
        return file.document(exercise.folder / LOAD, name), name
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None


def _filled(exercise: Exercise, document: dict[str, Any]) -> dict[str, Any]:
    own = exercise.edit[0]
    fill = own_load.fill if own == OWN_LOAD else worksheet.fill
    try:
        return fill(document, file.document(exercise.mine / own, own), own)
    except ExperimentFileError as problem:
        raise NotYet(str(problem)) from None


def _made(
    exercise: Exercise, document: Mapping[str, Any], name: str, settings: Mapping[str, str]
) -> Experiment:
    package = exercise.mine if exercise.change == CODE else None
    try:
        return file.described(document, name, exercise.name, settings=settings, package=package)
    except ExperimentFileError as problem:
        why = str(problem)
    if exercise.change == CODE or (exercise.change != FILE and not settings):
        raise RuntimeProblem(why)
    if exercise.change == FILE:
        raise NotYet(why.removeprefix(f"{name}: "))
    # The settings cannot be computed with. What the server itself says of them is clearer.
    try:
        plain = file.described(document, name, exercise.name)
    except ExperimentFileError as problem:
        raise RuntimeProblem(str(problem)) from None
    return replace(plain, shapes=tuple(_with(each, settings) for each in plain.shapes))


def _with(shape: Shape, settings: Mapping[str, str]) -> Shape:
    own = server_settings.of_framework(settings, predicting.server_of(shape).framework)
    return replace(shape, settings=dict(shape.settings) | own)
