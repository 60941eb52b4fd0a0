"""The weather in three cities, which is three calls to the upstream.

Read it beside flask_svc/app.py. Nothing else is served here but who is serving.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from fastapi_svc import problems, server, timing
from fastapi_svc.settings import Settings

CITIES = ("London", "Oslo", "Lima")


def create_app(settings: Settings) -> FastAPI:
    """The app."""
    client = httpx.AsyncClient(
        base_url=settings.upstream_url,
        headers={"X-Caller": settings.target},  # the upstream counts by this name
        trust_env=False,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app = FastAPI(lifespan=lifespan)
    timing.register(app)
    problems.register(app)

    async def ask(city: str) -> dict[str, Any]:
        """The weather in one city; the upstream takes a second."""
        response = await client.get(f"/weather/{city}?share=0.33")
        report: dict[str, Any] = response.raise_for_status().json()
        return report

    @app.get("/three")
    async def three() -> dict[str, Any]:
        """The weather in each city."""
        return {"cities": [await ask(city) for city in CITIES]}

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
