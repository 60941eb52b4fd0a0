"""Summarize a run: metrics over series, lines through cells, and doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from lab import upstream_wait
from lab.experiments.behaviour import UNCHANGED
from lab.experiments.experiment import Cell, Experiment, Fit
from lab.results.measurement import Measurement
from lab.results.reading import Run
from lab.targets import DATABASE_ROUTES
from lab.verdicts import doubt_rules
from lab.verdicts.estimates import Line, clustered_share, line
from lab.verdicts.evidence import Evidence
from lab.verdicts.judgement import Measured
from lab.verdicts.metrics import bursts, metrics, parts

FEWEST_SERIES = doubt_rules.ENOUGH_SERIES
FEWEST_SERIES_OF_QUICK = 1
"""A quick run looks once, and shows no spread."""
SHARES_OF_BURSTS = frozenset({"second_wave_share"})
"""Metrics that are shares of bursts. Their series are pooled into one share."""


@dataclass(frozen=True, slots=True)
class CellSummary:
    """Metrics of one cell over all its series, the number of series, and the doubts."""

    metrics: Mapping[str, Measured]
    series: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Summaries of a run's cells by id, and its lines by name of the fit.

    A fit with too few points has no line.
    """

    cells: Mapping[str, CellSummary]
    fits: Mapping[str, Line]


def summarize(run: Run) -> Summary:
    """Summarize a run, complete or not; a cell without measurements has no metrics."""
    cells = {cell.id: _cell(cell, run) for cell in run.experiment.cells}
    fits = {}
    for fit in run.experiment.fits:
        if (found := line(_points(fit, run.experiment, cells))) is not None:
            fits[fit.name] = found
    return Summary(cells, fits)


def over_series(values: Sequence[float]) -> Measured:
    """Return median, minimum and maximum of one value per series."""
    return Measured(tuple(values), median(values), min(values), max(values))


def pooled_share(shares: Sequence[float], of: Sequence[int]) -> Measured:
    """Pool shares of series, weighted by their numbers of trials `of`, with a 95 % interval."""
    found = [part * number for part, number in zip(shares, of, strict=True)]
    share, low, high = clustered_share(found, of)
    return Measured(tuple(shares), share, low, high)


def hold_s(cell: Cell, experiment: Experiment) -> float:
    """Mean time in seconds that a request of the cell is held behind its server, from the dial."""
    return upstream_wait.expected_hold_s(
        {**UNCHANGED, **experiment.behaviour},
        parts=parts(cell),
        timeout_s=upstream_wait.LONGEST_DRAW_S,
    )


def evidence(run: Run, cell: Cell, over_all: Mapping[str, Measured]) -> Evidence:
    """Return the evidence for judging a cell of the run; `over_all` are its metrics."""
    metadata, measurements = run.metadata, _by_series(run, cell)
    slots = _server_slots(metadata, cell)
    return Evidence(
        cell=cell,
        measurements=measurements,
        metrics=over_all,
        series=run.experiment.series,
        fewest_series=FEWEST_SERIES_OF_QUICK if run.experiment.quick else FEWEST_SERIES,
        hold_s=hold_s(cell, run.experiment) if _has_asked(cell, measurements) else 0.0,
        ceiling_rps=(metadata.get("ceiling") or {}).get("rate_rps"),
        upstream_ceiling_rps=(metadata.get("upstream_ceiling") or {}).get("rate_rps"),
        server_slots=slots.get(cell.route),
        server_slots_known=cell.route in slots and not cell.direct,
        state=metadata["state"],
        reason=metadata.get("reason") or "",
        busy_before=metadata.get("busy_before") or 0.0,
        work_s=_work_s(metadata),
    )


def _cell(cell: Cell, run: Run) -> CellSummary:
    measurements = _by_series(run, cell)
    fixed = {**UNCHANGED, **run.experiment.behaviour}["distribution"] == "fixed"
    held_s = hold_s(cell, run.experiment) if fixed and _has_asked(cell, measurements) else None
    by_series = [metrics(cell, each, hold_s=held_s) for each in measurements]
    over_all = {
        name: _measured(name, by_series, measurements)
        for name in dict.fromkeys(name for each in by_series for name in each)
    }
    doubts = doubt_rules.doubts(evidence(run, cell, over_all))
    return CellSummary(over_all, len(measurements), doubts)


def _has_asked(cell: Cell, measurements: Sequence[Measurement]) -> bool:
    # A route that waits for nothing as long as the dial says has no wait to subtract.
    return (
        cell.route in DATABASE_ROUTES
        or any(each.upstream.get("served") for each in measurements)
        or cell.direct
    )


def _measured(
    name: str, by_series: Sequence[Mapping[str, float]], measurements: Sequence[Measurement]
) -> Measured:
    having = [
        (each[name], measurement)
        for each, measurement in zip(by_series, measurements, strict=True)
        if name in each
    ]
    values = [value for value, _ in having]
    if name in SHARES_OF_BURSTS:
        return pooled_share(values, [len(bursts(measurement)) for _, measurement in having])
    return over_series(values)


def _server_slots(metadata: Mapping[str, Any], cell: Cell) -> Mapping[str, int | None]:
    server = (metadata.get("servers") or {}).get(cell.shape) or {}
    return server.get("slots") or {}


def _work_s(metadata: Mapping[str, Any]) -> list[float]:
    # A series that was interrupted has no probe after it, and an old run has none at all.
    probes = [each[name] for each in metadata.get("noise") or () for name in ("before", "after")]
    return [each["work_s"] for each in probes if each]


def _by_series(run: Run, cell: Cell) -> list[Measurement]:
    return sorted(run.of(cell.id), key=lambda each: each.series)


def _points(
    fit: Fit, experiment: Experiment, cells: Mapping[str, CellSummary]
) -> list[tuple[float, float]]:
    points = []
    for cell in fit.cells:
        x, found = experiment.cell(cell).x, cells[cell].metrics.get(fit.metric)
        if x is not None and found is not None:
            points += [(x, value) for value in found.values]
    return points
