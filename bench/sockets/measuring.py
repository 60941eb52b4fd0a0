"""Measures one target with many open WebSockets."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

import psutil
from websockets.sync.client import ClientConnection, connect

from bench.services.servers import as_shipped
from bench.upstream.servers import Server
from lab.targets import Target

MODULES = {"flask": "flask_svc", "fastapi": "fastapi_svc"}
WARM = 20
ECHOES = 500
SETTLE_S = 1.5
START_S = 2.0  # start-up time of workers, after the server listens


class Cost(NamedTuple):
    """Cost of one WebSocket: KiB, threads, and the median time of an echo in ms."""

    kib: float
    threads: float
    echo_ms: float


def cost(target: Target, sockets: int) -> Cost:
    """Cost of one idle WebSocket, averaged over all open ones."""
    module = MODULES[target.framework]
    with as_shipped(target.name, module, target.settings) as server:
        time.sleep(START_S)
        # The baseline is taken after some first WebSockets have opened and closed.
        with ExitStack() as warm:
            for _ in range(min(WARM, sockets)):
                warm.enter_context(talking(server))
        time.sleep(SETTLE_S)
        before_bytes, before_threads = usage(server)
        with ExitStack() as held:
            for _ in range(sockets):
                held.enter_context(talking(server))
            time.sleep(SETTLE_S)
            bytes, threads = usage(server)
        with talking(server) as websocket:
            echo_ms = echo(websocket)
    return Cost(
        (bytes - before_bytes) / 1024 / sockets, (threads - before_threads) / sockets, echo_ms
    )


@contextmanager
def talking(server: Server) -> Iterator[ClientConnection]:
    """An open WebSocket that has received its first tick; the next ones come every 10 s."""
    address = server.url.replace("http", "ws", 1) + "/ws?every_ms=10000"
    # No client pings: the measured WebSockets are idle between ticks.
    with connect(address, proxy=None, ping_interval=None) as websocket:
        websocket.recv()
        yield websocket


def echo(websocket: ClientConnection) -> float:
    """Median time of an echo in ms."""
    times_s = []
    for _ in range(ECHOES):
        began_s = time.perf_counter()
        websocket.send("hello")
        while "echo" not in websocket.recv():
            pass  # skip a tick
        times_s.append(time.perf_counter() - began_s)
    return median(times_s) * 1000


def usage(server: Server) -> tuple[int, int]:
    """RSS in bytes and number of threads of the service and its workers."""
    root = psutil.Process(server.pid)
    processes = (root, *root.children(recursive=True))
    bytes = sum(each.memory_info().rss for each in processes)
    return bytes, sum(each.num_threads() for each in processes)
