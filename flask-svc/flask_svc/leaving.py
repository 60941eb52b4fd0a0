"""Telling a thread behind an ASGI server that its client has left.

a2wsgi throws away what an app then still sends, and does not tell it: a stream would
hold its thread to the end.
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
    """Plain ASGI: looks out for the client while the app is at work.

    The body comes first, and whole: `Limited` has read it.
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
        except Problem:  # `Limited` has refused the body, and tells the app so, too
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
    """The app, whose answers end early where nobody hears them any more."""

    def heard(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = app(environ, start_response)
        return parts(answer, environ["asgi.scope"][LEFT])

    return heard


def parts(answer: Iterable[bytes], left: Event) -> Iterator[bytes]:
    """Its parts, until the client leaves."""
    try:
        for part in answer:
            if left.is_set():
                return
            yield part
    finally:
        if close := getattr(answer, "close", None):
            close()
