"""Claims A3, A5, A7 and A9 of article A: number of requests that wait at once."""

from collections.abc import Sequence
from math import inf

from lab.claims.claim import Claim, Decision
from lab.claims.findings import ERRORS, GENERATOR, Findings
from lab.claims.measures import failed_share, of, ratio_of
from lab.claims.rule import part, together
from lab.results.measurement import Process
from lab.rounded import digits, listed, percent
from lab.verdicts.judgement import Measured

SOLO = "fastapi-solo.async-io.hold-2000"
THOUSANDS = 1000
FEW_FAIL = 0.001
SOME_THREADS = 10
"""Threads that a process may start for its own purposes, independent of the load."""

BLOCKING = "fastapi-svc.blocking-io.burst-16"
AWAITING = "fastapi-svc.async-io.burst-16"

FASTAPI_SLOTS = "fastapi-async-100.async-io.closed-100"
FLASK_SLOTS = {
    "threads": "gthread-100.io.closed-100",
    "greenlets": "gevent-100.io.closed-100",
    "threads behind an ASGI server": "flask-asgi-100.io.closed-100",
    "processes": "sync-100.io.closed-100",
}
WSGI = ("threads", "greenlets")
REACHES = 0.9

FLIGHTS = (10, 100, 1000)
PRINTED = {flight: f"as-printed.weather.burst-{flight}" for flight in FLIGHTS}
SHARED = {flight: f"default-limits.weather.burst-{flight}" for flight in FLIGHTS}
SLOWER = 1.25


def decide_solo(findings: Findings) -> Decision:
    """Decide A3: requests waiting at once in one process, failures, and new threads."""
    busy = findings.metric("22", SOLO, "peak_busy")
    failed = failed_share(findings, "22", SOLO)
    grown = more_threads(findings)
    doubts = findings.doubts("22", SOLO, but=GENERATOR)
    return together(
        [
            part(
                "requests waiting at once", busy, (THOUSANDS, inf), unit="requests", doubts=doubts
            ),
            part(
                "failures",
                failed,
                (0, FEW_FAIL),
                unit="of all requests",
                doubts=findings.doubts("22", SOLO, but=(*GENERATOR, *ERRORS)),
            ),
            part(
                "threads beyond those it had before",
                grown,
                (-inf, SOME_THREADS),
                unit="threads",
                doubts=doubts,
            ),
        ],
        f"One process had {digits(busy.middle)} requests waiting at once, failed "
        f"{percent(failed.middle)} of them, and started "
        f"{digits(max(0.0, grown.middle))} threads for it",
    )


def more_threads(findings: Findings) -> Measured:
    """Return how many threads the process has more while requests wait, by repeat."""
    measured = findings.measurements("22", SOLO)
    return of([_threads(each.held) - _threads(each.before) for each in measured])


def _threads(processes: Sequence[Process]) -> int:
    return sum(each.threads for each in processes)


def decide_blocking(findings: Findings) -> Decision:
    """Decide A5: requests at once with a blocking client and with an awaited one."""
    workers = findings.workers("07", "fastapi-svc")
    blocking = findings.metric("07", BLOCKING, "peak_busy")
    awaiting = findings.metric("07", AWAITING, "peak_busy")
    return together(
        [
            part(
                "requests at once with a blocking client",
                blocking,
                (1, workers),
                unit="requests",
                doubts=findings.doubts("07", BLOCKING),
            ),
            part(
                "requests at once with an awaited client",
                awaiting,
                (workers + 1, inf),
                unit="requests",
                doubts=findings.doubts("07", AWAITING),
            ),
        ],
        f"Of 16 requests at once {digits(blocking.middle)} waited at the same time on "
        f"{digits(workers)} workers with a blocking client inside of `async def`, and "
        f"{digits(awaiting.middle)} with an awaited one",
        holds=": the blocked loop serves nobody else",
    )


def decide_equal_slots(findings: Findings) -> Decision:
    """Decide A7: Flask's throughput with as many slots as FastAPI, the better of two shapes."""
    found = {
        name: ratio_of(findings, "08", cell, FASTAPI_SLOTS, "throughput_rps")
        for name, cell in FLASK_SLOTS.items()
    }
    best = max(WSGI, key=lambda name: found[name].middle)
    said_of = {name: percent(each.middle) for name, each in found.items()}
    return together(
        [
            part(
                f"Flask's throughput with {best}",
                found[best],
                (0, REACHES),
                unit="of FastAPI's",
                doubts=findings.doubts("08", FLASK_SLOTS[best], FASTAPI_SLOTS),
            )
        ],
        f"With 100 slots each, Flask reached {said_of['threads']} of FastAPI's throughput with "
        f"threads, {said_of['greenlets']} with greenlets, "
        f"{said_of['threads behind an ASGI server']} behind an ASGI server and "
        f"{said_of['processes']} with processes",
        fails=": what counts is how many requests may wait at once, not how",
    )


def decide_printed(findings: Findings) -> Decision:
    """Decide A9: makespan with a new client per request, relative to one shared client."""
    found = {
        flight: ratio_of(findings, "09", PRINTED[flight], SHARED[flight], "makespan_s")
        for flight in FLIGHTS
        if findings.has("09", PRINTED[flight])  # a quick run leaves the largest out
    }
    return together(
        [
            part(
                "the printed endpoint's time for 100 requests",
                found[100],
                (0, SLOWER),
                unit="times the shared client's",
                doubts=findings.doubts("09", PRINTED[100], SHARED[100]),
            )
        ],
        f"As printed, with a new client for each request, "
        f"{listed([f'{flight:,}' for flight in found])} requests at once took "
        f"{listed([digits(each.middle) for each in found.values()])} times as long as with one "
        f"shared client",
        fails=": each new client prepares TLS again, and that takes processor time",
    )


CLAIMS = (
    Claim(
        id="A3",
        source="A",
        text="One single-process ASGI server serves thousands of concurrent I/O-bound requests "
        "without threads.",
        reading="Of 2,000 requests at once one FastAPI worker has at least 1,000 waiting at the "
        "upstream at once, with at most 10 threads more than before; fewer than 1 in 1,000 fail.",
        experiments=("22",),
        rule=decide_solo,
    ),
    Claim(
        id="A5",
        source="A",
        text="A synchronous client inside of `async def` blocks the loop: concurrency falls to "
        "one per worker.",
        reading="By the upstream's count, at most one request per worker waits at once with the "
        "blocking client, and more with the awaited one.",
        experiments=("07",),
        rule=decide_blocking,
    ),
    Claim(
        id="A7",
        source="A",
        text="Existing Flask code has the full benefit only once the whole stack is ASGI.",
        reading="The benefit is the throughput of 100 users who wait. With as many slots as "
        "FastAPI has, neither threads nor greenlets under gunicorn bring Flask to 90 % of "
        "FastAPI's.",
        experiments=("08",),
        rule=decide_equal_slots,
    ),
    Claim(
        id="A9",
        source="A",
        text="The weather endpoints as printed, with a new `httpx.AsyncClient` in each request, "
        "are fit for many requests at once.",
        reading="A burst of 100 takes at most 1.25 times as long as with one client that all "
        "requests of a worker share, of the same library and with the limits it has by itself.",
        experiments=("09",),
        rule=decide_printed,
    ),
)
