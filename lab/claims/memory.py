"""Claims A1, A4, A6 and A13 of article A: memory and processor time of what waits."""

from lab.claims.claim import Basis, Claim, Failing, Kind, Part, factor_of_two, near, one
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import by_series, failed, over, served, slope
from lab.claims.quantity import Computed, Quantity
from lab.verdicts.estimates import least_squares

KB, MB, MIB = 1e-3, 1e-6, 2**-20
IDLE = {shape: f"{shape}.io.hold-0" for shape in ("flask-1", "flask-2", "flask-4", "flask-8")}
SHARED = ("preloaded-1.io.hold-0", "preloaded-8.io.hold-0")
HELD = {
    "thread": ("gthread", "io", (10, 50, 100)),
    "greenlet": ("gevent", "io", (10, 50, 100)),
    "fastapi-thread": ("fastapi-def", "io", (10, 50, 100)),
    "request": ("fastapi-async", "async-io", (100, 300, 500)),
}
SMALL_BOX = "fastapi-svc.async-io.closed-100"
SMALL_BOX_FLASK = "flask-svc.io.closed-100"
COROUTINES = "fastapi-async-100.async-io.closed-100"
SLOTS = {
    "threads": "gthread-100.io.closed-100",
    "FastAPI's own threads": "fastapi-def-100.io.closed-100",
    "greenlets": "gevent-100.io.closed-100",
    "worker processes": "sync-100.io.closed-100",
}


def per_held(fit: str, unit: float) -> Quantity:
    """Return the memory of one more held request, by the line of that fit."""
    shape, route, numbers = HELD[fit]
    return slope("11", fit, tuple(f"{shape}.{route}.hold-{number}" for number in numbers), unit)


def furthest_from_line(findings: Findings, experiment: str, fit: str) -> list[float]:
    """Return by series how far the furthest point lies from the line, in per cent of its memory."""
    found = []
    for points in by_series(findings, experiment, fit):
        slope, intercept = least_squares([*points.items()])
        away = [abs(y - intercept - slope * x) / y for x, y in points.items()]
        found.append(100 * max(away))
    return found


