"""Measurements for a plan: memory per slot and worker, processor time per request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.environment import ROOT
from lab.experiments.experiment import Cell, Experiment
from lab.plan.shapes import ServerShape
from lab.results import folder, reading
from lab.results.reading import Run, RunUnreadableError
from lab.targets import target
from lab.verdicts.summary import Summary, summarize

MEMORY, RAW, EQUAL_SLOTS = "11-memory", "12-raw-throughput", "08-equal-slots"
REFERENCE = "reference"

Server = tuple[str, str]
"""Framework and worker class, such as ("flask", "gthread")."""


@dataclass(frozen=True, slots=True)
class Source:
    """A run that a plan takes numbers from; as text: its folder, runtime, cores and day."""

    run: Run
    summary: Summary

    def __str__(self) -> str:
        metadata = self.run.metadata
        cores = (metadata.get("machine") or {}).get("cores")
        day = str(metadata.get("started_at") or "")[:10]
        path = self.run.folder
        where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        told = [str(where), str(metadata.get("runtime")), f"{cores} cores", day]
        if self.run.experiment.quick:
            told.append("shortened")
        return ", ".join(each for each in told if each)


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one kind of server, in bytes.

    `idle` is the memory without requests, `worker` the memory of one more worker (None where it
    was not measured), `slot` the memory of one more slot in use.
    """

    idle: float
    worker: float | None
    slot: float

    def of(self, workers: int, in_use: float) -> float | None:
        """Memory in bytes of `workers` with `in_use` slots in use; None where not measured."""
        if workers > 1 and self.worker is None:
            return None
        return self.idle + (workers - 1) * (self.worker or 0.0) + in_use * self.slot


def newest(results: Path, name: str) -> Source | None:
    """Return the newest complete run of that experiment in `results`, else of the reference.

    `name` is the experiment's name. Runs that cannot be read are ignored. None where there is
    no run.
    """
    reference = results / REFERENCE
    own = [each for each in _folders(results, name) if reference not in each.parents]
    for folders in (own, _folders(reference, name)):
        for _, path in sorted(((_begun(each), each) for each in folders), reverse=True):
            if (run := _read(path)) is not None:
                return Source(run, summarize(run))
    return None


def memory(source: Source, shape: ServerShape) -> Memory | None:
    """Return the memory of a shape, from the fits of 11-memory; None without a fit for it."""
    fits = source.summary.fits
    line, workers = fits.get(shape.fit), fits.get(shape.worker_fit)
    if line is None:
        return None
    if shape.fit == shape.worker_fit:
        return Memory(line.intercept + line.slope, line.slope, 0.0)
    return Memory(line.intercept, workers.slope if workers else None, line.slope)


def requests_per_cpu_s(source: Source) -> dict[tuple[str, str, str], float]:
    """Requests per second of processor time, by framework, worker class and route."""
    found: dict[tuple[str, str, str], float] = {}
    experiment = source.run.experiment
    for cell in experiment.cells:
        measured = source.summary.cells[cell.id].metrics.get("requests_per_cpu_s")
        if measured is None or cell.direct:
            continue
        # Several cells, such as one per number of workers: take the lowest rate, to be careful.
        kind = (*_server(experiment, cell), cell.route)
        found[kind] = min(found.get(kind, measured.middle), measured.middle)
    return found


def _folders(results: Path, name: str) -> Iterator[Path]:
    # Single runs, and runs inside reports; not those of exercises, which have their own numbers.
    yield from results.glob(name)
    yield from results.glob(f"*-{name}")
    yield from results.glob(f"*/{name}")


def _begun(run: Path) -> str:
    # ISO 8601 sorts as text. Only run.json is read here; the whole run is read once it is chosen.
    try:
        return str(json.loads((run / folder.RUN).read_text(encoding="utf-8"))["started_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _read(path: Path) -> Run | None:
    try:
        run = reading.read(path)
    except RunUnreadableError:
        return None
    return run if run.is_complete else None


def _server(experiment: Experiment, cell: Cell) -> Server:
    shape = experiment.shape(cell.shape)
    of = target(shape.target)
    settings = {**of.settings, **shape.settings}
    default = "sync" if of.framework == "flask" else "asgi"
    # Starlette alone is no measure of FastAPI.
    framework = settings.get("FASTAPI_APP", of.framework)
    return framework, settings.get(f"{of.framework.upper()}_WORKER_CLASS", default)
