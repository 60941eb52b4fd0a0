"""The app and its main routes. Read them beside flask_svc/app.py: the difference is the lesson.

The small API has its own modules.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Query

from fastapi_svc import counting, cpu, limits, methods, problems, server, timing
from fastapi_svc.answers import Answers, Burnt, Description, Health, Message, Weather
from fastapi_svc.connections import Connections
from fastapi_svc.database import database
from fastapi_svc.default_users import default_users
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
    """Create the app. A benchmark passes `upstream` in place of the real client."""
    upstream = upstream or HttpUpstream(settings)
    connections = Connections(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = settings.threads
        async with upstream, connections, counting.watched_loop():
            yield

    app = documented_app(
        lifespan=lifespan,
        redirect_slashes=False,
        responses=documented(BadRequest),
    )
    app.state.settings = settings
    app.state.upstream = upstream
    app.state.storage = Storage(settings)
    app.state.connections = connections
    app.state.sockets = 0
    # The middleware that is added last is the outermost.
    limits.register(app, settings)
    timing.register(app)
    methods.register(app)
    problems.register(app)
    counting.register(app)
    app.include_router(users)
    app.include_router(default_users)
    app.include_router(jobs)
    app.include_router(realtime)
    app.include_router(database)

    @app.get("/io", responses=WAITS)
    def io(parts: Parts = 1) -> Answers:
        """Ask the upstream, one part after the other."""
        # a thread of the pool waits here
        return {"answers": upstream.call(parts)}

    @app.get("/async-io", responses=WAITS)
    async def async_io() -> Answers:
        """Ask the upstream once."""
        # the loop serves others meanwhile
        return {"answers": await upstream.call_async()}

    @app.get("/async-io-multi", responses=WAITS)
    async def async_io_multi(parts: Parts = 2) -> Answers:
        """Ask the upstream for all parts at once."""
        return {"answers": await upstream.call_concurrently(parts)}

    @app.get("/blocking-io", responses=WAITS)
    async def blocking_io() -> Answers:
        """Ask the upstream once, with a sync client.

        The trap: a sync client in a coroutine stops the whole loop.
        """
        # this worker serves no other request meanwhile
        return {"answers": upstream.call(1)}

    @app.get("/weather", responses=WAITS)
    async def weather(city: City = "London") -> Weather:
        """Pass on the weather in a city."""
        return await upstream.weather(city)

    @app.get("/json")
    async def json() -> Message:
        """Answer without waiting for anybody."""
        return {"message": "hello"}

    @app.get("/cpu")
    def burn_cpu(ms: Ms = 20) -> Burnt:
        """Compute for `ms` milliseconds of processor time."""
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/async-cpu")
    async def async_burn_cpu(ms: Ms = 20) -> Burnt:
        """Compute for `ms` milliseconds of processor time."""
        # async changes nothing: there is nothing to wait for
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/healthz")
    async def healthz() -> Health:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.get("/server")
    async def describe_server() -> Description:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    problems.refuse_handshakes(app)
    return app


def from_environ() -> FastAPI:
    """Create the app from the environment; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
