"""Claim B3 of article B: a growing number of users."""

from math import inf

from lab.claims.claim import Basis, Claim, Part, near, one
from lab.claims.findings import GENERATOR
from lab.claims.measures import failed, served

EXPERIMENT = "13"
FEW, MANY, MOST = 100, 1000, 10000
WORKERS = 4
HALF = 50.0
"""Per cent of what users ask for when nobody queues; below it a mean answer takes more than twice
the task."""


def flask(users: int) -> str:
    """Return the id of Flask's cell with that number of users."""
    return f"flask-svc.io.closed-{users}"


def fastapi(users: int) -> str:
    """Return the id of FastAPI's cell with that number of users."""
    return f"fastapi-svc.async-io.closed-{users}"


def stable(framework: str, users: int) -> Part:
    """Return the part that a framework is stable with so many users."""
    cell = flask(users) if framework == "Flask" else fastapi(users)
    return Part(
        what=f"{framework} with {users:,} users",
        unit="%",
        bases=(
            Basis(
                label="stable means that nobody gets an error",
                unit="% failed",
                quantity=failed(EXPERIMENT, cell, GENERATOR),
                claimed=(0, 1),
            ),
            Basis(
                label="stable means that a mean answer takes at most twice the task",
                unit="% served of what is asked for",
                quantity=served(EXPERIMENT, cell, users),
                claimed=(HALF, inf),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="B3",
        section="Performance Benchmarks, concurrency handling",
        text="With 100 users both are stable; with 1,000 Flask's workers are saturated and "
        "FastAPI is stable; with 10,000 Flask needs scaling out and FastAPI handles it.",
        literal="Users ask again as soon as they are answered, and each request waits for the "
        "upstream; both have 4 workers. Stable: fewer than 1 in 100 fail. Saturated: the "
        "throughput is that of full workers, within 10 %. Needs scaling out: less than half of "
        "what the users ask for is served.",
        charitable="Stable means that an answer does not take much longer than the task; users "
        "who pause between requests are fewer at a time.",
        parts=(
            stable("Flask", FEW),
            stable("FastAPI", FEW),
            Part(
                what="Flask's throughput with 1,000 users",
                unit="% of full workers",
                claimed=near(100),
                bases=one(served(EXPERIMENT, flask(MANY), WORKERS)),
            ),
            stable("FastAPI", MANY),
            Part(
                what="Flask with 10,000 users",
                unit="% served of what they ask for",
                claimed=(0, HALF),
                bases=one(served(EXPERIMENT, flask(MOST), MOST)),
            ),
            stable("FastAPI", MOST),
        ),
    ),
)
