"""The routes. Read them beside fastapi_svc/app.py: the difference is the lesson.

Those that stand here are plain Flask: `route` is Flask's own, while the extension has
its ways in `get` and `post`. The small API is in modules of its own.
"""

import os
from threading import BoundedSemaphore

from flask import Flask
from flask.typing import ResponseReturnValue

from flask_svc import cpu, limits, problems, queries, server, timing
from flask_svc.documentation import documented_app
from flask_svc.jobs import jobs
from flask_svc.manual_users import manual_users
from flask_svc.realtime import realtime, sockets
from flask_svc.settings import Settings
from flask_svc.storage import Storage
from flask_svc.upstream import HttpUpstream
from flask_svc.users import users

MAX_PARTS = 64


def create_app(settings: Settings, upstream: HttpUpstream | None = None) -> Flask:
    """The app. `upstream` stands in for the real one where a benchmark wants none."""
    upstream = upstream or HttpUpstream(settings)
    app = documented_app(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": settings.socket_ping_s,
        "max_message_size": settings.body_max_bytes,
    }
    app.extensions["settings"] = settings
    app.extensions["upstream"] = upstream
    app.extensions["storage"] = Storage(settings)
    app.extensions["sockets"] = BoundedSemaphore(settings.sockets)
    timing.register(app)
    problems.register(app)
    limits.register(app, settings)
    app.register_api(users)
    app.register_blueprint(manual_users)
    app.register_api(jobs)
    app.register_api(realtime)
    app.register_blueprint(sockets)

    @app.route("/io")
    def io() -> ResponseReturnValue:
        """Ask the upstream, one part after the other."""
        parts = queries.whole_number("parts", 1, low=1, high=MAX_PARTS)
        return {"answers": upstream.call(parts)}  # this thread waits here

    @app.route("/async-io")
    async def async_io() -> ResponseReturnValue:
        """Ask the upstream once."""
        return {"answers": await upstream.call_async()}  # and so does this one

    @app.route("/async-io-multi")
    async def async_io_multi() -> ResponseReturnValue:
        """Ask the upstream for all parts at once."""
        parts = queries.whole_number("parts", 2, low=1, high=MAX_PARTS)
        return {"answers": await upstream.call_concurrently(parts)}

    @app.route("/blocking-io")
    def blocking_io() -> ResponseReturnValue:
        """Ask the upstream once: nothing new here, but see the other service."""
        return {"answers": upstream.call(1)}

    @app.route("/weather")
    def weather() -> ResponseReturnValue:
        """Pass on the weather in a city."""
        city = queries.text("city", "London", longest=100)
        return upstream.weather(city)

    @app.route("/json")
    def json() -> ResponseReturnValue:
        """Answer without waiting for anybody."""
        return {"message": "hello"}

    @app.route("/cpu")
    def burn_cpu() -> ResponseReturnValue:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        cpu.burn(ms)
        return {"ms": ms}

    @app.route("/async-cpu")
    async def async_burn_cpu() -> ResponseReturnValue:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        cpu.burn(ms)  # async changes nothing: there is nothing to wait for
        return {"ms": ms}

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
