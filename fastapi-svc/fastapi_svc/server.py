"""The self-description of this service: framework, server, slots, and all settings."""

import platform
from dataclasses import asdict
from importlib.metadata import version

from fastapi_svc.answers import Description
from fastapi_svc.database_address import without_password
from fastapi_svc.settings import Settings

WORKER_MODELS = {
    "asgi": "each worker process serves any number of requests in one event loop, "
    "and plain `def` routes in a pool of threads",
    "granian": "each worker process serves any number of requests in one event loop "
    "behind a server in Rust, and plain `def` routes in a pool of threads",
}
SERVERS = {"asgi": "uvicorn", "granian": "granian"}
NO_SOCKETS = (
    "is off: granian sends no pings and has no limit for a message, so that "
    "SOCKET_PING_S and BODY_MAX_BYTES would have no effect"
)
NOT_HERE = "does not exist: without FastAPI there are only /async-io and /json"
NOT_ON_STARLETTE = (
    *("io", "async-io-multi", "blocking-io", "weather", "stream", "ws"),
    *("db-wait", "async-db-wait", "blocking-db-wait"),
)

PACKAGES = (
    *("fastapi", "starlette", "pydantic"),
    *("anyio", "uvicorn", "granian", "uvloop", "httptools", "h11"),
    *("httpx", "httpx2", "aiohttp"),
    *("asyncpg", "psycopg", "psycopg-pool", "sqlalchemy"),
)
"""Framework, servers with their loops and parsers, clients, drivers: what an answer is made with.
"""


def describe(settings: Settings) -> Description:
    """Return the answer of GET /server."""
    server = SERVERS[settings.worker_class]
    return {
        "target": settings.target,
        "framework": {"name": settings.app, "version": version(settings.app)},
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
            "name": "httpx",
            "version": version("httpx"),
            "transport": settings.client_transport,
            "lifetime": settings.client_lifetime,
            "connections": settings.client_connections or None,
        },
        "settings": asdict(settings) | {"database_url": without_password(settings.database_url)},
    }


def broken_routes(settings: Settings) -> dict[str, str]:
    """Return the waiting routes that this app or server does not have, each with the reason."""
    broken = {"ws": NO_SOCKETS} if settings.worker_class == "granian" else {}
    if settings.app == "starlette":
        broken |= dict.fromkeys(NOT_ON_STARLETTE, NOT_HERE)
    return broken


def slots(settings: Settings) -> dict[str, int | None]:
    """Return the slots of each waiting route: the requests that can wait at once.

    None means no limit.
    """
    pooled = min(settings.threads, settings.client_connections or settings.threads)
    unlimited = settings.workers * settings.client_connections or None
    connections = settings.db_pool if settings.db_lifetime == "worker" else None
    return {
        "io": settings.workers * pooled,
        "async-io": unlimited,
        "async-io-multi": unlimited,
        "blocking-io": settings.workers,  # each stops its worker's event loop
        "weather": unlimited,
        "db-wait": shared(
            settings.workers * min(settings.threads, connections or settings.threads), settings
        ),
        "async-db-wait": shared(settings.workers * connections if connections else None, settings),
        "blocking-db-wait": shared(settings.workers, settings),
        "stream": None,
        "ws": None,
    }


def shared(own: int | None, settings: Settings) -> int | None:
    """Return the slots of a route of the database: pgbouncer lends its connections to all."""
    lent = settings.db_bouncer_pool
    return min(own or lent, lent) if lent else own
