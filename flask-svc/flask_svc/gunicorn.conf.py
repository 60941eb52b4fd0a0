"""gunicorn's configuration: worker class, workers, threads, connections, timeouts.

Almost every value comes from a setting of this service.
"""

import os
from pathlib import Path
from typing import Any

from flask_svc import counting, listeners
from flask_svc.settings import Settings

settings = Settings.from_env(os.environ)

lent = listeners.lent()
bind = [f"{settings.listen_host}:{settings.listen_port}" if lent is None else f"fd://{lent}"]
backlog = settings.listen_backlog
reuse_port = settings.listeners == "own"  # each worker opens its own socket, the arbiter none
worker_class = settings.worker_class
workers = settings.workers
threads = settings.threads if settings.worker_class == "gthread" else 1
worker_connections = settings.connections
keepalive = settings.keep_alive_s
timeout = settings.worker_timeout_s
graceful_timeout = settings.shutdown_s
accesslog = "-" if settings.access_log else None
# Workers show that they live by touching a file; in memory, that never waits for a disk. macOS
# has no /dev/shm.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Let the supervisor see how many requests wait for one of a gthread worker's threads."""
    if worker_class == "gthread":
        counting.watch_queue(worker.tpool._work_queue.qsize)
