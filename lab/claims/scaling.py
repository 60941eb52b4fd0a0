"""Claims B8, B9 and B12 of article B: how each framework scales, and Flask's async views."""

from math import inf

from lab.claims.claim import Basis, Claim, Kind, Part, near, one
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import failed, over, served
from lab.claims.quantity import Computed, Metric, Quantity
from lab.verdicts.absence import Reason

ASYNC_VIEW = "flask-svc.async-io.burst-16"
ON_THREADS = "gthread-100.io.closed-100"
ON_COROUTINES = "fastapi-async-100.async-io.closed-100"


def gain_of_second_worker(findings: Findings, framework: str) -> list[float]:
    """Return by series how many times as fast 2 workers compute as one.

    Raises MissingError on a machine with one core.
    """
    if findings.experiment("16").cores < 2:
        why = "a second worker needs a second core, and this machine has one"
        raise MissingError(why, Reason.MACHINE)
    two, one_worker = (
        findings.metric("16", f"{framework}-{workers}.cpu.closed-8", "throughput_rps").values
        for workers in (2, 1)
    )
    return [a / b for a, b in zip(two, one_worker, strict=True)]


def share_of_two_workers(findings: Findings, framework: str) -> list[float]:
    """Return by series what one worker computes, in per cent of two."""
    return [100 / each for each in gain_of_second_worker(findings, framework)]


def second_worker(framework: str) -> Quantity:
    """Return the gain of a second worker for computing."""
    cells = tuple(("16", f"{framework}-{workers}.cpu.closed-8") for workers in (2, 1))
    return Computed(gain_of_second_worker, cells, (framework,))


CLAIMS = (
    Claim(
        id="B8",
        section="Scaling",
        text="Flask scales by a load balancer and workers (Gunicorn), FastAPI by itself on "
        "Uvicorn or Hypercorn.",
        literal="By itself: without more processes. One FastAPI worker serves 100 waiting users "
        "as fast as the upstream allows, and computes as fast as two.",
        charitable="Only waiting requests are meant.",
        parts=(
            Part(
                what="one FastAPI process",
                unit="% of what is possible",
                claimed=near(100),
                bases=(
                    Basis(
                        label="requests wait",
                        quantity=served("13", "fastapi-solo.async-io.closed-100", 100),
                    ),
                    Basis(
                        label="requests compute",
                        quantity=Computed(
                            share_of_two_workers,
                            tuple(("16", f"fastapi-{n}.cpu.closed-8") for n in (1, 2)),
                            ("fastapi",),
                        ),
                    ),
                ),
            ),
            Part(
                what="what a second worker gives Flask for computing",
                unit="times",
                claimed=near(2),
                bases=one(second_worker("flask")),
            ),
            Part(
                what="what a second worker gives FastAPI for computing",
                unit="times",
                bases=one(second_worker("fastapi")),
            ),
            Part(
                what="what two FastAPI workers compute",
                unit="% of two Flask workers",
                bases=one(
                    over("16", "fastapi-2.cpu.closed-8", "flask-2.cpu.closed-8", "throughput_rps")
                    * 100
                ),
            ),
        ),
    ),
    Claim(
        id="B9",
        section="Architecture",
        text="Flask has concurrency from threads, with limited efficiency.",
        literal="With as many slots, threads have less than 90 % of the throughput of coroutines "
        "while requests wait, or a request takes at least 110 % of their processor time.",
        parts=(
            Part(
                what="what 100 threads give to 100 waiting users",
                unit="% of coroutines",
                kind=Kind.MECHANISM,
                fails="while requests wait, a thread serves as well as a coroutine",
                bases=(
                    Basis(
                        label="efficiency is the throughput of requests that wait",
                        quantity=over("08", ON_THREADS, ON_COROUTINES, "throughput_rps") * 100,
                        unit="% of the throughput of coroutines",
                        claimed=(0, 90),
                    ),
                    Basis(
                        label="efficiency is the processor time of a request",
                        quantity=over("08", ON_THREADS, ON_COROUTINES, "cpu_s_per_request") * 100,
                        unit="% of the processor time of coroutines",
                        claimed=(110, inf),
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="B12",
        section="Architecture, key insight; and the comparison of features",
        text='Flask\'s support for async is "limited" in one section and "no" in another.',
        literal="Limited: an async view answers, and serves no more requests at once than there "
        "are workers. No: an async view does not answer.",
        parts=(
            Part(
                what="an async view of Flask",
                unit="%",
                kind=Kind.MECHANISM,
                bases=(
                    Basis(
                        label='the section with "limited" is read',
                        unit="% of 16 requests at once",
                        quantity=Metric("03", ASYNC_VIEW, "peak_busy") * (100 / 16),
                        claimed=(0, 25),
                    ),
                    Basis(
                        label='the section with "no" is read',
                        unit="% of requests failed",
                        quantity=failed("03", ASYNC_VIEW),
                        claimed=(100, 100),
                    ),
                ),
            ),
        ),
    ),
)
