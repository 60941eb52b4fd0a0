"""Claims A1, A4 and A6 of article A: memory."""

from collections.abc import Mapping

from lab.claims.claim import Claim, Decision
from lab.claims.findings import ERRORS, Findings, MissingError
from lab.claims.measures import between, of
from lab.claims.rule import factor_of_two, near, part, together
from lab.rounded import byte_size, digits, percent
from lab.verdicts.estimates import line
from lab.verdicts.judgement import Measured

KB, MB, MIB = 1e3, 1e6, 2**20

FLASK_WORKER = "flask-worker"
FASTAPI_WORKER = "fastapi-worker"
THREAD = "thread"
GREENLET = "greenlet"
REQUEST = "request"

SMALL_BOX = "fastapi-svc.async-io.closed-100"
SMALL_BOX_FLASK = "flask-svc.io.closed-100"


def decide_sizes(findings: Findings) -> Decision:
    """Decide A1: memory for one more request in flight, and for one more idle worker."""

    def slope(fit: str, unit: float) -> Measured:
        found = findings.line("11", fit)
        return between(found.slope, found.slope_error).scaled(1 / unit)

    def doubts(fit: str) -> tuple[str, ...]:
        return findings.doubts("11", *findings.fitted("11", fit))

    request, worker = slope(REQUEST, KB), slope(FLASK_WORKER, MB)
    others = {fit: findings.line("11", fit).slope for fit in (FASTAPI_WORKER, THREAD, GREENLET)}
    return together(
        [
            part(
                "memory for one more request in flight",
                request,
                factor_of_two(10),
                unit="kB",
                doubts=doubts(REQUEST),
            ),
            part(
                "memory for one more idle worker",
                worker,
                factor_of_two(2),
                unit="MB",
                doubts=doubts(FLASK_WORKER),
            ),
        ],
        f"One more request in flight on FastAPI took {byte_size(request.middle * KB)} and one more "
        f"idle Flask worker {byte_size(worker.middle * MB)} (an idle FastAPI worker "
        f"{byte_size(others[FASTAPI_WORKER])}, a busy thread {byte_size(others[THREAD])}, a busy "
        f"greenlet {byte_size(others[GREENLET])})",
        fails="; dividing a worker by its requests hides that a thread is enough for a slot",
    )


def decide_linear(findings: Findings) -> Decision:
    """Decide A4: distance of the furthest cell from a straight line, repeat by repeat."""
    fitted = findings.fitted("11", FLASK_WORKER)
    memory = {cell: findings.metric("11", cell, "pss_bytes") for cell in fitted}
    repeats = min(len(each.values) for each in memory.values())
    furthest = of(
        [
            _furthest({fitted[cell]: each.values[repeat] for cell, each in memory.items()})
            for repeat in range(repeats)
        ]
    )
    found = findings.line("11", FLASK_WORKER)
    smallest, largest = min(fitted.values()), max(fitted.values())
    return together(
        [
            part(
                "the furthest distance from a straight line",
                furthest,
                (0, 0.1),
                unit="of the memory",
                doubts=findings.doubts("11", *fitted),
            )
        ],
        f"From {digits(smallest)} to {digits(largest)} workers each added "
        f"{byte_size(found.slope)}, and no measurement was further than "
        f"{percent(furthest.middle)} from that straight line",
    )


def decide_small_box(findings: Findings) -> Decision:
    """Decide A6: memory, failures and throughput in a small container."""
    memory = _afterwards(findings, SMALL_BOX)
    rate = findings.metric("15", SMALL_BOX, "throughput_rps")
    failed = findings.metric("15", SMALL_BOX, "failed")
    flask = _afterwards(findings, SMALL_BOX_FLASK)
    possible = 100 / findings.delay_s("15")
    doubts = findings.doubts("15", SMALL_BOX)
    served = findings.doubts("15", SMALL_BOX, but=ERRORS)
    return together(
        [
            part("memory", memory.scaled(1 / MIB), (0, 256), unit="MiB", doubts=served),
            part("failures", failed, (0, 0), unit="failures", doubts=served),
            part(
                "throughput", rate, near(possible, quick=findings.quick), unit="1/s", doubts=doubts
            ),
        ],
        f"With half a CPU FastAPI served 100 users at {digits(rate.middle)} requests per second "
        f"of the {digits(possible)} that the upstream's delay allows, in "
        f"{digits(memory.middle / MIB)} MiB, with {digits(failed.middle)} failures (Flask took "
        f"{digits(flask.middle / MIB)} MiB)",
    )


def _afterwards(findings: Findings, cell: str) -> Measured:
    # Memory of the server's processes after the load.
    looks = [each.after for each in findings.measurements("15", cell) if each.after]
    if not looks:
        raise MissingError(f"experiment 15 has no memory of {cell}")
    return of([float(sum(each.pss_bytes for each in processes)) for processes in looks])


def _furthest(memory: Mapping[float, float]) -> float:
    # Largest distance of a point from the line through all points, as a share of its own memory.
    points = sorted(memory.items())
    found = line(points)
    if found is None:
        return float("inf")
    return max(abs(found.at(x) - bytes_) / bytes_ for x, bytes_ in points)


CLAIMS = (
    Claim(
        id="A1",
        source="A",
        text="A request costs about 10 KB of memory as a coroutine and about 2 MB as a worker.",
        reading="Two slopes, with their 95 % interval, each within a factor of two: "
        "proportional set size by requests held in one FastAPI worker, 5 to 20 kB, and by idle "
        "Flask workers, 1 to 4 MB. A request is all that it takes: connection, task and client. "
        "The article divides by workers; a busy thread and a greenlet are stated beside.",
        experiments=("11",),
        rule=decide_sizes,
    ),
    Claim(
        id="A4",
        source="A",
        text="Each gunicorn worker adds the same memory: it grows linearly.",
        reading="Through 1 to 8 idle workers goes a straight line from which no point is "
        "further than 10 % of its own memory.",
        experiments=("11",),
        rule=decide_linear,
    ),
    Claim(
        id="A6",
        source="A",
        text="A service of this kind fits into 0.5 CPU and 256 MiB.",
        reading="In a container with these limits, 100 users who wait for the upstream get what "
        "its delay allows, within 10 %, without a failure, and FastAPI's processes stay below "
        "256 MiB.",
        experiments=("15",),
        rule=decide_small_box,
    ),
)
