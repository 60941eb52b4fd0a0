"""LISTENERS=own: each worker listens on a socket of its own, all on one port (SO_REUSEPORT).

Of one shared socket, a connection goes to whichever worker wakes first. Among several
the kernel deals connections out by a hash of their addresses: about evenly, and to a
busy worker as readily as to an idle one. gunicorn has a setting for it, uvicorn has none.
"""

import logging
import socket
import sys
from typing import Any

from fastapi_svc.settings import Settings, SettingsError

logger = logging.getLogger("uvicorn.error")


def refuse_taken_port(settings: Settings) -> None:
    """Raise SettingsError where somebody listens already: workers would share the port with them.

    Without SO_REUSEPORT the servers find out by themselves.
    """
    if settings.listeners == "shared":
        return
    if sys.platform == "darwin":  # there one of the sockets gets every connection
        raise SettingsError("LISTENERS='own': expected shared, or Linux: macOS deals out none")
    with socket.socket(family(settings.listen_host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.listen_host, settings.listen_port))
        except OSError as error:
            raise SettingsError(
                f"LISTEN_PORT={settings.listen_port}: expected a free port of "
                f"LISTEN_HOST={settings.listen_host}: {error}"
            ) from error


def run_uvicorn_with_own(app: str, **options: Any) -> None:
    """`uvicorn.run` for several workers, but for their sockets."""
    import uvicorn  # here, because gunicorn has no use for it
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(app, **options)
    # The supervisor's own is bound and never listened on: it keeps the port while workers
    # come and go, and gets no connection, since it would never accept one.
    reserved = OwnListener(config.host, config.port)
    logger.info("Each worker listens on http://%s:%d by itself", config.host, config.port)
    Multiprocess(config, [reserved]).run()


class OwnListener(socket.socket):
    """A bound socket that does not travel: sent to a worker process, it is bound there anew."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(family(host))
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.bind((host, port))
        self._address = (host, port)

    def __reduce__(self) -> tuple[type["OwnListener"], tuple[str, int]]:
        return OwnListener, self._address


def family(host: str) -> socket.AddressFamily:
    """IPv6 for an address with colons, as uvicorn has it."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
