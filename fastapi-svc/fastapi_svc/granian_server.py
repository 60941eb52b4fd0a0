"""granian with this service's shape: workers, listeners, limits.

granian's workers each listen by themselves on Linux, and share a socket elsewhere. Here LISTENERS
decides, as with the other servers. Three attributes of granian's server that its documentation
does not name hold the shared socket: `_shd`, `_sso` and `_ssp`. The contract tests of listeners
fail if granian changes one of them.
"""

import socket

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server import MPServer

from fastapi_svc import listeners
from fastapi_svc.settings import Settings


def run(app: str, settings: Settings, *, interface: str, threads: int, connections: int) -> None:
    """Run granian until a signal ends it. `app` is the address of a function that creates the app.

    `interface` is "wsgi" or "asgi", `threads` the number of threads that run a WSGI app, and
    `connections` the number that a worker accepts at once. WORKER_TIMEOUT_S has no effect: granian
    replaces a worker that has ended, but asks none for a sign of life.
    """
    kind = MPServer if settings.listeners == "own" else SharedListener
    server = kind(
        app,
        factory=True,
        interface=Interfaces(interface),
        address=settings.listen_host,
        port=settings.listen_port,
        workers=settings.workers,
        blocking_threads=threads,
        backpressure=connections,  # granian counts connections, not requests, against it
        loop=Loops(settings.asgi_loop),
        http=HTTPModes.http1,
        # hyper starts this clock when an answer is sent, so it also ends an idle connection.
        http1_settings=HTTP1Settings(header_read_timeout=settings.keep_alive_s * 1000),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=settings.shutdown_s,
        log_access=settings.access_log,
    )
    server.backlog = settings.listen_backlog  # as an argument, it would be 128 at least
    server.serve()


class SharedListener(MPServer):
    """granian with one listening socket, which all workers inherit."""

    def _init_shared_socket(self) -> None:
        lent = listeners.lent()
        shared = socket.socket(listeners.family(self.bind_addr), fileno=lent)
        if lent is None:
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            shared.bind((self.bind_addr, self.bind_port))
            shared.listen(self.backlog)
        shared.setblocking(False)
        shared.set_inheritable(True)
        # granian's stub lacks two of the three arguments, and the type of an unset attribute.
        holder = SocketHolder(shared.fileno(), False, self.backlog)  # type: ignore[call-arg]
        self._shd = holder  # type: ignore[assignment]
        self._sso = shared
        self._ssp = None
