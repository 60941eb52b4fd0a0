"""Limits on the size of a body and the time to receive it: 413 and 408 instead of a long wait.

The service reads every body completely before it calls a view, so no view waits for a client.
Behind gunicorn `gunicorn_bodies` sets the deadline; behind an ASGI server the event loop reads
the body, before the request takes a thread.
"""

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING

from a2wsgi.asgi_typing import ASGIApp, HTTPScope, Receive, ReceiveEvent, Scope, Send
from flask import Flask, Response, after_this_request, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]

from flask_svc import gunicorn_bodies
from flask_svc.problems import BadRequest, ContentTooLarge, Problem, RequestTimeout
from flask_svc.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def register(app: Flask, settings: Settings) -> None:
    """Refuse bodies of more than `body_max_bytes`, or incomplete after `body_timeout_s` seconds."""
    gunicorn_bodies.register(app)

    @app.before_request
    def read_body() -> None:
        environ = request.environ
        if environ.get("CONTENT_LENGTH", "0") == "0" and "HTTP_TRANSFER_ENCODING" not in environ:
            return
        try:
            body = _read(environ, settings)
        except Problem as problem:
            _hang_up(environ, problem)
            raise
        environ["wsgi.input"] = BytesIO(body)
        environ["wsgi.input_terminated"] = True  # the length of a chunked body is known now, too


def too_large(settings: Settings) -> ContentTooLarge:
    """Return the problem for a body with too many bytes."""
    return ContentTooLarge(f"the body has more than BODY_MAX_BYTES={settings.body_max_bytes} bytes")


def too_slow(settings: Settings) -> RequestTimeout:
    """Return the problem for a body that is not complete in time."""
    return RequestTimeout(
        f"the body did not arrive within BODY_TIMEOUT_S={settings.body_timeout_s:g} s"
    )


def _read(environ: "WSGIEnvironment", settings: Settings) -> bytes:
    # Reads one byte more than the limit, to tell a full body from one that is too large.
    length = request.content_length or 0
    if length > settings.body_max_bytes:
        raise too_large(settings)
    try:
        with gunicorn_bodies.deadline(environ, settings.body_timeout_s):
            body: bytes = environ["wsgi.input"].read(settings.body_max_bytes + 1)
    except TimeoutError:
        raise too_slow(settings) from None
    except (OSError, ParseException):
        raise BadRequest("the body broke off, or its chunks are not well formed") from None
    if len(body) > settings.body_max_bytes:
        raise too_large(settings)
    if len(body) < length:
        raise BadRequest(f"the body broke off after {len(body)} of {length} bytes")
    return body


def _hang_up(environ: "WSGIEnvironment", problem: Problem) -> None:
    # The rest of the refused body may still arrive; it must not be parsed as the next request.
    @after_this_request
    def say_so(answer: Response) -> Response:
        answer.headers["Connection"] = "close"
        return answer

    gunicorn_bodies.hang_up(environ, is_late=isinstance(problem, RequestTimeout))


class Limited:
    """ASGI middleware that reads the body first; a request without a body passes through."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (length := announced(scope)) is None:
            await self._app(scope, receive, send)
            return
        try:
            body = await self.read(length, receive)
        except Problem as problem:
            await self._app(scope, _raising(problem), send)
        else:
            if body is not None:
                await self._app(scope, replaying(body, receive), send)

    async def read(self, length: int, receive: Receive) -> bytes | None:
        """Return the whole body; None if the client left.

        Raises ContentTooLarge or RequestTimeout. `length` is the announced length in bytes,
        0 if unknown.
        """
        if length > self._settings.body_max_bytes:
            raise too_large(self._settings)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    body += message["body"]
                    if len(body) > self._settings.body_max_bytes:
                        raise too_large(self._settings)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise too_slow(self._settings) from None


def announced(scope: HTTPScope) -> int | None:
    """Return the announced length of the body in bytes, 0 for chunked; None without a body.

    The server has already validated both headers.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) or None
        if name == b"transfer-encoding":
            return 0
    return None


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body as its first message, then the original messages."""
    messages: list[ReceiveEvent] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> ReceiveEvent:
        return messages.pop() if messages else await receive()

    return replay


def _raising(problem: Problem) -> Receive:
    # The app raises the problem when it reads the body, and so answers in its usual form.
    async def receive() -> ReceiveEvent:
        raise problem

    return receive
