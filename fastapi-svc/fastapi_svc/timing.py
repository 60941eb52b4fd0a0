"""Timing headers: every answer says where the request's time went and which process served it.

`Server-Timing: upstream;dur=1000.8, app;dur=1.4` is in milliseconds: the wait for the
upstream, and the rest of the request's time in this service. `X-Worker-Pid` is the PID of the
worker. Two security headers keep a browser from guessing the content type and from framing
the answer in another page.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}


class Timing:
    """The clock of one request; `upstream_s` is its wait for the upstream in seconds."""

    __slots__ = ("started", "upstream_s")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.upstream_s = 0.0

    def headers(self) -> dict[str, str]:
        """Return the headers for an answer sent now."""
        upstream_ms = self.upstream_s * 1000
        app_ms = (perf_counter() - self.started) * 1000 - upstream_ms
        return {
            **SAFE,
            "X-Worker-Pid": str(os.getpid()),
            "Server-Timing": f"upstream;dur={upstream_ms:.2f}, app;dur={max(app_ms, 0):.2f}",
        }


current: ContextVar[Timing] = ContextVar("current")


@contextmanager
def waiting() -> Iterator[None]:
    """Count the time inside the block as a wait for the upstream.

    Do not nest this: the inner time would count twice.
    """
    began = perf_counter()
    try:
        yield
    finally:
        current.get().upstream_s += perf_counter() - began


def register(app: FastAPI) -> None:
    """Time every request of the app, and add the headers to its answer, whatever the status."""
    app.add_middleware(Timed)


class Timed:
    """Plain ASGI middleware, because `@app.middleware("http")` starts a task for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timing = Timing()
        current.set(timing)

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(timing.headers())
            await send(message)

        await self._app(scope, receive, tell)
