"""The routes. Read them beside flask_svc/app.py: the difference is the lesson.

The small API is in modules of its own.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Query

from fastapi_svc import cpu, limits, methods, problems, server, timing
from fastapi_svc.documentation import documented, documented_app
from fastapi_svc.jobs import jobs
from fastapi_svc.problems import BadRequest, UpstreamError, UpstreamTimeout
from fastapi_svc.realtime import realtime
from fastapi_svc.settings import Settings
from fastapi_svc.storage import Storage
from fastapi_svc.upstream import HttpUpstream
from fastapi_svc.users import users

MAX_PARTS = 64

Parts = Annotated[int, Query(ge=1, le=MAX_PARTS)]
Ms = Annotated[int, Query(ge=0, le=cpu.MAX_MS)]
City = Annotated[str, Query(min_length=1, max_length=100)]

WAITS = documented(UpstreamError, UpstreamTimeout)


def create_app(settings: Settings, upstream: HttpUpstream | None = None) -> FastAPI:
    """The app. `upstream` stands in for the real one where a benchmark wants none."""
    upstream = upstream or HttpUpstream(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = settings.threads
        yield
        await upstream.close()

    app = documented_app(
        lifespan=lifespan,
        redirect_slashes=False,
        responses=documented(BadRequest),
    )
    app.state.settings = settings
    app.state.upstream = upstream
    app.state.storage = Storage(settings)
    app.state.sockets = 0
    timing.register(app)
    problems.register(app)
    limits.register(app, settings)
    methods.register(app)
    app.include_router(users)
    app.include_router(jobs)
    app.include_router(realtime)

    @app.get("/io", responses=WAITS)
    def io(parts: Parts = 1) -> dict[str, Any]:
        """Ask the upstream, one part after the other."""
        return {"answers": upstream.call(parts)}  # a thread of the pool waits here

    @app.get("/async-io", responses=WAITS)
    async def async_io() -> dict[str, Any]:
        """Ask the upstream once."""
        return {"answers": await upstream.call_async()}  # the loop serves others meanwhile

    @app.get("/async-io-multi", responses=WAITS)
    async def async_io_multi(parts: Parts = 2) -> dict[str, Any]:
        """Ask the upstream for all parts at once."""
        return {"answers": await upstream.call_concurrently(parts)}

    @app.get("/blocking-io", responses=WAITS)
    async def blocking_io() -> dict[str, Any]:
        """Ask the upstream once: the trap. A sync client in a coroutine stops the whole loop."""
        return {"answers": upstream.call(1)}  # nobody else in this worker is served meanwhile

    @app.get("/weather", responses=WAITS)
    async def weather(city: City = "London") -> dict[str, Any]:
        """Pass on the weather in a city."""
        return await upstream.weather(city)

    @app.get("/json")
    async def json() -> dict[str, Any]:
        """Answer without waiting for anybody."""
        return {"message": "hello"}

    @app.get("/cpu")
    def burn_cpu(ms: Ms = 20) -> dict[str, Any]:
        """Compute for `ms` milliseconds of processor time."""
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/async-cpu")
    async def async_burn_cpu(ms: Ms = 20) -> dict[str, Any]:
        """Compute for `ms` milliseconds of processor time."""
        cpu.burn(ms)  # async changes nothing: there is nothing to wait for
        return {"ms": ms}

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.get("/server")
    async def describe_server() -> dict[str, Any]:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    problems.refuse_handshakes(app)
    return app


def from_environ() -> FastAPI:
    """The app as the environment describes it; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
