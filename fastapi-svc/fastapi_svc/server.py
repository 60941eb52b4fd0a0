"""The self-description of this service: framework, server, slots, and all settings."""

import platform
from dataclasses import asdict
from importlib.metadata import version

from fastapi_svc.answers import Description
from fastapi_svc.settings import Settings

WORKER_MODELS = {
    "asgi": "each worker process serves any number of requests in one event loop, "
    "and plain `def` routes in a pool of threads",
}

PACKAGES = (
    *("fastapi", "starlette", "pydantic"),
    *("anyio", "uvicorn", "uvloop", "httptools", "h11"),
    *("httpx", "httpx2", "aiohttp"),
)
"""Framework, servers with their loops and parsers, clients: what an answer is made with."""


def describe(settings: Settings) -> Description:
    """Return the answer of GET /server."""
    return {
        "target": settings.target,
        "framework": {"name": "fastapi", "version": version("fastapi")},
        "server": {"name": "uvicorn", "version": version("uvicorn")},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "worker_class": settings.worker_class,
        "worker_model": WORKER_MODELS[settings.worker_class],
        "workers": settings.workers,
        "threads": settings.threads,
        "slots": slots(settings),
        "broken_routes": {},
        "client": {
            "name": "httpx",
            "version": version("httpx"),
            "transport": settings.client_transport,
            "lifetime": settings.client_lifetime,
            "connections": settings.client_connections or None,
        },
        "settings": asdict(settings),
    }


def slots(settings: Settings) -> dict[str, int | None]:
    """Return the slots of each waiting route: the requests that can wait at once.

    None means no limit.
    """
    pooled = min(settings.threads, settings.client_connections or settings.threads)
    unlimited = settings.workers * settings.client_connections or None
    return {
        "io": settings.workers * pooled,
        "async-io": unlimited,
        "async-io-multi": unlimited,
        "blocking-io": settings.workers,  # each stops its worker's event loop
        "weather": unlimited,
        "stream": None,
        "ws": None,
    }
