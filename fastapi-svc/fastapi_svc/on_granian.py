"""The same app behind granian: work after an answer is finished before its worker ends.

granian ends a worker's event loop with the last answer. A background task would be cut off, and
its thread would keep the process until SHUTDOWN_S is over. uvicorn waits by itself.
"""

import asyncio
import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi_svc import app, bare
from fastapi_svc.settings import Settings


class Finishing:
    """ASGI middleware that lets the app shut down only when no call of it is running."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, self.finishing(receive), send)
            return
        self._running += 1
        self._idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    def finishing(self, receive: Receive) -> Receive:
        """Return a `receive` that delays the message that ends the app."""

        async def receive_later() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._idle.wait()
            return message

        return receive_later


def from_environ() -> Finishing:
    """Create the ASGI app from the environment; each worker calls this once."""
    settings = Settings.from_env(os.environ)
    module = bare if settings.app == "starlette" else app
    return Finishing(module.create_app(settings))
