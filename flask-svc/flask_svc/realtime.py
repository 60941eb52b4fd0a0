"""A stream and a WebSocket: each holds its slot until it ends."""

import itertools
import json
import os
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Annotated

from flask import Blueprint, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_openapi import APIBlueprint, Tag
from flask_sock import Sock
from pydantic import BaseModel, Field, ValidationError
from simple_websocket import Server
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from flask_svc.dependencies import settings_of
from flask_svc.documentation import documented
from flask_svc.lent_socket import LentSocket
from flask_svc.models import StreamLine
from flask_svc.problems import BadRequest, NoSockets, TooManySockets, invalid_input

UNSUPPORTED_DATA = 1003
JSON_LINES = {"content": {"application/jsonl": {"schema": StreamLine.model_json_schema()}}}

realtime = APIBlueprint(
    "realtime",
    __name__,
    abp_tags=[Tag(name="realtime")],
    abp_responses=documented(BadRequest),
)
sockets = Blueprint("sockets", __name__)
sock = Sock()


class StreamQuery(BaseModel):
    """How many lines, and how far apart."""

    n: Annotated[int, Field(ge=1, le=1000)] = 10
    every_ms: Annotated[int, Field(ge=0, le=10_000)] = 100


@realtime.get("/stream", responses={200: JSON_LINES})
def stream(query: StreamQuery) -> Response:
    """Send lines as they come: the first at once, the others `every_ms` apart."""

    def lines() -> Iterator[str]:
        for line in range(1, query.n + 1):
            if line > 1:
                # this thread waits here
                sleep(query.every_ms / 1000)
            yield StreamLine(line=line, of=query.n, pid=os.getpid()).model_dump_json() + "\n"

    return Response(lines(), mimetype="application/jsonl")


class TalkQuery(BaseModel):
    """How far apart the ticks are."""

    every_ms: Annotated[int, Field(ge=10, le=10_000)] = 1000


@sockets.before_request
def take_place() -> None:
    """Count a new WebSocket against SOCKETS, and replace gunicorn's socket by a LentSocket.

    Raises NoSockets behind another server than gunicorn, InvalidInput for a bad query, and
    TooManySockets if this worker already holds SOCKETS.
    """
    if "gunicorn.socket" not in request.environ:
        raise NoSockets("WSGI has no WebSockets, and only gunicorn has a socket to lend")
    try:  # validate before the handshake, because after it no status can be sent
        query = TalkQuery.model_validate(request.args.to_dict())
    except ValidationError as error:
        invalid_input(error)
    g.every_s = query.every_ms / 1000
    places = current_app.extensions["sockets"]
    if not places.acquire(blocking=False):
        limit = settings_of().sockets
        raise TooManySockets(f"this worker holds SOCKETS={limit}: try again later")
    g.places = places
    lent = LentSocket(request.environ["gunicorn.socket"], settings_of().socket_ping_s)
    request.environ["gunicorn.socket"] = lent


@sockets.teardown_request
def give_back_place(_: BaseException | None) -> None:
    """Release the place of a WebSocket that has ended; do nothing if it had none."""
    if "places" in g:
        g.places.release()


def no_handshake(error: RemoteProtocolError) -> ResponseReturnValue:
    """Answer 400 for a handshake with a missing or wrong header."""
    problem = BadRequest(str(error))
    return problem.body(), problem.status


sockets.register_error_handler(RemoteProtocolError, no_handshake)


@sock.route("/ws", bp=sockets)  # type: ignore[untyped-decorator]
def talk(websocket: Server) -> None:
    """Send a tick every `every_ms`, and each text back."""
    try:
        due = monotonic()
        for count in itertools.count():
            websocket.send(json.dumps({"tick": count, "pid": os.getpid()}))
            due += g.every_s
            if not echo(websocket, until=due):
                return
    except (OSError, LocalProtocolError):
        pass  # the client left in the middle of `send`
    finally:
        # The extension's thread completes the close handshake: wait for it, with a timeout.
        websocket.thread.join(settings_of().socket_ping_s)


def echo(websocket: Server, *, until: float) -> bool:
    """Send each text back until `until` (monotonic clock).

    Returns False and closes the WebSocket if the client sent binary data.
    """
    while (left_s := until - monotonic()) > 0:
        # this thread waits here
        message = websocket.receive(timeout=left_s)
        if isinstance(message, bytes):
            websocket.close(UNSUPPORTED_DATA, "text only")
            return False
        if message is not None:
            websocket.send(json.dumps({"echo": message}))
    return True
