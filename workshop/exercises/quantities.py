"""Quantities that an exercise can require in addition to the metrics of docs/results.md."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from lab.experiments import metric_catalogue
from lab.experiments.experiment import Cell, Experiment
from lab.experiments.metric_catalogue import Metric
from lab.experiments.predicting import server_of
from lab.experiments.settings import BASE, KNOWN
from lab.results.measurement import Measurement
from lab.results.reading import Run
from lab.rounded import in_unit
from lab.running import settling
from lab.verdicts.metrics import has_failed
from lab.verdicts.summary import Summary

QUANTITIES: Mapping[str, Metric] = MappingProxyType(
    {
        each.name: each
        for each in (
            Metric("workers", "worker processes"),
            Metric("memory_bytes", "memory of its processes", "bytes"),
            Metric("failed_share", "share of requests failed", "share"),
            Metric("upstream_peak", "calls that the upstream held at once"),
            Metric("upstream_calls", "calls to the upstream for an answer"),
            Metric("upstream_held_s", "time at the upstream for an answer", "s"),
            Metric("connections", "connections to the database"),
            Metric("in_flight", "requests in flight, by Little's law"),
            Metric("slots_share", "slots for each request in flight"),
            Metric("kept_up", "answers for each arrival", "share"),
            Metric("p99_waits", "99th percentile, in waits at the upstream"),
        )
    }
)
"""Quantities by name.

memory_bytes is the proportional set size (PSS) of all processes of the server, right after its
load. upstream_peak and upstream_calls count calls; a request may make several. connections is the
largest of three numbers: what the pools of all workers may open, what is open after the load, and
what the database held at once. in_flight is the arrival rate times the time the upstream holds
each. slots_share, kept_up and p99_waits relate the server's slots, its answers per second and its
99th percentile to those arrivals.
"""

Value = float | str


def value(run: Run, summary: Summary, cell: Cell, metric: str) -> Value | None:
    """Value of a quantity, metric or setting for a cell; None where it is not available."""
    if metric in KNOWN:
        return _setting(run.experiment, cell, metric)
    if metric in QUANTITIES:
        found = run.of(cell.id)
        return _READ[metric](run, summary, cell, found[-1]) if found else None
    measured = summary.cells[cell.id].metrics.get(metric)
    return None if measured is None else measured.middle


def said(metric: str, value: Value) -> str:
    """Format a value with its unit."""
    if isinstance(value, str):
        return value
    if metric in QUANTITIES:
        return in_unit(QUANTITIES[metric].unit, value)
    return metric_catalogue.said(metric, value)


def answered(cell: Cell, measurement: Measurement) -> int:
    """Number of good answers in a measurement, the warm-up included."""
    # Warm-up included, because the upstream's counts include it too.
    rows = [row for row in measurement.rows if not has_failed(cell, row)]
    return len(rows) + sum(measurement.counts.values())


def held_s(cell: Cell, measurement: Measurement) -> float:
    """Total seconds for which the upstream, or the database, held the calls of a measurement."""
    return float(_counted(cell, measurement).get("held_ms") or 0.0) / 1000


def calls(cell: Cell, measurement: Measurement) -> int:
    """Number of calls that the upstream, or the database, served during a measurement."""
    return int(_counted(cell, measurement).get("served") or 0)


def _counted(cell: Cell, measurement: Measurement) -> Mapping[str, Any]:
    return measurement.database if settling.waits_for_database(cell) else measurement.upstream


def _setting(experiment: Experiment, cell: Cell, name: str) -> Value | None:
    settings = dict(BASE) | dict(server_of(experiment.shape(cell.shape)).settings)
    text = settings.get(name, "")
    try:
        return float(text)
    except ValueError:
        return text or None


def _workers(run: Run, _s: Summary, cell: Cell, _m: Measurement) -> float | None:
    workers = ((run.metadata.get("servers") or {}).get(cell.shape) or {}).get("workers")
    return None if workers is None else float(workers)


def _memory_bytes(_r: Run, _s: Summary, _c: Cell, measurement: Measurement) -> float | None:
    return float(sum(each.pss_bytes for each in measurement.after)) or None


def _failed_share(_r: Run, summary: Summary, cell: Cell, _m: Measurement) -> float | None:
    metrics = summary.cells[cell.id].metrics
    if "failed" not in metrics or "answered" not in metrics:
        return None
    failed, good = metrics["failed"].middle, metrics["answered"].middle
    return failed / (failed + good) if failed + good else None


def _upstream_peak(_r: Run, _s: Summary, _c: Cell, measurement: Measurement) -> float:
    return float(measurement.upstream.get("peak") or 0.0)


def _upstream_calls(_r: Run, _s: Summary, cell: Cell, measurement: Measurement) -> float | None:
    number = answered(cell, measurement)
    return calls(cell, measurement) / number if number else None


def _upstream_held_s(_r: Run, _s: Summary, cell: Cell, measurement: Measurement) -> float | None:
    number = answered(cell, measurement)
    return held_s(cell, measurement) / number if number else None


def _connections(run: Run, _s: Summary, cell: Cell, measurement: Measurement) -> float | None:
    server = (run.metadata.get("servers") or {}).get(cell.shape) or {}
    settings = server.get("settings") or {}
    found = [measurement.database.get(name) for name in ("connections", "peak")]
    if settings.get("db_lifetime") == "worker":
        found.append(server["workers"] * settings["db_pool"])
    return max((float(each) for each in found if each is not None), default=None)


def _in_flight(_r: Run, _s: Summary, cell: Cell, _m: Measurement) -> float | None:
    return cell.load.rate_rps * (cell.service_s or 0.0) or None


def _slots_share(run: Run, summary: Summary, cell: Cell, measurement: Measurement) -> float | None:
    busy = _in_flight(run, summary, cell, measurement)
    if busy is None:
        return None
    # Without a limit there are as many slots as requests in flight.
    return 1.0 if cell.slots is None else cell.slots / busy


def _kept_up(_r: Run, summary: Summary, cell: Cell, _m: Measurement) -> float | None:
    rate = summary.cells[cell.id].metrics.get("throughput_rps")
    return rate.middle / cell.load.rate_rps if rate and cell.load.rate_rps else None


def _p99_waits(_r: Run, summary: Summary, cell: Cell, _m: Measurement) -> float | None:
    p99 = summary.cells[cell.id].metrics.get("p99_s")
    return p99.middle / cell.service_s if p99 and cell.service_s else None


_READ: Mapping[str, Callable[[Run, Summary, Cell, Measurement], float | None]] = MappingProxyType(
    {
        "workers": _workers,
        "memory_bytes": _memory_bytes,
        "failed_share": _failed_share,
        "upstream_peak": _upstream_peak,
        "upstream_calls": _upstream_calls,
        "upstream_held_s": _upstream_held_s,
        "connections": _connections,
        "in_flight": _in_flight,
        "slots_share": _slots_share,
        "kept_up": _kept_up,
        "p99_waits": _p99_waits,
    }
)
