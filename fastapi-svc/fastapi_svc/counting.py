"""Counting in a worker: its requests, its threads, and the signs of life of its event loop."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi_svc import counts

RECENT_S = 5.0


def register(app: FastAPI) -> None:
    """Count the requests between their begin and the end of their answer, for a supervisor."""
    if counts.is_read():
        app.add_middleware(Counted)


def middleware() -> list[Middleware]:
    """Return the same middleware, for an app that is made with all of it at once."""
    return [Middleware(Counted)] if counts.is_read() else []


class Counted:
    """ASGI middleware that counts the requests in service."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        row = counts.own()
        row.add(counts.SERVING, 1)
        try:
            await self._app(scope, receive, send)
        finally:
            row.add(counts.SERVING, -1)
            row.add(counts.ANSWERED, 1)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[None]:
    """Show inside of the block that the event loop runs, and how busy its threads are."""
    if not counts.is_read():
        yield
        return
    watching = asyncio.create_task(_watch(counts.own(), current_default_thread_limiter()))
    try:
        yield
    finally:
        watching.cancel()


async def _watch(row: counts.Row, limiter: CapacityLimiter) -> None:
    late: deque[tuple[float, float]] = deque()  # when, and by how much, the latest ones last
    due_s = time.monotonic()
    while True:
        now_s = time.monotonic()
        late.append((now_s, max(0.0, now_s - due_s)))
        while late[0][0] < now_s - RECENT_S:
            late.popleft()
        row.put(counts.LAG, max(late_s for _, late_s in late))
        row.beat()
        pool = limiter.statistics()
        row.put(counts.THREADS, pool.borrowed_tokens)
        row.put(counts.WAITING, pool.tasks_waiting)
        due_s = time.monotonic() + counts.BEAT_S
        await asyncio.sleep(counts.BEAT_S)
