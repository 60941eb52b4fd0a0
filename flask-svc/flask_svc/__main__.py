"""Start the service: `python -m flask_svc`."""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

from flask_svc import listeners, storage
from flask_svc.settings import Settings, SettingsError


def main() -> None:
    """Check the settings, create the storage, then become gunicorn, or run uvicorn or granian.

    Exits with 2 and one sentence for a bad setting: a worker that found it would end, and its
    server would start the next one, for ever.
    """
    try:
        settings = Settings.from_env(os.environ)
        listeners.refuse_taken_port(settings)
    except SettingsError as error:
        print(f"flask-svc: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    try:
        storage.create(settings)
    except OSError as error:
        print(f"flask-svc: DATA_DIR={settings.data_dir!r}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    raise_file_limit()
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

    own = settings.listeners == "own" and settings.workers > 1  # a lone worker shares nothing
    run = listeners.run_uvicorn_with_own if own else uvicorn.run
    run(
        "flask_svc.asgi:from_environ",
        factory=True,
        host=settings.listen_host,
        port=settings.listen_port,
        backlog=settings.listen_backlog,
        workers=settings.workers,
        loop=settings.asgi_loop,
        http=settings.asgi_http,
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


def raise_file_limit() -> None:
    """Raise the soft limit on open files as far as the system allows.

    Every waiting request uses two file descriptors: the client's and the upstream's.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):  # macOS: no hard limit, less allowed
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            return


if __name__ == "__main__":
    main()
