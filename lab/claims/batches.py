"""Claims C1 to C4, C10 and C11 of article C, and A14: sixteen requests at once on four workers."""

from collections.abc import Callable, Sequence
from math import inf

from lab import theory
from lab.claims.claim import Basis, Claim, Failing, Kind, Part, near, one
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import failed, more_threads, tasks
from lab.claims.quantity import CellName, Computed, Metric
from lab.results.measurement import MEASURED, Measurement

FLASK_16 = "flask-svc.io.burst-16"
FLASK_3 = "flask-svc.io.burst-3"
ASYNC_16 = "flask-svc.async-io.burst-16"
WORKERS = 4
NEAR = 0.25
"""Tolerance for the time of an answer, in task lengths. Waves lie one whole task length apart."""


def in_parts(parts: int) -> str:
    """Return the cell of 16 requests that each ask in so many parts at once."""
    return f"flask-svc.async-io-multi.p{parts}.burst-16"


def on_time(
    findings: Findings, formula: str, parts: int, bursts: Sequence[CellName]
) -> list[float]:
    """Return the share of answers, in per cent, that came when `formula` of lab/theory.py says.

    `bursts` are cells whose ids end with the number of requests. Raises MissingError where the
    experiment kept no samples.
    """
    due: Callable[..., float] = getattr(theory, formula)
    shares: list[float] = []
    measured = [findings.measurements(number, cell) for number, cell in bursts]
    for series in zip(*measured, strict=False):
        answers = [
            answer
            for (number, cell), each in zip(bursts, series, strict=True)
            for answer in answer_times(
                each, int(cell.rpartition("-")[2]), findings.delay_s(number) / parts
            )
        ]
        if not answers:
            raise MissingError(f"experiment {bursts[0][0]} kept no samples of its bursts")
        hits = [abs(at - due(position=n, slots=WORKERS, service_s=1)) <= NEAR for n, at in answers]
        shares.append(100 * sum(hits) / len(hits))
    return shares


def answer_times(measurement: Measurement, requests: int, task_s: float) -> list[tuple[int, float]]:
    """Return the 1-based position and the time in task lengths of each answer of each burst.

    A missing answer has the time inf, so that no formula can match it.
    """
    found = []
    for burst in sorted({row.burst for row in measurement.rows}):
        samples = [
            row.sample for row in measurement.rows if row.burst == burst and row.phase == MEASURED
        ]
        begin_s = min((each.start_s for each in samples), default=0.0)
        ends = sorted((each.end_s - begin_s) / task_s for each in samples if not each.error)
        ends += [float("inf")] * (requests - len(ends))
        found += list(enumerate(ends, start=1))
    return found


def answered_by(formula: str, *cells: CellName, parts: int = 1) -> Computed:
    """Return the share of answers of these bursts that came when a formula says."""
    return Computed(on_time, cells, (formula, parts, cells))


BURSTS = (("02", FLASK_16), ("02", FLASK_3))
ASYNC_HELD = f"flask-svc.async-io.hold-{WORKERS}"
ASGI_16 = "flask-asgi.io.burst-16"
ASGI_ASYNC_16 = "flask-asgi.async-io.burst-16"
CORRECT = "answer_s"
PUBLISHED = "published_answer_s"

