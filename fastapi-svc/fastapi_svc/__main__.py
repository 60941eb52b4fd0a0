"""Start the service: `python -m fastapi_svc`."""

import os
import resource
import sys
from contextlib import suppress

import uvicorn

from fastapi_svc import listeners, logs, storage
from fastapi_svc.settings import Settings, SettingsError

APPS = {"fastapi": "fastapi_svc.app:from_environ", "starlette": "fastapi_svc.bare:from_environ"}
NO_LIMIT = 1_000_000  # connections: more than a process can open files


def main() -> None:
    """Check the settings, create the storage, then run uvicorn or granian.

    Exits with 2 and one sentence for a bad setting: a worker that found it would end, and its
    server would start the next one, for ever.
    """
    try:
        settings = Settings.from_env(os.environ)
        listeners.refuse_taken_port(settings)
    except SettingsError as error:
        print(f"fastapi-svc: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    try:
        storage.create(settings)
    except OSError as error:
        print(f"fastapi-svc: DATA_DIR={settings.data_dir!r}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    raise_file_limit()
    if settings.worker_class == "granian":
        run_granian(settings)
    else:
        run_uvicorn(settings)


def run_uvicorn(settings: Settings) -> None:
    """Run uvicorn with this service's shape, on the same lines as flask_svc."""
    own = settings.listeners == "own" and settings.workers > 1  # a lone worker shares nothing
    run = listeners.run_uvicorn_with_own if own else uvicorn.run
    run(
        APPS[settings.app],
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
