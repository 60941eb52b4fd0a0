"""Estimates of measuring time, before anything is sent: of a load, and of the overhead around it.

The run uses them for the remaining time on the screen and for timeouts.
"""

from lab import theory
from lab.experiments import predicting, settings
from lab.experiments.experiment import (
    CLOSED,
    HOLD,
    LOADS,
    OPEN,
    THREADS,
    Cell,
    Experiment,
    Load,
    Shape,
)
from lab.targets import asks_database

PAUSE_S = 0.05
"""Pause of the driver between two bursts."""
HELD_S = 0.3
"""Extra time of a hold: requests stay in flight while the run reads the server's processes."""
REQUEST_S = 0.0005
"""Upper bound of the cost of one request of a burst, on a machine with 2 cores."""
ASKED_S = 0.005
THREAD_S = 0.0001
START_S = 1.0
"""Stop of the old servers and start of the new ones, beside what depends on their number."""
SHAPE_S = 0.3
"""First requests of one server."""
WORKER_S = 0.35
"""One worker imports the application, on 2 cores."""
FORKED_S = 0.07
"""One worker is forked from a process that has imported the application."""
BETWEEN_S = 0.1
"""Reading the upstream's statistics before and after each load."""
PROBES_S = 0.2
RESTART_S = 2.0
CEILINGS_S = 2.0
"""Highest rate of the driver and of the upstream."""
DATABASE_S = 2.0
"""Start of the database, with its tables."""
NOISE_S = 1.0
"""Probing the machine before and after a series."""


def expected_s(load: Load, *, slots: int | None, service_s: float | None) -> float:
    """Estimated seconds from the first request to the last answer.

    Theory plus a small constant per request for what theory leaves out; 0 for a hold without
    requests. `slots` is None for no limit. `service_s` is None where theory does not know it,
    and counts as 0 then. Raises ValueError for an unknown kind of load.
    """
    service_s = service_s or 0.0
    burst_s = theory.makespan_s(requests=load.requests, way=theory.slots_alone(slots, service_s))
    burst_s += load.requests * REQUEST_S
    match load.kind:
        case "burst":
            return load.bursts * burst_s + (load.bursts - 1) * PAUSE_S
        case "closed":
            return load.warmup_s + load.duration_s
        case "open":
            return load.warmup_s + load.duration_s + _drain_s(load, slots, service_s)
        case "hold":
            return burst_s + HELD_S if load.requests else 0.0
        case "sockets":
            return burst_s
        case "ask":
            return load.requests * len(load.asks) * ASKED_S
        case "threads":
            return load.requests * THREAD_S
    raise ValueError(f"load {load.kind!r}: expected one of {', '.join(LOADS)}")


def _drain_s(load: Load, slots: int | None, service_s: float) -> float:
    # After its duration an open load waits until the last arrival has its answer.
    if not service_s:
        return 0.0
    way = theory.slots_alone(slots, service_s)
    queue = theory.queue_growth_rps(rate_rps=load.rate_rps, way=way) * (
        load.warmup_s + load.duration_s
    )
    return service_s + queue / theory.capacity_rps(way=way)


def experiment_s(experiment: Experiment) -> float:
    """Estimated seconds of the whole experiment, the start of each series included."""
    measured_s = sum(measurement_s(experiment, cell) for cell in experiment.cells)
    return once_s(experiment) + experiment.series * (start_s(experiment) + measured_s)


def once_s(experiment: Experiment) -> float:
    """Estimated seconds before the first series."""
    ceilings_s = CEILINGS_S if needs_ceilings(experiment) else 0.0
    return ceilings_s + (DATABASE_S if needs_database(experiment) else 0.0)


def start_s(experiment: Experiment) -> float:
    """Estimated seconds of a series beside its measurements: new servers, a look at the machine."""
    if not experiment.shapes:
        return NOISE_S
    return NOISE_S + START_S + sum(SHAPE_S + _workers_s(shape) for shape in experiment.shapes)


def measurement_s(experiment: Experiment, cell: Cell) -> float:
    """Estimated seconds of one measurement of `cell`."""
    around_s = BETWEEN_S
    if looks_at_processes(experiment, cell):
        around_s += PROBES_S
    if _restarts(experiment, cell):
        around_s += RESTART_S
    return around_s + cell.expected_s


def _workers_s(shape: Shape) -> float:
    text = predicting.server_of(shape).setting(settings.BASE, "WORKERS")
    # An exercise may set nonsense, which the server itself refuses with a sentence.
    workers = int(text) if text.isdecimal() else 1
    if "--preload" in shape.settings.get("GUNICORN_CMD_ARGS", ""):
        return WORKER_S + workers * FORKED_S
    return workers * WORKER_S


def _restarts(experiment: Experiment, cell: Cell) -> bool:
    # The first cell of a shape finds a server that is new in this series.
    first = next(each for each in experiment.cells if each.shape == cell.shape)
    return (experiment.fresh or cell.fresh) and cell.id != first.id


def needs_ceilings(experiment: Experiment) -> bool:
    """Whether a cell could be limited by the driver or the upstream, and not by its server.

    That is where a rate is judged, and where so many answers come that samples are not kept.
    """
    return any(
        cell.load.keeps == "counts"
        or (cell.load.kind in (CLOSED, OPEN) and cell.measure == "throughput_rps")
        for cell in experiment.cells
    )


def needs_database(experiment: Experiment) -> bool:
    """Whether a cell asks the database, so that one has to run."""
    return any(asks_database(cell.route) for cell in experiment.cells)


def looks_at_processes(experiment: Experiment, cell: Cell) -> bool:
    """Whether the run reads the server's processes around this cell's load.

    It does so with `probes`, and always for a load of kind "hold".
    """
    kind = cell.load.kind
    return not cell.direct and kind != THREADS and (experiment.probes or kind == HOLD)
