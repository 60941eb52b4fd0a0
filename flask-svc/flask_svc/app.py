"""The routes. Read them beside fastapi_svc/app.py: the difference is the lesson."""

import os

from flask import Flask
from flask.typing import ResponseReturnValue

from flask_svc import cpu, problems, queries, server, timing
from flask_svc.settings import Settings
from flask_svc.upstream import HttpUpstream

MAX_PARTS = 64


def create_app(settings: Settings, upstream: HttpUpstream | None = None) -> Flask:
    """The app. `upstream` stands in for the real one where a benchmark wants none."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    upstream = upstream or HttpUpstream(settings)
    timing.register(app)
    problems.register(app)

    @app.get("/io")
    def io() -> ResponseReturnValue:
        """Ask the upstream, one part after the other."""
        parts = queries.whole_number("parts", 1, low=1, high=MAX_PARTS)
        return {"answers": upstream.call(parts)}  # this thread waits here

    @app.get("/async-io")
    async def async_io() -> ResponseReturnValue:
        """Ask the upstream once."""
        return {"answers": await upstream.call_async()}  # and so does this one

    @app.get("/async-io-multi")
    async def async_io_multi() -> ResponseReturnValue:
        """Ask the upstream for all parts at once."""
        parts = queries.whole_number("parts", 2, low=1, high=MAX_PARTS)
        return {"answers": await upstream.call_concurrently(parts)}

    @app.get("/blocking-io")
    def blocking_io() -> ResponseReturnValue:
        """Ask the upstream once: nothing new here, but see the other service."""
        return {"answers": upstream.call(1)}

    @app.get("/weather")
    def weather() -> ResponseReturnValue:
        """Pass on the weather in a city."""
        city = queries.text("city", "London", longest=100)
        return upstream.weather(city)

    @app.get("/json")
    def json() -> ResponseReturnValue:
        """Answer without waiting for anybody."""
        return {"message": "hello"}

    @app.get("/cpu")
    def burn_cpu() -> ResponseReturnValue:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/async-cpu")
    async def async_burn_cpu() -> ResponseReturnValue:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        cpu.burn(ms)  # async changes nothing: there is nothing to wait for
        return {"ms": ms}

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.get("/server")
    def describe_server() -> ResponseReturnValue:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    return app


def from_environ() -> Flask:
    """The app as the environment describes it; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
