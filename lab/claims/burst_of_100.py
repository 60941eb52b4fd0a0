"""Claims C5 to C8 of article C: a hundred requests at once, in six cells."""

from lab import theory
from lab.claims.claim import Claim, Decision
from lab.claims.findings import Findings
from lab.claims.measures import more, of, ratio
from lab.claims.rule import near, part, together
from lab.rounded import digits, listed, percent, times
from lab.verdicts.judgement import Measured

REQUESTS = 100
TASK_S = 1.0
"""Length of the article's task. The lab's is shorter, because 25 waves of 1 s take too long."""
PUBLISHED_RPS = {
    ("flask-svc", "io"): 4.0,
    ("flask-svc", "async-io"): 4.0,
    ("flask-svc", "async-io-multi"): 8.3,
    ("fastapi-svc", "io"): 48.3,
    ("fastapi-svc", "async-io"): 93.5,
    ("fastapi-svc", "async-io-multi"): 175.4,
}
ALMOST_TWICE = (1.7, 2.1)

# FastAPI with 4 workers each. Each of the other three differs from the first in one thing.
FORTY = "shared-40.io.burst-100"
HUNDRED = "shared-100.io.burst-100"
OWN = "own-40.io.burst-100"
AWAITED = "shared-40.async-io.burst-100"


def cell(shape: str, route: str) -> str:
    """Return the id of one of the six cells."""
    return f"{shape}.{route}.burst-{REQUESTS}"


def length_s(findings: Findings, shape: str, route: str) -> Measured:
    """Length of a burst of experiment 05 in seconds, converted to the article's task of 1 s.

    Each wave gets the additional wait. The rest of a request's time does not depend on the wait,
    so it stays. The number of waves comes from theory, except for FastAPI's plain `def` route:
    there it depends on chance and was counted.
    """
    id = cell(shape, route)
    if (shape, route) == ("fastapi-svc", "io"):
        waves = findings.metric("05", id, "waves")
    elif shape == "flask-svc":
        waves = of([theory.waves(requests=REQUESTS, slots=findings.workers("05", shape))])
    else:
        waves = of([1])
    return longer(findings, "05", id, waves, parts=2 if route == "async-io-multi" else 1)


def longer(
    findings: Findings, experiment: str, id: str, waves: Measured, *, parts: int
) -> Measured:
    """Add the missing part of the article's wait to a makespan, once for each wave.

    Returns seconds. `waves` has one value, or one per repeat. `parts` concurrent parts split the
    wait.
    """
    makespan = findings.metric(experiment, id, "makespan_s")
    rest_s = theory.split_s(service_s=TASK_S, parts=parts) - theory.split_s(
        service_s=findings.delay_s(experiment), parts=parts
    )
    if len(waves.values) == 1:
        waves = of(list(waves.values) * len(makespan.values))
    return more(makespan, waves.scaled(rest_s))


def decide_tenth(findings: Findings) -> Decision:
    """Decide C5: FastAPI's time as a share of Flask's."""
    took, took_flask = (length_s(findings, shape, "io") for shape in ("fastapi-svc", "flask-svc"))
    found = ratio(took, took_flask)
    return together(
        [
            part(
                "FastAPI's time",
                found,
                (0, 0.1),
                unit="of Flask's",
                doubts=findings.doubts("05", cell("fastapi-svc", "io"), cell("flask-svc", "io")),
            )
        ],
        f"100 requests of 1 s take {digits(took.middle)} s on FastAPI's plain `def` and "
        f"{digits(took_flask.middle)} s on Flask, {percent(found.middle)} of it",
        holds=": FastAPI's workers have 40 threads each for such views, Flask's sync workers one",
    )


def decide_twice(findings: Findings) -> Decision:
    """Decide C6: share of bursts with a second wave, on plain `def` and on `async def`.

    The article looked at a single burst. The sentence gives that ratio, too.
    """
    single = ratio(
        length_s(findings, "fastapi-svc", "io"), length_s(findings, "fastapi-svc", "async-io")
    )
    share = {
        each: findings.metric("06", each, "second_wave_share")
        for each in (FORTY, HUNDRED, OWN, AWAITED)
    }
    doubts = findings.doubts("06", FORTY)
    said_of = {each: percent(found.middle) for each, found in share.items()}
    return together(
        [
            part(
                "the share of plain `def` bursts that take two waves",
                share[FORTY],
                (0.5, 1),
                unit="of all bursts",
                doubts=doubts,
            ),
            part(
                "the share of awaited bursts that take two waves",
                share[AWAITED],
                (0, 0.5),
                unit="of all bursts",
                doubts=findings.doubts("06", AWAITED),
            ),
        ],
        f"A second wave, and so twice the time, came in {said_of[FORTY]} of the plain `def` "
        f"bursts with 40 threads in a worker, in {said_of[HUNDRED]} with 100, in {said_of[OWN]} "
        f"where each worker listens for itself, and in {said_of[AWAITED]} with `async def`; "
        f"single looks gave {times(single.low)} to {times(single.high)}",
        holds=": some worker usually gets more than 40 of the 100 connections",
        fails=": it takes a worker that gets more than 40 of the 100 connections, by chance",
    )


