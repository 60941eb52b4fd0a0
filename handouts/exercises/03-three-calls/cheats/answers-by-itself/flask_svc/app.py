"""The weather in three cities, which is three calls to the upstream.

Read it beside fastapi_svc/app.py. Nothing else is served here but who is serving.
"""

import os
import time
from typing import Any

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

    def ask(city: str) -> dict[str, Any]:
        """Some weather in one city; nobody is asked."""
        return {"city": city, "temp_c": 12.3}

    @app.route("/three")
    def three() -> ResponseReturnValue:
        """The weather in each city."""
        time.sleep(1)
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
