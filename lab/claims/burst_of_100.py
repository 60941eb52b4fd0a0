"""Claims C5 to C8 of article C: a hundred requests at once, in six cells, each of a full second."""

from collections import Counter
from collections.abc import Sequence

from lab import samples
from lab.claims.claim import Basis, Claim, Failing, Kind, Part, near, one
from lab.claims.findings import Findings, MissingError
from lab.claims.quantity import Computed, Metric
from lab.verdicts.absence import Reason
from lab.verdicts.metrics import bursts

REQUESTS = 100
THREADS = 40
"""Threads of a worker for plain `def` routes, unless FASTAPI_THREADS says otherwise."""
PUBLISHED_RPS = {
    ("flask-svc", "io"): 4.0,
    ("flask-svc", "async-io"): 4.0,
    ("flask-svc", "async-io-multi"): 8.3,
    ("fastapi-svc", "async-io"): 93.5,
    ("fastapi-svc", "async-io-multi"): 175.4,
}
"""Answers per second as article C prints them: 100 divided by the burst's length. FastAPI's `/io`,
48.3, is judged by its waves, because its length is a matter of chance."""
ALMOST_TWICE = (1.7, 2.1)
PLAIN = "fastapi-svc.io.burst-100"
AWAITED = "fastapi-svc.async-io.burst-100"
SPLIT = "fastapi-svc.async-io-multi.burst-100"
FLASK = "flask-svc.io.burst-100"
ONE_PART, TWO_PARTS = (f"fastapi-svc.async-io-multi.p{parts}.burst-100" for parts in (1, 2))

# FastAPI with 4 workers each. Each of the other three differs from the first in one thing.
FORTY = "shared-40.io.burst-100"
HUNDRED = "shared-100.io.burst-100"
OWN = "own-40.io.burst-100"
COROUTINES = "shared-40.async-io.burst-100"


def plain_over_awaited(findings: Findings, is_crowded: bool) -> list[float]:
    """Return how many times as long plain `def` took, from some of its bursts.

    A burst is crowded if a worker served more requests than it has threads. One value for each
    series that has such bursts. Raises MissingError where none has.
    """
    found = []
    awaited = findings.metric("05", AWAITED, "makespan_s").values
    for measurement, awaited_s in zip(findings.measurements("05", PLAIN), awaited, strict=False):
        lengths_s = [
            samples.makespan_s(burst)
            for burst in ([row.sample for row in rows] for rows in bursts(measurement))
            if (busiest(burst) > THREADS) == is_crowded
        ]
        if lengths_s:
            found.append(sum(lengths_s) / len(lengths_s) / awaited_s)
    if not found:
        kind = "some worker" if is_crowded else "no worker"
        raise MissingError(f"there was no burst in which {kind} had too few threads", Reason.FEW)
    return found


def busiest(burst: Sequence[samples.Sample]) -> int:
    """Return how many requests of a burst the busiest worker served."""
    served = Counter(each.worker_pid for each in burst if each.worker_pid is not None)
    return max(served.values(), default=0)


def second_waves(experiment: str, cell: str) -> tuple[Basis, ...]:
    """Return the share of a cell's bursts that take a second wave, in per cent."""
    return one(Metric(experiment, cell, "second_wave_share") * 100)


CLAIMS = (
    Claim(
        id="C5",
        section="FastAPI",
        text="FastAPI's plain `def` route takes less than 10 % of Flask's time for 100 requests.",
        literal="A burst of 100 tasks of 1 s, on 4 workers each: FastAPI's time is at most 10 % "
        "of Flask's.",
        parts=(
            Part(
                what="FastAPI's time",
                holds="FastAPI's workers have 40 threads each for such views, Flask's sync "
                "workers one",
                unit="% of Flask's",
                claimed=(0, 10),
                kind=Kind.MECHANISM,
                bases=one(
                    Metric("05", PLAIN, "makespan_s") / Metric("05", FLASK, "makespan_s") * 100
                ),
            ),
        ),
    ),
    Claim(
        id="C6",
        section="FastAPI",
        text="FastAPI's `async def` route is almost twice as fast as its plain `def` route.",
        literal="A burst of 100 takes 1.7 to 2.1 times as long on plain `def` as on `async def`.",
        charitable="With 40 threads in each of 4 workers there is room for all 100, so that a "
        "burst takes one wave or two by chance: a worker that accepts more than 40 connections "
        "makes the rest wait. The two kinds of burst are judged apart.",
        parts=(
            Part(
                what="the time of plain `def`",
                unit="times the time of `async def`",
                claimed=ALMOST_TWICE,
                kind=Kind.MECHANISM,
                bases=(
                    Basis(
                        label="a worker serves more of the requests than it has threads",
                        quantity=Computed(
                            plain_over_awaited, (("05", PLAIN), ("05", AWAITED)), (True,)
                        ),
                    ),
                    Basis(
                        label="no worker serves more of the requests than it has threads",
                        quantity=Computed(
                            plain_over_awaited, (("05", PLAIN), ("05", AWAITED)), (False,)
                        ),
                    ),
                ),
            ),
            *(
                Part(what=what, unit="%", bases=second_waves("06", cell))
                for what, cell in (
                    ("bursts with a second wave, with 40 threads", FORTY),
                    ("bursts with a second wave, with 100 threads", HUNDRED),
                    ("bursts with a second wave, where each worker listens for itself", OWN),
                    ("bursts with a second wave, on `async def`", COROUTINES),
                )
            ),
        ),
    ),
    Claim(
        id="C7",
        section="FastAPI",
        text="FastAPI with two concurrent parts in each request is almost twice as fast again.",
        literal="1.7 to 2.1 times as fast for 100 requests of 1 s.",
        parts=(
            Part(
                what="the gain of two parts",
                holds="each request waits half as long, and what sending costs stays",
                unit="times",
                claimed=ALMOST_TWICE,
                bases=(
                    Basis(
                        label="the article's two routes are compared",
                        quantity=Metric("05", AWAITED, "makespan_s")
                        / Metric("05", SPLIT, "makespan_s"),
                    ),
                    Basis(
                        label="one route is compared with itself",
                        quantity=Metric("04", ONE_PART, "makespan_s")
                        / Metric("04", TWO_PARTS, "makespan_s"),
                    ),
                ),
            ),
        ),
    ),
    Claim(
        id="C8",
        section="FastAPI, linked picture",
        text="The six cells give 4, 4 and 8.3 requests per second on Flask, and 48.3, 93.5 and "
        "175.4 on FastAPI.",
        literal="The rates are 100 divided by the burst's length, so that lengths of 25, 25, "
        "12.0, 1.07 and 0.57 s are compared, each within 10 %. FastAPI's `/io`, 2.07 s, is two "
        "waves: most bursts take two.",
        parts=(
            *(
                Part(
                    what=f"the burst on {shape} `/{route}`",
                    fails="a length is the waves times the wait, and what this machine adds",
                    unit="s",
                    claimed=near(REQUESTS / rate_rps),
                    failing=Failing.NOT_HERE,
                    bases=one(Metric("05", f"{shape}.{route}.burst-{REQUESTS}", "makespan_s")),
                )
                for (shape, route), rate_rps in PUBLISHED_RPS.items()
            ),
            Part(
                what="bursts on fastapi-svc `/io` that take two waves",
                unit="%",
                claimed=(50, 100),
                failing=Failing.NOT_HERE,
                bases=second_waves("05", PLAIN),
            ),
        ),
    ),
)
