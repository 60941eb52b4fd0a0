"""Parts of a run for tests: a cell, its experiment, its samples, and its files.

The numbers are those of four sync workers before an upstream that waits 1 s: four requests a wave.
Each function takes the fields that a test is about.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell, Chart, Experiment, Load, Prediction, Shape
from lab.experiments.toml_table import ExperimentFileError
from lab.results import experiment_json, sources
from lab.results.measurement import Measurement
from lab.results.writing import COMPLETE, Writer
from lab.samples import Sample

UNPREDICTED = Prediction(why_none="theory has no number for it")


def burst_cell(
    requests: int = 16, *, shape: str = "flask-svc", route: str = "io", **fields: Any
) -> Cell:
    """Return a cell whose load is a burst, without a prediction unless `fields` have one."""
    given = {
        "id": f"{shape}.{route}.burst-{requests}",
        "path": f"/{route}",
        "load": Load(kind="burst", requests=requests),
        "measure": "makespan_s",
        "prediction": UNPREDICTED,
        "tolerance": 0.05,
    }
    return Cell(**{"shape": shape, "route": route, **given, **fields})


def experiment(*cells: Cell, **fields: Any) -> Experiment:
    """Return an experiment with these cells; its shapes are the cells' shapes of flask-svc."""
    names = sorted({each.shape for each in cells if not each.direct})
    given = {
        "name": "99-made",
        "question": "?",
        "explains": "",
        "claims": (),
        "shapes": tuple(Shape(name=name, target="flask-svc") for name in names),
        "cells": cells,
        "chart": Chart(kind="points", metric="makespan_s"),
        "behaviour": {"delay_ms": 1000.0},
        "series": 3,
        "quick": False,
    }
    return Experiment(**{**given, **fields})


def answer(index: int = 0, *, wave_s: float = 1.0, **fields: Any) -> Sample:
    """Return one answer of a burst on four workers; `index` counts from 0."""
    given = {
        "start_s": 0.0,
        "sent_s": 0.0,
        "latency_s": wave_s * (1 + index // 4),
        "status": 200,
        "target": "flask-svc",
        "route": "io",
        "worker_pid": 11 + index % 4,
        "upstream_s": 1.0,
    }
    return Sample(**{**given, **fields})


@cache
def todays_sources(name: str) -> dict[str, str]:
    """Return the hashes of the tree, with the definition of the lab's experiment of that name."""
    try:
        definition = experiment_file.read(catalogue.find(name)).definition
    except ExperimentFileError:
        definition = ""
    return sources.of_tree(definition)


def write_run(
    folder: Path,
    made: Experiment,
    measurements: Iterable[Measurement],
    *,
    state: str = COMPLETE,
    reason: str = "",
    **metadata: Any,
) -> Path:
    """Write a run's files; return its folder. Its sources are those of today."""
    known = {"experiment": experiment_json.as_dict(made), "sources": todays_sources(made.name)}
    writer = Writer(folder, {**known, **metadata})
    for each in measurements:
        writer.add(each)
    writer.close(state, reason)
    return folder
