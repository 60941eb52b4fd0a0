"""A deadline for a body behind gunicorn, which has none of its own.

A client that sends one byte per second holds a sync worker until WORKER_TIMEOUT_S ends the
worker, and a thread or a greenlet for ever. gunicorn's authors advise a buffering proxy; the lab
has none, because it would hide the effects that the lab shows. A worker class of our own would
need a copy for each of gunicorn's three classes.

Therefore this module, and no other, uses three internals of gunicorn: `start_response` is a
method of its response, `response.req.unreader.sock` is the socket that it reads a body from, and
`response.force_close()` ends the connection after the answer. The contract tests of limits on
bodies fail if gunicorn changes one of them.
"""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RESPONSE = "flask_svc.response"


def register(app: Flask) -> None:
    """Keep gunicorn's response object in the environment of each request."""
    inner = app.wsgi_app

    def keep_response(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        environ[RESPONSE] = getattr(start_response, "__self__", None)
        return inner(environ, start_response)

    app.wsgi_app = keep_response  # type: ignore[method-assign]  # Flask's documented way


@contextmanager
def deadline(environ: "WSGIEnvironment", seconds: float) -> Iterator[None]:
    """Let reads of the body inside the block raise TimeoutError after `seconds` in total.

    Behind another server than gunicorn this does nothing.
    """
    if "gunicorn.socket" not in environ:
        yield
        return
    unreader = environ[RESPONSE].req.unreader
    connection = unreader.sock
    unreader.sock = PunctualSocket(connection, monotonic() + seconds)
    try:
        yield
    finally:
        unreader.sock = connection


class PunctualSocket:
    """A socket for reading with a deadline; `until` is a time of the monotonic clock.

    The timeout of the socket itself would start again with every byte.
    """

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def recv(self, size: int) -> bytes:
        """Return the received bytes. Raises TimeoutError after the deadline."""
        left_s = self._until - monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        try:
            return self._connection.recv(size)
        finally:
            self._connection.settimeout(None)


def hang_up(environ: "WSGIEnvironment", *, is_late: bool) -> None:
    """Let gunicorn close the connection after the answer; it ignores `Connection: close`.

    Behind another server this does nothing. `is_late`: the client still sends its body.
    """
    if "gunicorn.socket" not in environ:
        return
    environ[RESPONSE].force_close()
    if is_late:
        # Without this, gunicorn waits two seconds after its answer for the client to close.
        with suppress(OSError):
            environ["gunicorn.socket"].shutdown(socket.SHUT_RD)
