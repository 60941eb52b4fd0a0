"""The server itself: run uvicorn or granian, in the shape of the settings.

A supervisor starts it as `python -m fastapi_svc.serving`; without one, the service's own process
becomes it.
"""

import os
from collections.abc import Callable

import uvicorn

from fastapi_svc import listeners, logs, patience
from fastapi_svc.settings import Settings

APPS = {"fastapi": "fastapi_svc.app:from_environ", "starlette": "fastapi_svc.bare:from_environ"}
NO_LIMIT = 1_000_000  # connections: more than a process can open files


def serve(settings: Settings) -> None:
    """Run the server until a signal ends it."""
    if settings.worker_class == "granian":
        run_granian(settings)
    else:
        run_uvicorn(settings)


def run_uvicorn(settings: Settings) -> None:
    """Run uvicorn with this service's shape, on the same lines as flask_svc."""
    run: Callable[..., None] = uvicorn.run
    if settings.listeners == "own" and settings.workers > 1:  # a lone worker shares nothing
        run = listeners.run_uvicorn_with_own
    elif listeners.lent() is not None:
        run = listeners.run_uvicorn_with_lent
    run(
        APPS[settings.app],
        factory=True,
        host=settings.listen_host,
        port=settings.listen_port,
        backlog=settings.listen_backlog,
        workers=settings.workers,
        loop=settings.asgi_loop,
        http=patience.PROTOCOLS[settings.asgi_http],
        limit_concurrency=settings.connections or None,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_worker_healthcheck=settings.worker_timeout_s,
        timeout_graceful_shutdown=settings.shutdown_s,
        access_log=settings.access_log,
        log_config=logs.configuration(settings),
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=settings.body_max_bytes,
        ws_ping_interval=settings.socket_ping_s,
        ws_ping_timeout=settings.socket_ping_s,
    )


def run_granian(settings: Settings) -> None:
    """Run granian with this service's shape, on the same lines as flask_svc."""
    from fastapi_svc import granian_server  # imported here: only one worker class needs it

    granian_server.run(
        "fastapi_svc.on_granian:from_environ",
        settings,
        interface="asgi",
        threads=1,  # all that granian allows for ASGI: FastAPI has its own pool
        connections=NO_LIMIT,
    )


if __name__ == "__main__":
    listeners.end_with_parent()
    serve(Settings.from_env(os.environ))