def memory_after(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return the memory of the server's processes after the load, in bytes, by series."""
    looks = [each.after for each in findings.measurements(experiment, cell) if each.after]
    if not looks:
        raise MissingError(f"experiment {experiment} has no memory of {cell}")
    return [float(sum(each.pss_bytes for each in processes)) for processes in looks]


def after(cell: str) -> Quantity:
    """Return the memory in MiB after the load of experiment 15."""
    return Computed(memory_after, (("15", cell),), ("15", cell), ("errors",)) * MIB


def against(metric: str) -> tuple[Basis, ...]:
    """Return what coroutines take of a metric, in per cent of other kinds of 100 slots."""
    return tuple(
        Basis(
            label=f"coroutines are compared with {name}",
            quantity=over("08", COROUTINES, cell, metric) * 100,
        )
        for name, cell in SLOTS.items()
    )


CLAIMS = (
    Claim(
        id="A1",
        section="Comparison",
        text="A request costs about 10 KB of memory as a coroutine and about 2 MB as a worker.",
        literal="Two slopes, each within a factor of two: proportional set size by requests held "
        "in one FastAPI worker, 5 to 20 kB, and by idle Flask workers, 1 to 4 MB. A request is all "
        "that it takes: connection, task and client.",
        charitable="A worker counts without the modules that it could share with the others: "
        "gunicorn's `--preload` imports them once.",
        parts=(
            Part(
                what="one more request in flight",
                unit="kB",
                claimed=factor_of_two(10),
                failing=Failing.NOT_HERE,
                bases=one(per_held("request", KB)),
            ),
            Part(
                what="one more idle worker",
                fails="dividing a worker by its requests hides that a thread is enough for a slot",
                unit="MB",
                claimed=factor_of_two(2),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(
                        label="each worker imports for itself",
                        quantity=slope("11", "flask-worker", tuple(IDLE.values()), MB),
                    ),
                    Basis(
                        label="workers share their imports (`--preload`)",
                        quantity=slope("11", "preloaded-worker", SHARED, MB),
                    ),
                ),
            ),
            Part(what="one more busy thread", unit="kB", bases=one(per_held("thread", KB))),
            Part(what="one more busy greenlet", unit="kB", bases=one(per_held("greenlet", KB))),
        ),
    ),
    Claim(
        id="A4",
        section="Flask Basics, running with Gunicorn",
        text="Each gunicorn worker adds the same memory, that of an interpreter of its own, so "
        "that memory grows linearly.",
        literal="No number of idle workers from 1 to 8 is further than 10 % of its memory from "
        "a straight line; and the interpreter is the cause, so that a worker costs the same, "
        "within 10 %, where all share what was imported before the fork.",
        parts=(
            Part(
                what="the furthest distance from a straight line",
                unit="% of the memory",
                claimed=(0, 10),
                bases=one(
                    Computed(
                        furthest_from_line,
                        tuple(("11", cell) for cell in IDLE.values()),
                        ("11", "flask-worker"),
                    )
                ),
            ),
            Part(
                what="a worker that shares what was imported",
                fails="most of it are imported modules, which workers can share",
                unit="% of one that imports for itself",
                claimed=near(100),
                kind=Kind.MECHANISM,
                is_sameness=True,
                bases=one(
                    slope("11", "preloaded-worker", SHARED, 100.0)
                    / slope("11", "flask-worker", tuple(IDLE.values()), 1.0)
                ),
            ),
        ),
    ),
    Claim(
        id="A6",
        section="Deployment, Kubernetes",
        text="A service of this kind fits into 0.5 CPU and 256 MiB.",
        literal="In a container with these limits, 100 users who wait for the upstream get what "
        "its delay allows, within 10 %, without a failure, and FastAPI's processes stay below "
        "256 MiB.",
        parts=(
            Part(
                what="FastAPI's memory",
                unit="MiB",
                claimed=(0, 256),
                failing=Failing.NOT_HERE,
                bases=one(after(SMALL_BOX)),
            ),
            Part(
                what="FastAPI's failures",
                unit="% of all requests",
                claimed=(0, 0),
                failing=Failing.NOT_HERE,
                bases=one(failed("15", SMALL_BOX)),
            ),
            Part(
                what="FastAPI's throughput with 100 users",
                unit="% of what the delay allows",
                claimed=near(100),
                failing=Failing.NOT_HERE,
                bases=one(served("15", SMALL_BOX, 100)),
            ),
            Part(
                what="Flask's memory with 4 workers", unit="MiB", bases=one(after(SMALL_BOX_FLASK))
            ),
        ),
    ),
    Claim(
        id="A13",
        section="Comparison",
        text="For I/O-bound work async takes less processor time and less memory.",
        literal="With 100 slots each, coroutines take at most 95 % of the processor time for a "
        "request, and one held request at most 95 % of the memory, that other slots take.",
        parts=(
            Part(
                what="the processor time of a request",
                unit="% of the other's",
                claimed=(0, 95),
                bases=against("cpu_s_per_request"),
            ),
            Part(
                what="the memory of one held request",
                unit="% of the other's",
                claimed=(0, 95),
                bases=(
                    Basis(
                        label="coroutines are compared with threads",
                        quantity=per_held("request", 1.0) / per_held("thread", 1.0) * 100,
                    ),
                    Basis(
                        label="coroutines are compared with greenlets",
                        quantity=per_held("request", 1.0) / per_held("greenlet", 1.0) * 100,
                    ),
                    Basis(
                        label="coroutines are compared with FastAPI's own threads",
                        quantity=per_held("request", 1.0) / per_held("fastapi-thread", 1.0) * 100,
                    ),
                    Basis(
                        label="coroutines are compared with worker processes",
                        quantity=per_held("request", 1.0)
                        / slope("11", "flask-worker", tuple(IDLE.values()), 1.0)
                        * 100,
                    ),
                ),
            ),
        ),
    ),
)
