"""The weather for customers: may this one ask, and what is the weather.

Nothing else is served here but who is serving.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI

from fastapi_svc import problems, server, timing
from fastapi_svc.customers import Customers
from fastapi_svc.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The app."""
    customers = Customers(settings)
    client = httpx.AsyncClient(
        base_url=settings.upstream_url,
        headers={"X-Caller": settings.target},  # the upstream counts by this name
        trust_env=False,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await customers.close()
        await client.aclose()

    app = FastAPI(lifespan=lifespan)
    timing.register(app)
    problems.register(app)

    @app.get("/weather")
    async def weather(customer: Annotated[str, Depends(customers.known)]) -> dict[str, Any]:
        """The weather in London, for customers."""
        response = await client.get("/weather/London?share=0.5")  # half a second
        return {"customer": customer, "weather": response.raise_for_status().json()}

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
