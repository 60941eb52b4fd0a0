"""Every experiment on real servers, cut down to a look at each of its cells.

What is measured so shortly proves nothing about the question. It shows that the file can be
run: that each cell's load reaches its server, is answered, and leaves what its metric needs.
"""

import io
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lab import targets
from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell, Experiment, Load, Shape
from lab.results import reading
from lab.results.measurement import MEASURED, Measurement
from lab.results.reading import Run
from lab.running.run_experiment import run
from lab.running.run_progress import RunProgress
from lab.running.testbed import open_testbed
from lab.verdicts.summary import summarize

pytestmark = [pytest.mark.loads, pytest.mark.linux]  # it looks at the memory of servers

MOST: Mapping[str, float] = {
    "requests": 30,
    "bursts": 2,
    "users": 30,
    "rate_rps": 30.0,
    "ramp_s": 0.05,
    "warmup_s": 0.1,
    "duration_s": 0.4,
    "hold_s": 0.2,
}
"""Nothing is longer or more than that."""
DELAY_MS = 60.0
HELD_DELAY_MS = 600.0
WORKERS = {"flask": "2", "fastapi": "1"}
SHORTER = {"n=10&every_ms=100": "n=3&every_ms=20", "ms=20": "ms=2"}
"""What a request asks for, where that is not the upstream's delay."""


def shortened(experiment: Experiment) -> Experiment:
    """One series of each cell, with few requests, short waits and few workers."""
    holds = any(cell.load.kind == "hold" for cell in experiment.cells)
    delay_ms = min(experiment.behaviour["delay_ms"], HELD_DELAY_MS if holds else DELAY_MS)
    cells = tuple(
        replace(
            cell,
            load=less(cell.load),
            path=sooner(cell.path),
            expected_s=1.0,
        )
        for cell in experiment.cells
    )
    return replace(
        experiment,
        shapes=tuple(map(smaller, experiment.shapes)),
        cells=cells,
        behaviour=dict(experiment.behaviour) | {"delay_ms": delay_ms},
        series=1,
        fresh=False,
    )


def sooner(path: str) -> str:
    """The path, with a shorter wait or less work in its query."""
    for long, short in SHORTER.items():
        path = path.replace(f"?{long}", f"?{short}")
    return path


def smaller(shape: Shape) -> Shape:
    """The shape, with no more workers than it takes to be of its kind."""
    framework = targets.target(shape.target).framework
    own = {f"{framework.upper()}_WORKERS": WORKERS[framework]}
    return replace(shape, settings=dict(shape.settings) | own)


def less(load: Load) -> Load:
    """The load, with nothing above its limit; none of it where there was none."""
    cut = {name: min(getattr(load, name), most) for name, most in MOST.items()}
    if load.kind == "ask":
        cut["requests"] = 1
    return replace(load, **cut)


@pytest.mark.parametrize("name", catalogue.names())
def test_each_cell_of_an_experiment_is_measured(name: str, tmp_path: Path) -> None:
    """Each has answers, and the metric that its prediction is about."""
    whole = experiment_file.read(catalogue.find(name), quick=True)
    if "local" not in whole.runtimes:
        assert whole.why_not["local"]
        return
    experiment = shortened(whole)

    run(
        experiment,
        testbed=open_testbed("local", os.environ),
        folder=tmp_path / "run",
        progress=RunProgress(experiment, stream=io.StringIO()),
        runtime="local",
    )

    found = reading.read(tmp_path / "run")
    assert found.is_complete
    assert {each.cell for each in found.measurements} == {cell.id for cell in experiment.cells}
    for each in found.measurements:
        require_sane(experiment.cell(each.cell), each)
    require_metrics(found)


def require_sane(cell: Cell, measured: Measurement) -> None:
    """There are answers, from the server under test, and no failures but those expected."""
    load, rows = cell.load, [row for row in measured.rows if row.phase == MEASURED]
    failures = [row.sample.error for row in rows if row.sample.error]
    if load.kind == "threads":
        assert all(
            measured.figures[name]
            for name in ("thread_start_s", "thread_bare_s", "thread_create_s")
        ), cell.id
        return
    if load.kind == "hold" and not load.requests:
        assert measured.before, cell.id
        return
    if load.keeps == "counts":
        assert sum(measured.counts.values()) > 0, cell.id
        assert measured.failed == 0, (cell.id, measured.driver)
        return
    expected = {
        "burst": load.requests * load.bursts,
        "hold": load.requests,
        "sockets": load.requests,
        "ask": len(load.asks),
    }
    assert len(rows) == expected.get(load.kind, len(rows) or 1), cell.id
    if load.kind == "ask":
        assert len(measured.answers) == len(load.asks)
        assert any(row.sample.status in (200, 201) for row in rows), failures
        return
    if not cell.errors_expected:
        assert not failures, (cell.id, failures)
    if load.kind == "hold":
        assert measured.held, cell.id
        assert sum(each.pss_bytes for each in measured.held) > 1e6, cell.id
    if not cell.direct and load.kind != "sockets":
        assert all(row.sample.worker_pid for row in rows if not row.sample.error), cell.id


def require_metrics(found: Run) -> None:
    """Each cell has the metric that it is about."""
    summary = summarize(found)
    missing = {
        cell.id: cell.measure
        for cell in found.experiment.cells
        if cell.measure not in summary.cells[cell.id].metrics and not cell.errors_expected
    }
    assert missing == {}
