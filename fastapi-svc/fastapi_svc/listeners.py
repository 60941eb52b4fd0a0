"""LISTENERS=own: each worker has its own listening socket on the same port (SO_REUSEPORT).

With one shared socket, the first worker that wakes accepts the connection. With own sockets,
the kernel chooses by a hash of the connection's addresses: about evenly, but without regard
to whether the worker is busy. gunicorn has a setting for this, uvicorn has none, and
granian_server.py has granian's.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
from typing import Any

from fastapi_svc.settings import Settings, SettingsError

LISTEN_FD = "LISTEN_FD"
"""Variable by which a supervisor tells its server the listening socket that it lends."""
SUPERVISOR_PID = "SUPERVISOR_PID"
"""Variable by which a supervisor tells its server who has started it."""

PR_SET_PDEATHSIG = 1  # of linux/prctl.h

logger = logging.getLogger("uvicorn.error")


def refuse_taken_port(settings: Settings) -> None:
    """Raise SettingsError if LISTENERS=own and the port is in use, or the system is macOS.

    With SO_REUSEPORT the workers would silently share the port with another service. Without
    it, gunicorn and uvicorn detect a port in use by themselves; granian's would be a traceback.
    """
    if settings.listeners == "shared" and settings.worker_class != "granian":
        return
    # On macOS one of the sockets gets every connection.
    if settings.listeners == "own" and sys.platform == "darwin":
        raise SettingsError("LISTENERS='own': expected shared, or Linux: macOS deals out none")
    listening(settings).close()


def listening(settings: Settings) -> socket.socket:
    """Return a socket that listens at the service's address: a supervisor lends it to its servers.

    Raises SettingsError where the port cannot be had.
    """
    found = socket.socket(family(settings.listen_host))
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.listen_host, settings.listen_port))
        found.listen(settings.listen_backlog)
    except OSError as error:
        found.close()
        raise SettingsError(
            f"LISTEN_PORT={settings.listen_port}: expected a free port of "
            f"LISTEN_HOST={settings.listen_host}: {error}"
        ) from error
    return found


def lent() -> int | None:
    """Return the file descriptor of a supervisor's listening socket; None without a supervisor."""
    return int(os.environ[LISTEN_FD]) if LISTEN_FD in os.environ else None


def run_uvicorn_with_lent(app: str, **options: Any) -> None:
    """Run uvicorn on the supervisor's socket; `options` are `uvicorn.run`'s."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(app, **options)
    shared = socket.socket(fileno=lent())
    if config.workers > 1:
        Multiprocess(config, [shared]).run()
    else:
        uvicorn.Server(config).run([shared])


def run_uvicorn_with_own(app: str, **options: Any) -> None:
    """Run several uvicorn workers, each with its own socket; `options` are `uvicorn.run`'s."""
    import uvicorn  # imported here, because gunicorn does not need it
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(app, **options)
    # The supervisor binds its socket but never listens: the bound socket reserves the port
    # while workers restart, and the kernel gives it no connection that nothing would accept.
    reserved = OwnListener(config.host, config.port)
    logger.info("Each worker listens on http://%s:%d by itself", config.host, config.port)
    Multiprocess(config, [reserved]).run()


class OwnListener(socket.socket):
    """A bound socket that pickles as its address: a worker process binds a new one."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(family(host))
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.bind((host, port))
        self._address = (host, port)

    def __reduce__(self) -> tuple[type["OwnListener"], tuple[str, int]]:
        return OwnListener, self._address


def family(host: str) -> socket.AddressFamily:
    """Return AF_INET6 for a host with a colon, else AF_INET: uvicorn's own rule."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def end_with_parent() -> None:
    """Let the kernel end this process with its supervisor, however that ends; Linux only.

    Raises SystemExit where the supervisor has ended already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(SUPERVISOR_PID) != str(os.getppid()):
        sys.exit("the supervisor has ended")
