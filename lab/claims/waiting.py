"""Claims A3, A5, A7, A9 and A10 of article A, and C9: how many requests wait at once."""

from math import inf

from lab.claims.claim import Basis, Claim, Kind, Part, near, one
from lab.claims.findings import GENERATOR
from lab.claims.measures import failed, more_threads, over, tasks
from lab.claims.quantity import Computed, Metric

SOLO = "fastapi-solo.async-io.hold-2000"
THOUSANDS = 1900
"""Two thousand, less the few of a burst that may come late."""
FEW_FAIL = 0.1
SOME_THREADS = 10
"""Threads that a process may start for its own purposes, independent of the load."""

BLOCKING = "fastapi-svc.blocking-io.burst-16"
AWAITING = "fastapi-svc.async-io.burst-16"
BLOCKING_DRIVER = "fastapi-1.blocking-db-wait.burst-8"
AWAITED_DRIVER = "fastapi-1.async-db-wait.burst-8"
WORKERS = 4

FASTAPI_SLOTS = "fastapi-async-100.async-io.closed-100"
PLAIN_SLOTS = "fastapi-def-100.io.closed-100"
WSGI = {"threads": "gthread-100.io.closed-100", "greenlets": "gevent-100.io.closed-100"}


CLAIMS = (
    Claim(
        id="A3",
        section="FastAPI Basics",
        text="One single-process ASGI server serves thousands of concurrent I/O-bound requests "
        "without threads.",
        literal="Of 2,000 requests at once one FastAPI worker has at least 1,900 waiting at the "
        "upstream at once, with at most 10 threads more than before; fewer than 1 in 1,000 fail.",
        parts=(
            Part(
                what="the requests that wait at once",
                unit="requests",
                claimed=(THOUSANDS, inf),
                bases=one(Metric("22", SOLO, "peak_busy", GENERATOR)),
            ),
            Part(
                what="the failures",
                unit="% of all requests",
                claimed=(0, FEW_FAIL),
                bases=one(failed("22", SOLO, GENERATOR)),
            ),
            Part(
                what="the threads beyond those it had before",
                unit="threads",
                claimed=(-inf, SOME_THREADS),
                kind=Kind.MECHANISM,
                bases=one(Computed(more_threads, (("22", SOLO),), ("22", SOLO), GENERATOR)),
            ),
        ),
    ),
    Claim(
        id="A5",
        section="Frequently Asked Questions, database driver",
        text="A synchronous client inside of `async def` blocks the loop: concurrency falls to "
        "one per worker.",
        literal="By the upstream's count, at most one request per worker waits at once with the "
        "blocking client, and more with the awaited one. With a blocking driver of a database one "
        "worker serves 8 requests at once in 8 waits, within 10 %, and with an awaited one in at "
        "most 1.5, where two waves would take 2.",
        parts=(
            Part(
                what="the requests at once with a blocking client on 4 workers",
                holds="the blocked loop serves nobody else",
                unit="requests",
                claimed=(1, WORKERS),
                kind=Kind.MECHANISM,
                bases=one(Metric("07", BLOCKING, "peak_busy")),
            ),
            Part(
                what="the requests at once with an awaited client",
                unit="requests",
                claimed=(WORKERS + 1, inf),
                kind=Kind.MECHANISM,
                bases=one(Metric("07", AWAITING, "peak_busy")),
            ),
            Part(
                what="the time of 8 requests at once with a blocking driver on one worker",
                unit="waits of the database",
                claimed=near(8),
                kind=Kind.MECHANISM,
                bases=one(tasks("27", BLOCKING_DRIVER)),
            ),
            Part(
                what="the time of 8 requests at once with an awaited driver on one worker",
                unit="waits of the database",
                claimed=(0, 1.5),
                kind=Kind.MECHANISM,
                bases=one(tasks("27", AWAITED_DRIVER)),
            ),
            Part(
                what="the requests at once with that client on Flask's 4 sync workers",
                unit="requests",
                bases=one(Metric("07", "flask-svc.blocking-io.burst-16", "peak_busy")),
            ),
            Part(
                what="the requests at once with the same client in a plain `def` route",
                unit="requests",
                bases=one(Metric("07", "fastapi-svc.io.burst-16", "peak_busy")),
            ),
        ),
    ),
    Claim(
        id="A7",
        section="Frequently Asked Questions, async code in Flask",
        text="Flask can run async code, but has its full benefit only once the whole stack is "
        "ASGI.",
        literal="An async view under gunicorn serves no more requests at once than a plain one.",
        charitable="The benefit is the throughput of users who wait; without ASGI Flask does not "
        "reach FastAPI's, not even with as many slots.",
        parts=(
            Part(
                what="what Flask reaches without ASGI",
                fails="what counts is how many requests may wait at once, not how",
                unit="% of what async can give",
                claimed=(0, 90),
                kind=Kind.MECHANISM,
                bases=(
                    Basis(
                        label="async views of Flask are meant",
                        unit="% of the plain view's requests at once",
                        claimed=(0, 100),
                        quantity=Metric("03", "flask-svc.async-io.burst-16", "peak_busy")
                        / Metric("03", "flask-svc.io.burst-16", "peak_busy")
                        * 100,
                    ),
                    *(
                        Basis(
                            label=f"the throughput of 100 users on 100 {name} is meant",
                            quantity=over("08", cell, FASTAPI_SLOTS, "throughput_rps") * 100,
                        )
                        for name, cell in WSGI.items()
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="A9",
        section="FastAPI Basics, example endpoint",
        text="The weather endpoint as printed opens a new `httpx.AsyncClient` in each request "
        "and awaits it.",
        literal="Run as printed, it answers 100 requests at once without a failure. The article "
        "says nothing of what the client costs; the time beside one shared client is stated.",
        parts=(
            Part(
                what="the failures of 100 requests at once",
                holds="it runs, but each new client prepares TLS again, and that takes processor "
                "time",
                unit="% of all requests",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                bases=one(failed("09", "as-printed.weather.burst-100")),
            ),
            *(
                Part(
                    what=f"the time of {flight:,} requests at once",
                    unit="times the time with one shared client",
                    bases=one(
                        over(
                            "09",
                            f"as-printed.weather.burst-{flight}",
                            f"default-limits.weather.burst-{flight}",
                            "makespan_s",
                        )
                    ),
                )
                for flight in (10, 100, 1000)
            ),
        ),
    ),
    Claim(
        id="A10",
        section="Flask Basics, when sync limits appear",
        text="Flask needs several processes for concurrency: without more workers a call blocks, "
        "and nothing runs at the same time.",
        literal="In one process one request waits at a time, whatever kind of worker it is; the "
        "article does not mention threads.",
        charitable="gunicorn's default is meant, a sync worker.",
        parts=(
            Part(
                what="the requests that wait at once in one process, of 16",
                unit="requests",
                claimed=(1, 1),
                kind=Kind.MECHANISM,
                bases=tuple(
                    Basis(
                        label=f"the worker has {name}",
                        quantity=Metric("24", f"{shape}.io.burst-16", "peak_busy"),
                    )
                    for name, shape in (
                        ("one thread (sync)", "sync"),
                        ("16 threads", "threads"),
                        ("greenlets", "greenlets"),
                    )
                ),
            ),
        ),
    ),
    Claim(
        id="C9",
        section="Conclusion",
        text="Async is not inherently faster than sync, even where all is I/O.",
        literal="Within FastAPI, an `async def` route and a plain one take the same time for one "
        "user, and have the same throughput with 100 slots each, within 10 %, by tests of "
        "equality.",
        parts=(
            Part(
                what="the time of a single request on `async def`",
                unit="% of the plain route's",
                claimed=near(100),
                is_sameness=True,
                bases=one(
                    over(
                        "01",
                        "fastapi-svc.async-io.closed-1",
                        "fastapi-svc.io.closed-1",
                        "mean_s",
                    )
                    * 100
                ),
            ),
            Part(
                what="the throughput of 100 coroutines",
                unit="% of that of 100 threads",
                kind=Kind.MECHANISM,
                claimed=near(100),
                is_sameness=True,
                bases=one(over("08", FASTAPI_SLOTS, PLAIN_SLOTS, "throughput_rps") * 100),
            ),
        ),
    ),
)
