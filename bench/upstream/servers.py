"""The servers under comparison, each in its own process on a free port."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from bench.upstream import tools
from lab import child_process

START_S = 10
STOP_S = 10
BACKLOG = 4096
DELAY_MS = 1000  # default delay of the mock upstream

NGINX = """\
{load_module}
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr error;
worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog={backlog};
        location = /delay/1 {{ echo_sleep 1; echo -n '{{"delay_ms":1000.0}}'; }}
    }}
}}
"""


class Server(NamedTuple):
    """A running server: its name in the report, its base URL, and its process id."""

    name: str
    url: str
    pid: int


@contextmanager
def nginx(files: int) -> Iterator[Server]:
    """Run nginx in one process, with a route that waits 1 s."""
    module = tools.echo_module()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            NGINX.format(
                load_module=f"load_module {module};" if module else "",
                folder=folder,
                files=files,
                port=port,
                backlog=BACKLOG,
            )
        )
        command = [tools.nginx(), "-p", folder, "-c", str(config), "-e", "stderr"]
        with running("nginx", command, port) as server:
            yield server


@contextmanager
def mock_upstream(module: str = "mock_upstream") -> Iterator[Server]:
    """Run the mock upstream; `module` is the argument of `python -m`."""
    port = free_port()
    environ = os.environ | {
        "LISTEN_HOST": "127.0.0.1",
        "LISTEN_PORT": str(port),
        "LISTEN_BACKLOG": str(BACKLOG),
        "UPSTREAM_DELAY_MS": str(DELAY_MS),
    }
    with running(module, [sys.executable, "-m", module], port, environ) as server:
        yield server


@contextmanager
def running(
    name: str, command: list[str], port: int, environ: dict[str, str] | None = None
) -> Iterator[Server]:
    """Start `command`; returns once it listens on `port`, and ends it afterwards.

    Raises RuntimeError with the server's output where it ends or does not listen within START_S.
    """
    # Output goes to a file: a full pipe would block the server.
    with tempfile.TemporaryFile("w+") as log:
        # In a session of its own, as a supervisor's server is: the kernel shares the cores between
        # sessions first, so that a server beside its load generator in one has another share.
        process = subprocess.Popen(command, env=environ, stderr=log, start_new_session=True)
        try:
            _await_port(process, port, log)
            yield Server(name, f"http://127.0.0.1:{port}", process.pid)
        finally:
            child_process.stop(process, STOP_S)


def free_port() -> int:
    """A free port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # The kernel chooses; the port may be taken before the server binds it.
        port: int = listener.getsockname()[1]
        return port


def _await_port(process: subprocess.Popen[bytes], port: int, log: TextIO) -> None:
    give_up_s = time.monotonic() + START_S
    while time.monotonic() < give_up_s:
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}:\n{log.read()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not listen on port {port} within {START_S} s")
