"""The weather in three cities, which is three calls to the upstream.

Read it beside flask_svc/app.py. Nothing else is served here but who is serving.
"""

import asyncio
import os
from typing import Any

from fastapi import FastAPI

from fastapi_svc import problems, server, timing
from fastapi_svc.settings import Settings

CITIES = ("London", "Oslo", "Lima")


def create_app(settings: Settings) -> FastAPI:
    """The app."""
    app = FastAPI()
    timing.register(app)
    problems.register(app)

    async def ask(city: str) -> dict[str, Any]:
        """Some weather in one city; nobody is asked."""
        return {"city": city, "temp_c": 12.3}

    @app.get("/three")
    async def three() -> dict[str, Any]:
        """The weather in each city."""
        await asyncio.sleep(1)
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
