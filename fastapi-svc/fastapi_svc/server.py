"""Who this service is: its framework, its server, its slots, its whole configuration."""

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from fastapi_svc.settings import Settings

WORKER_MODELS = {
    "asgi": "each worker process serves any number of requests in one event loop, "
    "and plain `def` routes in a pool of threads",
}


def describe(settings: Settings) -> dict[str, Any]:
    """The answer of GET /server."""
    return {
        "target": settings.target,
        "framework": {"name": "fastapi", "version": version("fastapi")},
        "server": {"name": "uvicorn", "version": version("uvicorn")},
        "python": platform.python_version(),
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
    """How many requests to each waiting route can wait at once; None: no limit."""
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
