"""The server: it listens, serves, and shuts down gracefully.

When the process has no file descriptor left, uvloop accepts a new connection and closes it at
once; open connections are not affected.
"""

import asyncio
import errno
import signal
import sys
import time
from collections.abc import Callable

from mock_upstream.behaviour import Behaviour
from mock_upstream.connection import Connection
from mock_upstream.dial import Dial
from mock_upstream.files import raise_file_limit
from mock_upstream.ledger import Ledger
from mock_upstream.routes import Routes
from mock_upstream.settings import Settings
from mock_upstream.timeline import Timeline

DRAIN_POLL_S = 0.02


class ListenError(Exception):
    """The server cannot listen on its address; the message gives the reason and the remedy."""


async def serve(settings: Settings, ledger: Ledger | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then answer the requests in flight and return.

    `ledger` records the waits; a new one if None. Requests in flight have
    `settings.shutdown_s` seconds to end. Raises ListenError if the address cannot be bound.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    ledger = ledger or Ledger()
    timeline = Timeline(ledger.in_flight, ledger.take_worst_late_ms, ledger.take_faults)
    dial = Dial(Behaviour(delay_ms=settings.upstream_delay_ms))
    routes = Routes(dial, ledger, timeline, settings.hosts)
    connections: set[Connection] = set()
    files = raise_file_limit()
    server = await _listen(settings, lambda: Connection(routes, ledger, connections))
    host, port = server.sockets[0].getsockname()[:2]
    sys.stderr.write(
        f"mock-upstream listens on http://{host}:{port}, "
        f"delay {settings.upstream_delay_ms:g} ms, up to {files} open files\n"
    )
    sys.stderr.flush()
    _record(loop, timeline)
    await stop.wait()
    server.close()
    await _drain(connections, settings.shutdown_s)


async def _listen(settings: Settings, connect: Callable[[], Connection]) -> asyncio.Server:
    host, port = settings.listen_host, settings.listen_port
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(connect, host, port, backlog=settings.listen_backlog)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ListenError(
                f"port {port} on {host} is in use: "
                "stop the program that listens there, or set LISTEN_PORT to a free port"
            ) from None
        raise ListenError(
            f"cannot listen on {host} port {port} ({error.strerror}): "
            "set LISTEN_HOST and LISTEN_PORT to an address of this machine"
        ) from None


def _record(loop: asyncio.AbstractEventLoop, timeline: Timeline) -> None:
    # Schedules itself again for each step of the timeline.
    due_s = timeline.advance(time.monotonic(), time.time())
    loop.call_later(due_s, _record, loop, timeline)


async def _drain(connections: set[Connection], shutdown_s: float) -> None:
    # Connections left at `give_up_s` are closed by the end of the process.
    give_up_s = time.monotonic() + shutdown_s
    while connections and time.monotonic() < give_up_s:
        for connection in tuple(connections):
            connection.drain()
        await asyncio.sleep(DRAIN_POLL_S)
