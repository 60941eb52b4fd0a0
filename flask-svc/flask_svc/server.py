"""The self-description of this service: framework, server, slots, and all settings."""

import platform
from dataclasses import asdict
from importlib.metadata import version

from flask_svc.answers import Description
from flask_svc.database_address import without_password
from flask_svc.settings import Settings

WORKER_MODELS = {
    "sync": "each worker process serves one request at a time",
    "gthread": "each worker process serves one request in each of its threads",
    "gevent": "each worker process serves one request in each of its greenlets",
    "asgi": "each worker process runs the app in a pool of threads behind an event loop",
    "granian": "each worker process runs the app in a pool of threads behind a server in Rust",
}
ASYNC_UNDER_GEVENT = (
    "fails: gevent runs all greenlets of a worker in one thread, "
    "and a thread can run only one asyncio event loop at a time"
)
NO_SOCKETS = "fails: WSGI has no WebSockets, whatever server stands before it"
SERVERS = {"asgi": "uvicorn", "granian": "granian"}  # gunicorn for the other worker classes
BROKEN_ROUTES = {
    "gevent": dict.fromkeys(("async-io", "async-io-multi", "async-db-wait"), ASYNC_UNDER_GEVENT),
    "asgi": {"ws": NO_SOCKETS},
    "granian": {"ws": NO_SOCKETS},
}

PACKAGES = (
    *("flask", "werkzeug", "pydantic"),
    *("gunicorn", "gevent", "granian", "a2wsgi", "uvicorn", "uvloop", "httptools", "h11"),
    *("httpx", "httpx2", "aiohttp", "requests"),
    *("psycopg", "psycopg-pool", "sqlalchemy"),
)
"""Framework, servers with their loops and parsers, clients, drivers: what an answer is made with.
"""


def describe(settings: Settings) -> Description:
    """Return the answer of GET /server."""
    server = SERVERS.get(settings.worker_class, "gunicorn")
    client = "requests" if settings.client_transport == "requests" else "httpx"
    return {
        "target": settings.target,
        "framework": {"name": "flask", "version": version("flask")},
        "server": {"name": server, "version": version(server)},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "worker_class": settings.worker_class,
        "worker_model": WORKER_MODELS[settings.worker_class],
        "workers": settings.workers,
        "threads": settings.threads,
        "slots": slots(settings),
        "broken_routes": broken_routes(settings),
        "client": {
            "name": client,
            "version": version(client),
            "transport": settings.client_transport,
            "lifetime": settings.client_lifetime,
            "connections": settings.client_connections or None,
        },
        "settings": asdict(settings) | {"database_url": without_password(settings.database_url)},
    }


def broken_routes(settings: Settings) -> dict[str, str]:
    """Return the waiting routes that do not work on this server, each with the reason."""
    return BROKEN_ROUTES.get(settings.worker_class, {})


def slots(settings: Settings) -> dict[str, int | None]:
    """Return the slots of each waiting route: the requests that can wait at once.

    Sync and async views have the same slots, because an async view holds its thread while it
    waits; only a limited client pool differs. None would mean no limit.
    """
    per_worker = {
        "sync": 1,
        "gthread": min(settings.threads, settings.connections),
        "gevent": settings.connections,
        "asgi": settings.threads,
        "granian": min(settings.threads, settings.connections),
    }[settings.worker_class]
    # An async view opens its own client, so only sync views share the limit of a pool.
    pooled = min(per_worker, settings.client_connections or per_worker)
    connected = (
        min(per_worker, settings.db_pool) if settings.db_lifetime == "worker" else per_worker
    )
    return {
        "io": settings.workers * pooled,
        "async-io": settings.workers * per_worker,
        "async-io-multi": settings.workers * per_worker,
        "blocking-io": settings.workers * pooled,
        "weather": settings.workers * pooled,
        "db-wait": shared(settings.workers * connected, settings),
        "async-db-wait": shared(settings.workers * per_worker, settings),
        "blocking-db-wait": shared(settings.workers * connected, settings),
        "stream": settings.workers * per_worker,
        "ws": settings.workers * per_worker,
    }


def shared(own: int | None, settings: Settings) -> int | None:
    """Return the slots of a route of the database: pgbouncer lends its connections to all."""
    lent = settings.db_bouncer_pool
    return min(own or lent, lent) if lent else own
