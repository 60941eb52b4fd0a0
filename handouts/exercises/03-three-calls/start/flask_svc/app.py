"""The weather in three cities, which is three calls to the upstream.

Read it beside fastapi_svc/app.py. Nothing else is served here but who is serving.
"""

import os
from typing import Any

import httpx
from flask import Flask
from flask.typing import ResponseReturnValue

from flask_svc import problems, server, timing
from flask_svc.settings import Settings

CITIES = ("London", "Oslo", "Lima")


def create_app(settings: Settings) -> Flask:
    """The app."""
    app = Flask(__name__)
    timing.register(app)
    problems.register(app)
    client = httpx.Client(
        base_url=settings.upstream_url,
        headers={"X-Caller": settings.target},  # the upstream counts by this name
        trust_env=False,
    )

    def ask(city: str) -> dict[str, Any]:
        """The weather in one city; the upstream takes a second."""
        report: dict[str, Any] = client.get(f"/weather/{city}").raise_for_status().json()
        return report

    @app.route("/three")
    def three() -> ResponseReturnValue:
        """The weather in each city."""
        return {"cities": [ask(city) for city in CITIES]}

    @app.route("/healthz")
    def healthz() -> ResponseReturnValue:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.route("/server")
    def describe_server() -> ResponseReturnValue:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    return app


def from_environ() -> Flask:
    """The app as the environment describes it; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
