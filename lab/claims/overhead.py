"""Claims A2 and A8 of article A: overhead of a service, and the cost of a thread."""

from lab.claims.claim import Claim, Decision
from lab.claims.findings import Findings
from lab.claims.measures import less
from lab.claims.rule import factor_of_two, part, together
from lab.rounded import digits

FLASK = "flask-svc.io.closed-1"
FASTAPI = "fastapi-svc.async-io.closed-1"
DIRECT = "upstream.io.closed-1"
THREADS = "driver.threads-2000"


def decide_overhead(findings: Findings) -> Decision:
    """Decide A2: time that each framework adds to the upstream's wait."""
    direct = findings.metric("10", DIRECT, "overhead_s")
    added = {
        cell: less(findings.metric("10", cell, "overhead_s"), direct).scaled(1e3)
        for cell in (FLASK, FASTAPI)
    }
    return together(
        [
            part(
                "what FastAPI adds",
                added[FASTAPI],
                factor_of_two(1),
                unit="ms",
                doubts=findings.doubts("10", FASTAPI, DIRECT),
            ),
            part(
                "what Flask adds",
                added[FLASK],
                (5, 10),
                unit="ms",
                doubts=findings.doubts("10", FLASK, DIRECT),
            ),
        ],
        f"Beyond asking the upstream directly, FastAPI added {digits(added[FASTAPI].middle)} ms "
        f"and Flask {digits(added[FLASK].middle)} ms for one user at a time",
    )


def decide_thread(findings: Findings) -> Decision:
    """Decide A8: time to start and join a thread."""
    bare = findings.metric("18", THREADS, "thread_bare_s").scaled(1e6)
    python = findings.metric("18", THREADS, "thread_start_s").scaled(1e6)
    return together(
        [
            part(
                "the start and join of a thread",
                bare,
                (10, 100),
                unit="µs",
                doubts=findings.doubts("18", THREADS),
            )
        ],
        f"Starting and joining a bare thread took {digits(bare.middle)} µs, one of Python's "
        f"{digits(python.middle)} µs",
    )


CLAIMS = (
    Claim(
        id="A2",
        source="A",
        text="On top of an I/O-bound call FastAPI adds about 1 ms and Flask about 5 to 10 ms.",
        reading="The median beyond the upstream's own delay, less the same of asking the "
        "upstream directly, with one user at a time and a new connection for each request: "
        "0.5 to 2 ms for FastAPI's `/async-io`, 5 to 10 ms for Flask's `/io`.",
        experiments=("10",),
        rule=decide_overhead,
    ),
    Claim(
        id="A8",
        source="A",
        text="Creating an operating system thread takes tens of microseconds.",
        reading="Starting and joining one through the C library takes 10 to 100 µs; Python's "
        "own thread is stated beside.",
        experiments=("18",),
        rule=decide_thread,
    ),
)
