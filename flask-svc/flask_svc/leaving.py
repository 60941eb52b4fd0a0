"""Detects a client's disconnect for the threads of a WSGI app behind an ASGI server.

After a disconnect a2wsgi discards the app's output without telling the app, so a stream would
hold its thread until its last line.
"""

import asyncio
from collections.abc import Iterable, Iterator
from threading import Event
from typing import TYPE_CHECKING

from a2wsgi.asgi_typing import ASGIApp, Receive, ReceiveEvent, Scope, Send

from flask_svc.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LEFT = "flask_svc.left"


class Watched:
    """ASGI middleware that watches for a disconnect while the app works.

    The first message contains the whole body, because `Limited` has read it before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = Event()
        scope[LEFT] = left  # type: ignore[literal-required]
        try:
            body = await receive()
        except Problem:  # `Limited` refused the body; it raises the same Problem to the app
            await self._app(scope, receive, send)
            return

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            left.set()

        async def replay() -> ReceiveEvent:
            return body

        watching = asyncio.create_task(watch())
        try:
            await self._app(scope, replay, send)
        finally:
            watching.cancel()


def until_client_leaves(app: "WSGIApplication") -> "WSGIApplication":
    """Wrap a WSGI app so that a stream ends early when its client has disconnected."""

    def heard(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = app(environ, start_response)
        return parts(answer, environ["asgi.scope"][LEFT])

    return heard


def parts(answer: Iterable[bytes], left: Event) -> Iterator[bytes]:
    """Yield the parts of `answer` until `left` is set, then close the answer."""
    try:
        for part in answer:
            if left.is_set():
                return
            yield part
    finally:
        if close := getattr(answer, "close", None):
            close()
