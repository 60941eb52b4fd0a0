"""The shape of gunicorn; every value is a setting of this service."""

import os
from pathlib import Path

from flask_svc.settings import Settings

settings = Settings.from_env(os.environ)

bind = [f"{settings.listen_host}:{settings.listen_port}"]
backlog = settings.listen_backlog
reuse_port = settings.listeners == "own"  # each worker opens its own, gunicorn none
worker_class = settings.worker_class
workers = settings.workers
threads = settings.threads if settings.worker_class == "gthread" else 1
worker_connections = settings.connections
keepalive = settings.keep_alive_s
timeout = settings.worker_timeout_s
graceful_timeout = settings.shutdown_s
accesslog = "-" if settings.access_log else None
# The workers' signs of life are no disk's business; macOS has no such folder.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
