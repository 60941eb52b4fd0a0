"""One route that asks the upstream once.

Nothing else is served here but who is serving.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from fastapi_svc import problems, server, timing
from fastapi_svc.settings import Settings
from fastapi_svc.upstream import HttpUpstream


def create_app(settings: Settings) -> FastAPI:
    """The app."""
    upstream = HttpUpstream(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = settings.threads  # 40 in each worker
        async with upstream:
            yield

    app = FastAPI(lifespan=lifespan)
    timing.register(app)
    problems.register(app)

    asked: list[asyncio.Task[list[dict[str, Any]]]] = []

    # The client has two ways to ask for the same: `call`, which blocks until the answer is there,
    # and `call_async`, which is to be awaited.

    @app.get("/io")
    async def io() -> dict[str, Any]:
        """Let everybody who comes meanwhile have the answer to one call."""
        if not asked or asked[-1].done():
            asked.append(asyncio.create_task(upstream.call_async()))
        return {"answers": await asked[-1]}

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.get("/server")
    async def describe_server() -> dict[str, Any]:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    return app


def from_environ() -> FastAPI:
    """The app as the environment describes it; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
