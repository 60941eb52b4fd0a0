"""Claims A15 of article A and B15 of article B: drivers of a database in an async service."""

from lab.claims.claim import Basis, Claim, Kind, Part, near, one
from lab.claims.findings import GENERATOR
from lab.claims.measures import failed, over, tasks
from lab.claims.quantity import Metric, Quantity

REQUESTS = 8
"""Requests at once on one worker, whose pool has more connections than that."""
BLOCKING = f"fastapi-1.blocking-db-wait.burst-{REQUESTS}"
IN_THREADS = f"fastapi-1.db-wait.burst-{REQUESTS}"
AWAITED = f"fastapi-1.async-db-wait.burst-{REQUESTS}"

POOL = 10
AT_POOL = "fastapi-10.async-db-wait.burst-50"
USERS_AT_POOL = "fastapi-10.async-db-wait.closed-20"
THREADS_AT_POOL = "flask-10.db-wait.closed-20"

QUICK_BLOCKING = "psycopg.blocking-db-wait.closed-16"
QUICK_AWAITED = "psycopg.async-db-wait.closed-16"
ASYNCPG = "fastapi-asyncpg.db-read.closed-32"
PSYCOPG = "fastapi-psycopg.db-read.closed-32"

ONE_WAVE = 1.5
"""Longest time of one wave, in waits; two waves take 2."""


def per_request(experiment: str, cell: str) -> Quantity:
    """Return the processor time of a request; the load generator does not matter."""
    return Metric(experiment, cell, "cpu_s_per_request", GENERATOR)


CLAIMS = (
    Claim(
        id="A15",
        section="Frequently Asked Questions, database driver",
        text="An async service needs an async database driver such as asyncpg; a synchronous one "
        "blocks the loop as `requests` does.",
        literal="With a synchronous driver one FastAPI worker serves 8 requests at once one after "
        "the other, in 8 waits of the database, within 10 %. Routes that are `async def` and "
        "routes that are plain `def` are judged apart, because the article does not mention the "
        "latter. What the drivers cost where queries are quick is stated.",
        charitable="A driver that is called inside of `async def` is meant.",
        parts=(
            Part(
                what="the time of 8 requests at once with a synchronous driver",
                unit="waits of the database",
                claimed=near(REQUESTS),
                kind=Kind.MECHANISM,
                bases=(
                    Basis(
                        label="the driver is called inside of `async def`",
                        quantity=tasks("27", BLOCKING),
                    ),
                    Basis(
                        label="the driver is called in plain `def` routes, which have threads",
                        quantity=tasks("27", IN_THREADS),
                    ),
                ),
            ),
            Part(
                what="the time of 8 requests at once with an asynchronous driver",
                unit="waits of the database",
                bases=one(tasks("27", AWAITED)),
            ),
            Part(
                what="the processor time of a quick query with a synchronous driver inside of "
                "`async def`",
                unit="% of that with the same driver awaited",
                bases=one(
                    per_request("33", QUICK_BLOCKING) / per_request("33", QUICK_AWAITED) * 100
                ),
            ),
            Part(
                what="the processor time of a quick read with asyncpg",
                unit="% of that with psycopg awaited",
                bases=one(per_request("28", ASYNCPG) / per_request("28", PSYCOPG) * 100),
            ),
        ),
    ),
    Claim(
        id="B15",
        section="Architecture; scaling",
        text="FastAPI naturally supports async database calls.",
        literal="Of 8 requests at once that await their query on one worker none fails, and all "
        "wait at the same time: they take at most 1.5 waits of the database, where two waves would "
        "take 2. (The framework has no "
        "driver of its own. What a pool and another framework make of it is stated.)",
        parts=(
            Part(
                what="the failures of awaited queries",
                unit="% of all requests",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                bases=one(failed("27", AWAITED)),
            ),
            Part(
                what="the time of 8 requests at once that await their query",
                unit="waits of the database",
                claimed=(0, ONE_WAVE),
                kind=Kind.MECHANISM,
                bases=one(tasks("27", AWAITED)),
            ),
            Part(
                what=f"the time of 50 requests at once that await one of {POOL} connections",
                unit="waits of the database",
                bases=one(tasks("26", AT_POOL)),
            ),
            Part(
                what=f"the throughput of 20 users who await one of {POOL} connections",
                unit="% of that of Flask's threads on as many connections",
                bases=one(over("26", USERS_AT_POOL, THREADS_AT_POOL, "throughput_rps") * 100),
            ),
        ),
    ),
)
