"""A run in numbers: each metric over its repeats, the lines through cells, the doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from lab import dialled
from lab.experiments.behaviour import UNCHANGED
from lab.experiments.experiment import Cell, Experiment, Fit
from lab.results.measurement import Measurement
from lab.results.reading import Run
from lab.verdicts import doubts
from lab.verdicts.evidence import Evidence
from lab.verdicts.intervals import wilson
from lab.verdicts.judgement import Measured
from lab.verdicts.lines import Line, line
from lab.verdicts.metrics import bursts, metrics, parts

FEWEST_REPEATS = 3
SHARES_OF_BURSTS = frozenset({"second_wave_share"})
"""Metrics that count how often something happened: repeats are pooled."""


@dataclass(frozen=True, slots=True)
class CellSummary:
    """One cell: its metrics over all repeats, how many there were, and what is doubtful."""

    metrics: Mapping[str, Measured]
    repeats: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """All cells of a run by id, and its fits by name; a fit without points enough is left out."""

    cells: Mapping[str, CellSummary]
    fits: Mapping[str, Line]


def summarize(run: Run) -> Summary:
    """The numbers of a run, of whatever part of it was measured."""
    cells = {
        cell.id: _cell(cell, _of(run.measurements, cell.id), run) for cell in run.experiment.cells
    }
    fits = {}
    for fit in run.experiment.fits:
        if (found := line(_points(fit, run.experiment, cells))) is not None:
            fits[fit.name] = found
    return Summary(cells, fits)


def over_repeats(values: Sequence[float]) -> Measured:
    """The median of all values, between the least and the most."""
    return Measured(tuple(values), median(values), min(values), max(values))


def pooled_share(shares: Sequence[float], of: Sequence[int]) -> Measured:
    """Shares of so many trials each as one share of all, with its 95 % interval."""
    trials = sum(of)
    found = sum(part * number for part, number in zip(shares, of, strict=True))
    low, high = wilson(found, trials)
    return Measured(tuple(shares), found / trials, low, high)


def hold_s(cell: Cell, experiment: Experiment) -> float:
    """How long the upstream holds a request of the cell on average, by its dial."""
    return dialled.expected_hold_s(
        {**UNCHANGED, **experiment.behaviour}, parts=parts(cell), timeout_s=dialled.LONGEST_DRAW_S
    )


def _cell(cell: Cell, measurements: Sequence[Measurement], run: Run) -> CellSummary:
    held_s = hold_s(cell, run.experiment)
    fixed = {**UNCHANGED, **run.experiment.behaviour}["distribution"] == "fixed"
    # A route that never asks the upstream has no wait to take off.
    asked = any(each.upstream.get("served") for each in measurements) or cell.direct
    by_repeat = [
        metrics(cell, each, hold_s=held_s if fixed and asked else None) for each in measurements
    ]
    over_all = {
        name: _measured(name, by_repeat, measurements)
        for name in dict.fromkeys(name for each in by_repeat for name in each)
    }
    seen = _evidence(cell, measurements, over_all, run, held_s if asked else 0.0)
    return CellSummary(over_all, len(measurements), doubts.doubts(seen))


def _measured(
    name: str, by_repeat: Sequence[Mapping[str, float]], measurements: Sequence[Measurement]
) -> Measured:
    having = [
        (each[name], measurement)
        for each, measurement in zip(by_repeat, measurements, strict=True)
        if name in each
    ]
    values = [value for value, _ in having]
    if name in SHARES_OF_BURSTS:
        return pooled_share(values, [len(bursts(measurement)) for _, measurement in having])
    return over_repeats(values)


def _evidence(
    cell: Cell,
    measurements: Sequence[Measurement],
    over_all: Mapping[str, Measured],
    run: Run,
    held_s: float,
) -> Evidence:
    metadata = run.metadata
    slots = _server_slots(metadata, cell)
    return Evidence(
        cell=cell,
        measurements=measurements,
        metrics=over_all,
        repeats=run.experiment.repeats,
        fewest_repeats=FEWEST_REPEATS,
        hold_s=held_s,
        ceiling_rps=(metadata.get("ceiling") or {}).get("rate_rps"),
        server_slots=slots.get(cell.route),
        server_slots_known=cell.route in slots and not cell.direct,
        state=metadata["state"],
        reason=metadata.get("reason") or "",
        busy_before=metadata.get("busy_before") or 0.0,
        limits=metadata.get("limits") or {},
    )


def _server_slots(metadata: Mapping[str, Any], cell: Cell) -> Mapping[str, int | None]:
    server = (metadata.get("servers") or {}).get(cell.shape) or {}
    return server.get("slots") or {}


def _of(measurements: Sequence[Measurement], cell: str) -> list[Measurement]:
    return sorted(
        (each for each in measurements if each.cell == cell), key=lambda each: each.repeat
    )


def _points(
    fit: Fit, experiment: Experiment, cells: Mapping[str, CellSummary]
) -> list[tuple[float, float]]:
    points = []
    for cell in fit.cells:
        x, found = experiment.cell(cell).x, cells[cell].metrics.get(fit.metric)
        if x is not None and found is not None:
            points += [(x, value) for value in found.values]
    return points
