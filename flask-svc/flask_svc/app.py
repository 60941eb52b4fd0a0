"""The app and its main routes. Read them beside fastapi_svc/app.py: the difference is the lesson.

These routes are plain Flask. The small API has its own modules.
"""

import os
from threading import BoundedSemaphore

from flask import Flask

from flask_svc import counting, cpu, limits, manual_documentation, problems, queries, server, timing
from flask_svc.answers import Answers, Burnt, Description, Health, Message, Weather
from flask_svc.connections import Connections
from flask_svc.database import database
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
    """Create the app. A benchmark passes `upstream` in place of the real client."""
    upstream = upstream or HttpUpstream(settings)
    app = documented_app(__name__)
    # an attribute of Flask's default provider
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": settings.socket_ping_s,
        "max_message_size": settings.body_max_bytes,
    }
    app.config["SETTINGS"] = settings
    app.extensions["upstream"] = upstream
    app.extensions["storage"] = Storage(settings)
    app.extensions["connections"] = Connections(settings)
    app.extensions["sockets"] = BoundedSemaphore(settings.sockets)
    timing.register(app)
    problems.register(app)
    limits.register(app, settings)
    counting.register(app)
    app.register_api(users)
    app.register_blueprint(manual_users)
    app.register_api(jobs)
    app.register_api(realtime)
    app.register_blueprint(sockets)
    app.register_blueprint(database)

    @app.get("/io")
    def io() -> Answers:
        """Ask the upstream, one part after the other."""
        parts = queries.whole_number("parts", 1, low=1, high=MAX_PARTS)
        # this thread waits here
        return {"answers": upstream.call(parts)}

    @app.get("/async-io")
    async def async_io() -> Answers:
        """Ask the upstream once."""
        # and so does this one, with a client of its own
        return {"answers": await upstream.call_async()}

    @app.get("/async-io-multi")
    async def async_io_multi() -> Answers:
        """Ask the upstream for all parts at once."""
        parts = queries.whole_number("parts", 2, low=1, high=MAX_PARTS)
        return {"answers": await upstream.call_concurrently(parts)}

    @app.get("/blocking-io")
    def blocking_io() -> Answers:
        """Ask the upstream once, with a sync client.

        Nothing new here, but see the other service.
        """
        return {"answers": upstream.call(1)}

    @app.get("/weather")
    def weather() -> Weather:
        """Pass on the weather in a city."""
        city = queries.text("city", "London", longest=100)
        return upstream.weather(city)

    @app.get("/json")
    def json() -> Message:
        """Answer without waiting for anybody."""
        return {"message": "hello"}

    @app.get("/cpu")
    def burn_cpu() -> Burnt:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/async-cpu")
    async def async_burn_cpu() -> Burnt:
        """Compute for `ms` milliseconds of processor time."""
        ms = queries.whole_number("ms", 20, low=0, high=cpu.MAX_MS)
        # async changes nothing: there is nothing to wait for
        cpu.burn(ms)
        return {"ms": ms}

    @app.get("/healthz")
    def healthz() -> Health:
        """Alive; says nothing about the upstream."""
        return {"status": "ok"}

    @app.get("/server")
    def describe_server() -> Description:
        """Who is answering, and how it is configured."""
        return server.describe(settings)

    manual_documentation.add_operations(app)
    return app


def from_environ() -> Flask:
    """Create the app from the environment; each worker calls this once."""
    return create_app(Settings.from_env(os.environ))
