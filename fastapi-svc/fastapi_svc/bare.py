"""Four of the routes of app.py on Starlette alone: what FastAPI costs is the difference.

Both apps have the same server, client, wrappers and paths. Therefore a difference in speed comes
from FastAPI's own work: matching its routes, resolving parameters, validating and serializing.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fastapi_svc import counting, server
from fastapi_svc.limits import Limited
from fastapi_svc.methods import HeadAsGet
from fastapi_svc.problems import Problem, answer_to
from fastapi_svc.settings import Settings
from fastapi_svc.timing import Timed
from fastapi_svc.upstream import HttpUpstream

PATHS = (
    *("/openapi.json", "/static-offline-docs/{path:path}", "/docs", "/docs/oauth2-redirect"),
    *("/redoc", "/", "/users", "/users/{id}", "/users", "/default/users", "/jobs", "/jobs/{id}"),
    *("/stream", "/db-wait", "/async-db-wait", "/blocking-db-wait", "/db-dependency"),
    *("/db-stream", "/db-read", "/db-write", "/orm-read"),
    *("/io", "/async-io", "/async-io-multi", "/blocking-io", "/weather", "/json", "/cpu"),
    *("/async-cpu", "/healthz", "/server"),
)
"""The paths of app.py in its order: both frameworks compare a request with one after the other."""


def create_app(settings: Settings, upstream: HttpUpstream | None = None) -> Starlette:
    """Create the app. A benchmark passes `upstream` in place of the real client."""
    upstream = upstream or HttpUpstream(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with upstream, counting.watched_loop():
            yield

    async def not_here(request: Request) -> JSONResponse:
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def async_io(request: Request) -> JSONResponse:
        return JSONResponse({"answers": await upstream.call_async()})

    async def json(request: Request) -> JSONResponse:
        return JSONResponse({"message": "hello"})

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def describe_server(request: Request) -> JSONResponse:
        return JSONResponse(server.describe(settings))

    views = {
        "/async-io": async_io,
        "/json": json,
        "/healthz": healthz,
        "/server": describe_server,
    }
    return Starlette(
        lifespan=lifespan,
        routes=[Route(path, views.get(path, not_here)) for path in PATHS],
        middleware=[
            *counting.middleware(),
            Middleware(HeadAsGet),
            Middleware(Timed),
            Middleware(Limited, settings=settings),
        ],
        # Starlette's type has handlers of every Exception only.
        exception_handlers={Problem: problem, HTTPException: http_error},  # type: ignore[dict-item]
    )


async def problem(request: Request, error: Problem) -> JSONResponse:
    """Answer with the body that every error has."""
    return JSONResponse(error.body(), error.status)


async def http_error(request: Request, error: HTTPException) -> JSONResponse:
    """Answer a 404 or 405 of the router in the same form."""
    return answer_to(request, HTTPStatus(error.status_code), error.headers)


def from_environ() -> Starlette:
    """Create the app from the environment; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
