"""Claim B3 of article B: a growing number of users."""

from math import inf

from lab.claims.claim import Basis, Claim, Kind, Part, near, one
from lab.claims.findings import Findings
from lab.claims.measures import served
from lab.claims.quantity import Computed

EXPERIMENT = "13"
FEW, MANY, MOST = 100, 1000, 10000
WORKERS = 4
HALF = 50.0
"""Per cent of what users ask for when nobody queues; below it a mean answer takes more than twice
the task."""

PAUSING = "flask-pausing.io.closed-100"


def flask(users: int) -> str:
    """Return the id of Flask's cell with that number of users."""
    return f"flask-svc.io.closed-{users}"


def fastapi(users: int) -> str:
    """Return the id of FastAPI's cell with that number of users."""
    return f"fastapi-svc.async-io.closed-{users}"


def stable(framework: str, users: int) -> Part:
    """Return the part that a framework is stable with so many users."""
    cell = flask(users) if framework == "Flask" else fastapi(users)
    bases = [
        Basis(
            label=f"stable means that a mean answer takes at most {name} the task",
            quantity=served(EXPERIMENT, cell, users),
            claimed=(least, inf),
        )
        for name, least in (("twice", HALF), ("ten times", HALF / 5))
    ]
    if cell == flask(FEW):
        bases.append(
            Basis(
                label="users pause for 32 tasks between requests",
                quantity=Computed(task_by_answer, ((EXPERIMENT, PAUSING),), (EXPERIMENT, PAUSING)),
                claimed=(HALF, inf),
            )
        )
    return Part(
        what=f"what {framework} serves of {users:,} users",
        unit="% of what they ask for",
        bases=tuple(bases),
    )


def task_by_answer(findings: Findings, experiment: str, cell: str) -> list[float]:
    """Return the task's length as a share of mean answers, in per cent.

    By Little's law this is the share served of users who do not pause.
    """
    means_s = findings.metric(experiment, cell, "mean_s").values
    return [100 * findings.delay_s(experiment) / each for each in means_s]


CLAIMS = (
    Claim(
        id="B3",
        section="Performance Benchmarks, concurrency handling",
        text="With 100 users both are stable; with 1,000 Flask's workers are saturated and "
        "FastAPI is stable; with 10,000 Flask needs scaling out and FastAPI handles it.",
        literal="Users ask again as soon as they are answered, and each request waits for the "
        "upstream; both have 4 workers. Stable: a mean answer takes at most twice the task, so "
        "that "
        "half of what the users ask for is served. Saturated: the throughput is that of full "
        "workers, within 10 %. Needs scaling out: less than half of what they ask for is served.",
        charitable="Stable: a mean answer takes at most ten times the task. Or users pause between "
        "requests; then the task is compared with the mean answer, which without pauses is the "
        "same.",
        parts=(
            stable("Flask", FEW),
            stable("FastAPI", FEW),
            Part(
                what="Flask's throughput with 1,000 users",
                kind=Kind.MECHANISM,
                unit="% of full workers",
                claimed=near(100),
                bases=one(served(EXPERIMENT, flask(MANY), WORKERS)),
            ),
            stable("FastAPI", MANY),
            Part(
                what="what Flask serves of 10,000 users",
                unit="% of what they ask for",
                kind=Kind.MECHANISM,
                claimed=(0, HALF),
                bases=one(served(EXPERIMENT, flask(MOST), MOST)),
            ),
            stable("FastAPI", MOST),
        ),
    ),
)