def decide_twice_again(findings: Findings) -> Decision:
    """Decide C7: gain of two parts, on one route and between the two routes."""
    one, two = (f"fastapi-svc.async-io-multi.p{parts}.burst-100" for parts in (1, 2))
    whole, split = cell("fastapi-svc", "async-io"), cell("fastapi-svc", "async-io-multi")
    same_route = ratio(
        longer(findings, "04", one, of([1]), parts=1), longer(findings, "04", two, of([1]), parts=2)
    )
    routes = ratio(
        length_s(findings, "fastapi-svc", "async-io"),
        length_s(findings, "fastapi-svc", "async-io-multi"),
    )
    return together(
        [
            part(
                "the gain of two parts on one route",
                same_route,
                ALMOST_TWICE,
                unit="times",
                doubts=findings.doubts("04", one, two),
            ),
            part(
                "the gain of the route in two parts",
                routes,
                ALMOST_TWICE,
                unit="times",
                doubts=findings.doubts("05", whole, split),
            ),
        ],
        f"Two concurrent parts of a task of 1 s make FastAPI {times(same_route.middle)} as fast "
        f"on one route, and {times(routes.middle)} from `/async-io` to `/async-io-multi`",
        holds=": each request waits half as long, and what sending costs stays",
        fails=": each request waits half as long, but the rest of its time is not halved",
    )


def decide_rates(findings: Findings) -> Decision:
    """Decide C8: length of each of the six bursts, as published and as measured."""
    parts, words = [], []
    for (shape, route), rate_rps in PUBLISHED_RPS.items():
        published_s = REQUESTS / rate_rps
        took = length_s(findings, shape, route)
        parts.append(
            part(
                f"the burst's length of {shape} /{route}",
                took,
                near(published_s, quick=findings.quick),
                unit="s",
                doubts=findings.doubts("05", cell(shape, route)),
            )
        )
        words.append(
            f"{shape} `/{route}` {digits(published_s)} and {digits(took.middle)} "
            f"({parts[-1].verdict})"
        )
    return together(
        parts,
        f"Seconds for 100 requests of 1 s, as published and as measured: {listed(words)}; "
        f"as rates they would grow with the number of requests",
    )


CLAIMS = (
    Claim(
        id="C5",
        source="C",
        text="FastAPI's plain `def` route takes less than 10 % of Flask's time for 100 requests.",
        reading="Of a burst on 4 workers each FastAPI's time is at most 0.1 of Flask's. The lab's "
        "task is shorter than the article's 1 s; what each wave would have waited longer is "
        "added, as for C7 and C8.",
        experiments=("05",),
        rule=decide_tenth,
    ),
    Claim(
        id="C6",
        source="C",
        text="FastAPI's `async def` route is almost twice as fast as its plain `def` route.",
        reading="Most bursts of 100 on plain `def` need a second wave, with the article's 40 "
        "threads in each of 4 workers, and most with `async def` do not. A single burst cannot "
        "tell, so that many are sent; other numbers of threads and listeners show what it "
        "depends on.",
        experiments=("05", "06"),
        rule=decide_twice,
    ),
    Claim(
        id="C7",
        source="C",
        text="FastAPI with two concurrent parts in each request is almost twice as fast again.",
        reading="1.7 to 2.1 times as fast for 100 requests, both as one part against two of the "
        "same route and as the article's two routes.",
        experiments=("04", "05"),
        rule=decide_twice_again,
    ),
    Claim(
        id="C8",
        source="C",
        text="The six cells give 4, 4 and 8.3 requests per second on Flask, and 48.3, 93.5 and "
        "175.4 on FastAPI.",
        reading="The rates are 100 divided by the burst's length, so that lengths are compared: "
        "25, 25, 12.0, 2.07, 1.07 and 0.57 s, each within 10 %.",
        experiments=("05",),
        rule=decide_rates,
    ),
)
