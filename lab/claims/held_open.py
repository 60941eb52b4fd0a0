"""Claim B7 of article B: streams and WebSockets."""

from math import inf

from lab.claims.claim import Claim, Kind, Part, near, one
from lab.claims.measures import over
from lab.claims.quantity import Computed, Metric
from lab.claims.small_api import foreign_packages

SENT = 16
WORKERS = 4
FLASK_STREAM = f"flask-svc.stream.burst-{SENT}"
FASTAPI_STREAM = f"fastapi-svc.stream.burst-{SENT}"
FLASK_SOCKETS = f"flask-svc.ws.sockets-{SENT}"
FASTAPI_SOCKETS = f"fastapi-svc.ws.sockets-{SENT}"

CLAIMS = (
    Claim(
        id="B7",
        section="Architecture",
        text="WebSockets and streaming responses are native in FastAPI and not in Flask.",
        literal="Native: the view imports no package beside the framework. (uvicorn itself needs "
        "the "
        "package websockets. Background tasks are B17.)",
        charitable="Native: a stream or a WebSocket takes no slot while it is open; Flask's "
        "workers are "
        "sync ones.",
        parts=(
            Part(
                what="the packages that FastAPI's view imports for WebSockets beside FastAPI",
                unit="packages",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                bases=one(Computed(foreign_packages, (), ("websocket", "fastapi"))),
            ),
            Part(
                what="the packages that Flask's view imports for WebSockets beside Flask",
                unit="packages",
                claimed=(1, inf),
                kind=Kind.MECHANISM,
                bases=one(Computed(foreign_packages, (), ("websocket", "flask"))),
            ),
            Part(
                what="the packages that FastAPI's view imports for streams beside FastAPI",
                unit="packages",
                claimed=(0, 0),
                kind=Kind.MECHANISM,
                bases=one(Computed(foreign_packages, (), ("stream", "fastapi"))),
            ),
            Part(
                what="the packages that Flask's view imports for streams beside Flask",
                unit="packages",
                claimed=(1, inf),
                kind=Kind.MECHANISM,
                fails="Flask streams by itself; a stream or a WebSocket holds one of its slots",
                bases=one(Computed(foreign_packages, (), ("stream", "flask"))),
            ),
            Part(
                what="the WebSockets that FastAPI has open at once, of 16",
                unit="WebSockets",
                claimed=(SENT, SENT),
                kind=Kind.MECHANISM,
                bases=one(Metric("21", FASTAPI_SOCKETS, "handshakes")),
            ),
            Part(
                what="the WebSockets that Flask has open at once on 4 sync workers",
                unit="WebSockets",
                claimed=(0, WORKERS),
                kind=Kind.MECHANISM,
                bases=one(Metric("21", FLASK_SOCKETS, "handshakes")),
            ),
            Part(
                what="Flask's time for 16 streams",
                unit="times FastAPI's",
                claimed=near(SENT / WORKERS),
                kind=Kind.MECHANISM,
                bases=one(over("21", FLASK_STREAM, FASTAPI_STREAM, "makespan_s")),
            ),
        ),
    ),
)
