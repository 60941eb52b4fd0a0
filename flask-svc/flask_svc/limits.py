"""How big a body may be and how long it may take: 413 and 408 instead of an endless wait.

Every body is read, whole, before any view is called. gunicorn reads one for as
long as it takes: at one byte a second, a sync worker is held until
WORKER_TIMEOUT_S ends it, a thread or a greenlet for ever. So it gets a deadline.
Behind an ASGI server the event loop reads, before a thread is taken.
"""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING

from a2wsgi.asgi_typing import ASGIApp, HTTPScope, Receive, ReceiveEvent, Scope, Send
from flask import Flask, Response, after_this_request, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]

from flask_svc.problems import BadRequest, ContentTooLarge, Problem, RequestTimeout
from flask_svc.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def register(app: Flask, settings: Settings) -> None:
    """Refuse bodies of more than `body_max_bytes`, or not complete within `body_timeout_s`."""
    inner = app.wsgi_app

    def keep_response(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Behind gunicorn, `start_response` is a method of what knows the connection."""
        environ["flask_svc.response"] = getattr(start_response, "__self__", None)
        return inner(environ, start_response)

    app.wsgi_app = keep_response  # type: ignore[method-assign]  # as Flask's manual has it

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
        environ["wsgi.input_terminated"] = True  # the length is known, also of chunks


def too_large(settings: Settings) -> ContentTooLarge:
    """What is said to a body of too many bytes."""
    return ContentTooLarge(f"the body has more than BODY_MAX_BYTES={settings.body_max_bytes} bytes")


def too_slow(settings: Settings) -> RequestTimeout:
    """What is said to a body that is not complete in time."""
    return RequestTimeout(
        f"the body did not arrive within BODY_TIMEOUT_S={settings.body_timeout_s:g} s"
    )


def _read(environ: "WSGIEnvironment", settings: Settings) -> bytes:
    """The whole body; ContentTooLarge, RequestTimeout, or BadRequest where it breaks off."""
    length = request.content_length or 0
    if length > settings.body_max_bytes:
        raise too_large(settings)
    try:
        with _deadline(environ, settings.body_timeout_s):
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


@contextmanager
def _deadline(environ: "WSGIEnvironment", seconds: float) -> Iterator[None]:
    """Make what gunicorn reads inside raise TimeoutError `seconds` from now."""
    if "gunicorn.socket" not in environ:
        yield  # `Limited` has read it
        return
    unreader = environ["flask_svc.response"].req.unreader
    connection = unreader.sock
    unreader.sock = _Punctual(connection, monotonic() + seconds)
    try:
        yield
    finally:
        unreader.sock = connection


class _Punctual:
    """A socket to read from until a moment of the monotonic clock.

    A socket's own time-out begins anew with every byte.
    """

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def recv(self, size: int) -> bytes:
        """What has arrived; TimeoutError from that moment on."""
        left_s = self._until - monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        try:
            return self._connection.recv(size)
        finally:
            self._connection.settimeout(None)


def _hang_up(environ: "WSGIEnvironment", problem: Problem) -> None:
    """Close the connection after the answer: what is still under way is not the next request."""

    @after_this_request
    def say_so(answer: Response) -> Response:
        answer.headers["Connection"] = "close"
        return answer

    if "gunicorn.socket" in environ:
        environ["flask_svc.response"].force_close()  # gunicorn ignores the header
        if isinstance(problem, RequestTimeout):
            # Once it has answered, gunicorn waits two seconds for the client to close.
            with suppress(OSError):
                environ["gunicorn.socket"].shutdown(socket.SHUT_RD)


class Limited:
    """Plain ASGI: a request without a body passes straight through."""

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
        """The whole body; None where the client left; ContentTooLarge or RequestTimeout."""
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
    """The length of the body to come, 0 where only its end will tell; None where there is none.

    The server has checked both headers.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) or None
        if name == b"transfer-encoding":
            return 0
    return None


def replaying(body: bytes, receive: Receive) -> Receive:
    """`receive`, with the body as its first message."""
    messages: list[ReceiveEvent] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> ReceiveEvent:
        return messages.pop() if messages else await receive()

    return replay


def _raising(problem: Problem) -> Receive:
    """What the app gets to read where it is to answer with a problem."""

    async def receive() -> ReceiveEvent:
        raise problem

    return receive
