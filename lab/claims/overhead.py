"""Claims A2, A8 and A11 of article A: latency of a request, and the cost of a thread."""

from lab.claims.claim import Basis, Claim, Failing, Part, factor_of_two, one
from lab.claims.measures import over
from lab.claims.quantity import Metric, Quantity

THREADS = "driver.threads-2000"


def added_ms(cell: str, kept: str = "") -> Quantity:
    """Return the milliseconds that a service adds to asking the upstream directly.

    `kept` is the end of the ids of cells with kept connections.
    """
    direct = Metric("10", f"upstream.io.closed-1{kept}", "overhead_s")
    return (Metric("10", f"{cell}.closed-1{kept}", "overhead_s") - direct) * 1000


CLAIMS = (
    Claim(
        id="A2",
        section="Comparison",
        text="On top of an I/O-bound call FastAPI adds about 1 ms and Flask about 5 to 10 ms, "
        "which is due to the scheduling of threads.",
        literal="The median beyond the upstream's own delay, less that of asking the upstream "
        "directly, with one user at a time, each number within a factor of two: 0.5 to 2 ms for "
        "FastAPI's `/async-io`, 2.5 to 20 ms for Flask's `/io`. Most of it is the time of the "
        "HTTP client that both services call with; "
        "a sync worker has one thread, so that there is nothing to schedule.",
        parts=(
            Part(
                what="what FastAPI adds",
                unit="ms",
                claimed=factor_of_two(1),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(
                        label="each request opens a connection",
                        quantity=added_ms("fastapi-svc.async-io"),
                    ),
                    Basis(
                        label="connections are kept",
                        quantity=added_ms("fastapi-svc.async-io", "-kept"),
                    ),
                ),
            ),
            Part(
                what="what Flask adds",
                unit="ms",
                claimed=(2.5, 20),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(
                        label="each request opens a connection",
                        quantity=added_ms("flask-svc.io"),
                    ),
                    Basis(
                        label="connections are kept",
                        quantity=added_ms("flask-gthread.io", "-kept"),
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="A8",
        section="Architecture",
        text="Creating an operating system thread takes tens of microseconds.",
        literal="10 to 100 µs for one thread.",
        parts=(
            Part(
                what="a thread",
                unit="µs",
                claimed=(10, 100),
                failing=Failing.NOT_HERE,
                bases=(
                    Basis(
                        label="its creation alone is meant (by the C library)",
                        quantity=Metric("18", THREADS, "thread_create_s") * 1e6,
                    ),
                    Basis(
                        label="creation and join are meant (by the C library)",
                        quantity=Metric("18", THREADS, "thread_bare_s") * 1e6,
                    ),
                    Basis(
                        label="start and join in Python are meant",
                        quantity=Metric("18", THREADS, "thread_start_s") * 1e6,
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="A11",
        section="Architecture, key point",
        text="Async I/O lowers the latency of a request, because it keeps the processor busy.",
        literal="The mean answer of `async def` takes at most 95 % of the time of the plain route.",
        charitable="A request does not get faster by itself; it may wait less for others.",
        parts=(
            Part(
                what="the mean answer of an async route",
                unit="% of the plain route's time",
                claimed=(0, 95),
                bases=(
                    Basis(
                        label="one user asks at a time, on FastAPI",
                        quantity=over(
                            "01",
                            "fastapi-svc.async-io.closed-1",
                            "fastapi-svc.io.closed-1",
                            "mean_s",
                        )
                        * 100,
                    ),
                    Basis(
                        label="one user asks at a time, on Flask",
                        quantity=over(
                            "01", "flask-svc.async-io.closed-1", "flask-svc.io.closed-1", "mean_s"
                        )
                        * 100,
                    ),
                    Basis(
                        label="100 users share FastAPI's coroutines instead of Flask's 4 workers",
                        # N / X: the window is too short for the mean of Flask's answers.
                        quantity=over(
                            "13",
                            "flask-svc.io.closed-100",
                            "fastapi-svc.async-io.closed-100",
                            "throughput_rps",
                        )
                        * 100,
                    ),
                    Basis(
                        label="100 users share coroutines instead of as many threads",
                        quantity=over(
                            "08",
                            "fastapi-async-100.async-io.closed-100",
                            "gthread-100.io.closed-100",
                            "mean_s",
                        )
                        * 100,
                    ),
                ),
            ),
            Part(
                what="one user's answer from FastAPI's async route",
                unit="% of the time of Flask's plain route",
                bases=one(
                    over(
                        "01",
                        "fastapi-svc.async-io.closed-1",
                        "flask-svc.io.closed-1",
                        "mean_s",
                    )
                    * 100
                ),
            ),
        ),
    ),
)
