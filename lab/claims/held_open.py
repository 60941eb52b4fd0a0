"""Claim B7 of article B: streams and WebSockets."""

from lab import theory
from lab.claims.claim import Claim, Decision
from lab.claims.findings import Findings
from lab.claims.measures import ratio_of
from lab.claims.rule import near, part, together
from lab.rounded import digits

SENT = 16
FLASK_STREAM = f"flask-svc.stream.burst-{SENT}"
FASTAPI_STREAM = f"fastapi-svc.stream.burst-{SENT}"
FLASK_SOCKETS = f"flask-svc.ws.sockets-{SENT}"
FASTAPI_SOCKETS = f"fastapi-svc.ws.sockets-{SENT}"


def decide_held_open(findings: Findings) -> Decision:
    """Decide B7: open WebSockets on both, and Flask's time for streams relative to FastAPI's."""
    workers = findings.workers("21", "flask-svc")
    turns = theory.waves(requests=SENT, slots=workers)
    flask, fastapi = (
        findings.metric("21", cell, "handshakes") for cell in (FLASK_SOCKETS, FASTAPI_SOCKETS)
    )
    longer = ratio_of(findings, "21", FLASK_STREAM, FASTAPI_STREAM, "makespan_s")
    return together(
        [
            part(
                "WebSockets that FastAPI has open at once",
                fastapi,
                (SENT, SENT),
                unit="WebSockets",
                doubts=findings.doubts("21", FASTAPI_SOCKETS),
            ),
            part(
                "WebSockets that Flask has open at once",
                flask,
                (0, workers),
                unit="WebSockets",
                doubts=findings.doubts("21", FLASK_SOCKETS),
            ),
            part(
                "Flask's time for the streams",
                longer,
                near(turns, quick=findings.quick),
                unit="times FastAPI's",
                doubts=findings.doubts("21", FLASK_STREAM, FASTAPI_STREAM),
            ),
        ],
        f"Of {SENT} WebSockets FastAPI had {digits(fastapi.middle)} open at once and Flask "
        f"{digits(flask.middle)}; {SENT} streams took Flask {digits(longer.middle)} times as "
        f"long as FastAPI",
        holds=f": Flask has both too, but each holds one of its {workers} slots until it ends",
    )


CLAIMS = (
    Claim(
        id="B7",
        source="B",
        text="WebSockets, streaming responses and background tasks are native in FastAPI and "
        "not in Flask.",
        reading="Native means that they take no slot. 16 WebSockets at once are all open at "
        "once on FastAPI, and on Flask no more than it has workers; 16 streams take Flask as "
        "many turns as that makes, within 10 %, and FastAPI one. (Flask streams by itself and "
        "has WebSockets from an extension. Background work is in `make count` alone.)",
        experiments=("21",),
        rule=decide_held_open,
    ),
)