CLAIMS = (
    Claim(
        id="C1",
        section="Introduction",
        text="Flask with 4 sync workers serves 16 requests at once, each a task of 1 s, in "
        "batches of 4, in 4 s.",
        literal="The burst takes 4 task lengths, and each worker serves 4 waves.",
        parts=(
            Part(
                what="the burst's length",
                holds="each of the 4 workers waits for one request at a time",
                unit="task lengths",
                claimed=near(4),
                kind=Kind.MECHANISM,
                bases=one(tasks("02", FLASK_16)),
            ),
            Part(
                what="the batches",
                unit="waves",
                claimed=(4, 4),
                kind=Kind.MECHANISM,
                bases=one(Metric("02", FLASK_16, "waves")),
            ),
        ),
    ),
    Claim(
        id="C2",
        section="Introduction",
        text="An `async def` view gains Flask nothing: the same 16 requests take as long.",
        literal="On the same server the burst with `async def` takes the time of the burst "
        "without, within 10 %, by a test of equality.",
        parts=(
            Part(
                what="the time with `async def`",
                holds="a worker awaits one request and takes no other meanwhile",
                unit="times the time without",
                claimed=near(1),
                kind=Kind.MECHANISM,
                is_sameness=True,
                bases=one(
                    Metric("03", ASYNC_16, "makespan_s") / Metric("03", FLASK_16, "makespan_s")
                ),
            ),
            Part(
                what="the waves with `async def`",
                unit="waves",
                claimed=(4, 4),
                kind=Kind.MECHANISM,
                bases=one(Metric("03", ASYNC_16, "waves")),
            ),
        ),
    ),
    Claim(
        id="C3",
        section="Flask with concurrent parts",
        text="Two concurrent parts of 0.5 s inside of each request make the burst twice as fast, "
        "2 s; with more parts it gets faster still.",
        literal="16 requests of two parts take half of the time of one part; 4 parts take less "
        "than 2, and 8 less than 4.",
        parts=(
            Part(
                what="the gain of two parts",
                holds="each request gives its slot back sooner",
                unit="times",
                claimed=near(2),
                kind=Kind.MECHANISM,
                bases=one(tasks("04", in_parts(1)) / tasks("04", in_parts(2))),
            ),
            *(
                Part(
                    what=f"the time of {more} parts",
                    unit=f"times the time of {fewer}",
                    claimed=(0, 1),
                    kind=Kind.MECHANISM,
                    bases=one(tasks("04", in_parts(more)) / tasks("04", in_parts(fewer))),
                )
                for fewer, more in ((2, 4), (4, 8))
            ),
        ),
    ),
    Claim(
        id="C4",
        section="Introduction",
        text="Request n is answered after floor(n / workers) times the task's length.",
        literal="With n from 1, every answer of a burst of 16 and of one of 3 comes within a "
        "quarter of a task of that time.",
        charitable="floor counts n from 0, and the time at which the request begins is meant; "
        "the answer comes at ceil(n / workers).",
        parts=(
            Part(
                what="the answers that come when floor(n / workers) says",
                fails="it is right only where n is a multiple of the workers",
                unit="% of all",
                claimed=(100, 100),
                failing=Failing.OFF_BY_ONE,
                bases=one(answered_by(PUBLISHED, *BURSTS)),
            ),
            Part(
                what="the answers that come when ceil(n / workers) says",
                unit="% of all",
                bases=one(answered_by(CORRECT, *BURSTS)),
            ),
        ),
    ),
    Claim(
        id="C10",
        section="Flask with concurrent parts",
        text="With concurrent parts, request n takes floor(n / workers) times the slowest part.",
        literal="As C4, for 16 requests in two equal parts: a task is half as long.",
        charitable="As C4: ceil is meant.",
        parts=(
            Part(
                what="the answers that come when floor(n / workers) says",
                fails="it is right only where n is a multiple of the workers",
                unit="% of all",
                claimed=(100, 100),
                failing=Failing.OFF_BY_ONE,
                bases=one(answered_by(PUBLISHED, ("04", in_parts(2)), parts=2)),
            ),
            Part(
                what="the answers that come when ceil(n / workers) says",
                unit="% of all",
                bases=one(answered_by(CORRECT, ("04", in_parts(2)), parts=2)),
            ),
        ),
    ),
    Claim(
        id="C11",
        section="Introduction, Flask's documentation of async",
        text="Flask runs the event loop of an async view in a thread of that worker, and the "
        "worker waits for it.",
        literal="While 4 requests wait in async views, 4 workers have at least 4 threads more than "
        "before, and of 16 requests at once no more than 4 wait. (Where the upstream has a name, "
        "each loop asks for its address in one more thread.)",
        parts=(
            Part(
                what="the threads beyond those the workers had before",
                unit="threads",
                claimed=(WORKERS, inf),
                kind=Kind.MECHANISM,
                bases=one(Computed(more_threads, (("03", ASYNC_HELD),), ("03", ASYNC_HELD))),
            ),
            Part(
                what="the requests that wait at once, of 16",
                unit="requests",
                claimed=(1, WORKERS),
                kind=Kind.MECHANISM,
                bases=one(Metric("03", ASYNC_16, "peak_busy")),
            ),
        ),
    ),
    Claim(
        id="A14",
        section="Frequently Asked Questions, async code in Flask",
        text="Existing Flask code can be moved step by step, by async views where I/O dominates.",
        literal="An async view answers without failures in the service as it is. (The article does "
        "not say that one gains something by it; the time beside plain views is stated.)",
        parts=(
            Part(
                what="the failures of async views",
                unit="% of all requests",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                holds="async views run; what they gain is stated beside",
                bases=(
                    Basis(label="Flask stays on gunicorn", quantity=failed("03", ASYNC_16)),
                    Basis(
                        label="Flask stands behind an ASGI server with 4 threads",
                        quantity=failed("03", ASGI_ASYNC_16),
                    ),
                ),
            ),
            Part(
                what="the time of async views",
                unit="% of the time of plain views",
                bases=(
                    Basis(
                        label="Flask stays on gunicorn",
                        quantity=Metric("03", ASYNC_16, "makespan_s")
                        / Metric("03", FLASK_16, "makespan_s")
                        * 100,
                    ),
                    Basis(
                        label="Flask stands behind an ASGI server with 4 threads",
                        quantity=Metric("03", ASGI_ASYNC_16, "makespan_s")
                        / Metric("03", ASGI_16, "makespan_s")
                        * 100,
                    ),
                ),
            ),
        ),
    ),
)
