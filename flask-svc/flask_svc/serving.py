"""The server itself: become gunicorn, or run uvicorn or granian, in the shape of the settings.

A supervisor starts it as `python -m flask_svc.serving`; without one, the service's own process
becomes it.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from flask_svc import listeners
from flask_svc.settings import Settings


def serve(settings: Settings) -> None:
    """Run the server until a signal ends it."""
    if settings.worker_class == "asgi":
        run_uvicorn(settings)
    elif settings.worker_class == "granian":
        run_granian(settings)
    else:
        run_gunicorn()


def run_gunicorn() -> None:
    """Replace this process by gunicorn, which reads gunicorn.conf.py."""
    configuration = Path(__file__).with_name("gunicorn.conf.py")
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(configuration)]
    os.execv(sys.executable, [*gunicorn, "flask_svc.app:from_environ()"])


def run_uvicorn(settings: Settings) -> None:
    """Run uvicorn with this service's shape, on the same lines as fastapi_svc."""
    import uvicorn  # imported here: only FLASK_WORKER_CLASS=asgi needs it

    from flask_svc import patience

    run: Callable[..., None] = uvicorn.run
    if settings.listeners == "own" and settings.workers > 1:  # a lone worker shares nothing
        run = listeners.run_uvicorn_with_own
    elif listeners.lent() is not None:
        run = listeners.run_uvicorn_with_lent
    run(
        "flask_svc.asgi:from_environ",
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
        proxy_headers=False,
        ws="none",  # WSGI has no WebSockets, even behind an ASGI server
    )


def run_granian(settings: Settings) -> None:
    """Run granian with this service's shape, on the same lines as fastapi_svc."""
    from flask_svc import granian_server  # imported here: only one worker class needs it

    granian_server.run(
        "flask_svc.app:from_environ",
        settings,
        interface="wsgi",
        threads=settings.threads,
        connections=settings.connections,
    )


if __name__ == "__main__":
    listeners.end_with_parent()
    serve(Settings.from_env(os.environ))
