"""Claims B1 and B2 of article B: requests without I/O."""

from lab.claims.claim import Claim, Decision
from lab.claims.findings import GENERATOR, Findings
from lab.claims.measures import ratio
from lab.claims.rule import part, together
from lab.rounded import digits, times

FLASK = "flask-1.json.closed-64"
FASTAPI = "fastapi-1.json.closed-64"
FLASK_4 = "flask-4.json.closed-64"
FASTAPI_4 = "fastapi-4.json.closed-64"


def decide_throughput(findings: Findings) -> Decision:
    """Decide B1: requests per second of processor time, and their ratio."""
    flask = findings.metric("12", FLASK, "requests_per_cpu_s")
    fastapi = findings.metric("12", FASTAPI, "requests_per_cpu_s")
    found = ratio(fastapi, flask)
    flask_4, fastapi_4 = (
        findings.metric("12", cell, "throughput_rps") for cell in (FLASK_4, FASTAPI_4)
    )
    doubts = {cell: findings.doubts("12", cell, but=GENERATOR) for cell in (FLASK, FASTAPI)}
    return together(
        [
            part("Flask's rate", flask, (2000, 5000), unit="per core", doubts=doubts[FLASK]),
            part(
                "FastAPI's rate", fastapi, (15000, 30000), unit="per core", doubts=doubts[FASTAPI]
            ),
            part(
                "FastAPI's rate by Flask's",
                found,
                (3, 10),
                unit="times",
                doubts=(*doubts[FLASK], *doubts[FASTAPI]),
            ),
        ],
        f"For each second of one core FastAPI answered {digits(fastapi.middle)} requests and "
        f"Flask {digits(flask.middle)}, {times(found.middle)} as many; 4 workers, beside the "
        f"load generator, gave {digits(fastapi_4.middle)} and {digits(flask_4.middle)} per second",
    )


def decide_latency(findings: Findings) -> Decision:
    """Decide B2: mean latency on both."""
    flask, fastapi = (
        findings.metric("12", cell, "mean_s").scaled(1e3) for cell in (FLASK, FASTAPI)
    )
    return together(
        [
            part("Flask's mean", flask, (20, 50), unit="ms", doubts=findings.doubts("12", FLASK)),
            part(
                "FastAPI's mean", fastapi, (5, 15), unit="ms", doubts=findings.doubts("12", FASTAPI)
            ),
        ],
        f"With 64 users at once, answers took {digits(flask.middle)} ms on Flask and "
        f"{digits(fastapi.middle)} ms on FastAPI on average, which is little more than the users "
        f"divided by the throughput: another number of users gives another latency",
    )


CLAIMS = (
    Claim(
        id="B1",
        source="B",
        text="Without I/O, Flask serves 2,000 to 5,000 requests per second and FastAPI 15,000 to "
        "30,000, 3 to 10 times as many.",
        reading="A small JSON answer, 64 users, one worker each: answers by the processor time "
        "of the server's processes, which is what one core can give and does not depend on the "
        "load generator. Both rates and the ratio lie in these ranges.",
        experiments=("12",),
        rule=decide_throughput,
    ),
    Claim(
        id="B2",
        source="B",
        text="Average latency is 20 to 50 ms on Flask and 5 to 15 ms on FastAPI.",
        reading="The mean of the same load as for B1, since the article names none.",
        experiments=("12",),
        rule=decide_latency,
    ),
)
