"""Claim B8 of article B: scaling with the load."""

from lab.claims.claim import Claim, Decision
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import ratio_of
from lab.claims.rule import near, part, together
from lab.rounded import percent, times

USERS = 100
ONE_PROCESS = f"fastapi-solo.async-io.closed-{USERS}"
FLASK = tuple(f"flask-{workers}.cpu.closed-8" for workers in (1, 2))
FASTAPI = tuple(f"fastapi-{workers}.cpu.closed-8" for workers in (1, 2))


def decide_scaling(findings: Findings) -> Decision:
    """Decide B8: one FastAPI process with waiting users, and a second worker for computing.

    Raises MissingError on a machine with one core.
    """
    if findings.experiment("16").cores < 2:
        raise MissingError("a second worker needs a second core, and this machine has one")
    asked_s = findings.delay_s("13") / USERS
    waiting = findings.metric("13", ONE_PROCESS, "throughput_rps").scaled(asked_s)
    flask, fastapi = (
        ratio_of(findings, "16", two, one, "throughput_rps") for one, two in (FLASK, FASTAPI)
    )
    quick = findings.quick
    return together(
        [
            part(
                "what one FastAPI process has of the possible throughput of waiting requests",
                waiting,
                near(1, quick=quick),
                unit="of what is possible",
                doubts=findings.doubts("13", ONE_PROCESS),
            ),
            part(
                "what a second worker gives Flask",
                flask,
                near(2, quick=quick),
                unit="times",
                doubts=findings.doubts("16", *FLASK),
            ),
            part(
                "what a second worker gives FastAPI",
                fastapi,
                near(1, quick=quick),
                unit="times",
                doubts=findings.doubts("16", *FASTAPI),
            ),
        ],
        f"One FastAPI process served {USERS} waiting users at "
        f"{percent(waiting.middle)} of what is possible; for computing, a "
        f"second worker made Flask {times(flask.middle)} and FastAPI {times(fastapi.middle)} "
        f"as fast",
        fails=": one process of either computes on one core"
        if fastapi.low > near(1, quick=quick)[1]
        else "",
    )


CLAIMS = (
    Claim(
        id="B8",
        source="B",
        text="Flask scales by a load balancer and workers (Gunicorn), FastAPI by itself on "
        "Uvicorn or Hypercorn.",
        reading="By itself means without more processes. One FastAPI worker serves 100 waiting "
        "users as fast as the upstream allows, within 10 %; for computing a second worker "
        "doubles Flask's throughput and adds nothing to FastAPI's, within 10 % each, because "
        "FastAPI would use both cores already.",
        experiments=("13", "16"),
        rule=decide_scaling,
    ),
)
