"""One target with many WebSockets open, and what that costs."""

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
START_S = 2.0  # the workers of a server that listens already


class Cost(NamedTuple):
    """Of one WebSocket: kibibytes and threads, and the median milliseconds of an echo."""

    kib: float
    threads: float
    echo_ms: float


def cost(target: Target, sockets: int) -> Cost:
    """What each of so many idle WebSockets costs."""
    module = MODULES[target.framework]
    with as_shipped(target.name, module, target.settings) as server:
        time.sleep(START_S)
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
    """A WebSocket that ticks every ten seconds, after its first tick."""
    address = server.url.replace("http", "ws", 1) + "/ws?every_ms=10000"
    with connect(address, proxy=None, ping_interval=None) as websocket:
        websocket.recv()
        yield websocket


def echo(websocket: ClientConnection) -> float:
    """The median time of an echo, in milliseconds."""
    times_s = []
    for _ in range(ECHOES):
        began_s = time.perf_counter()
        websocket.send("hello")
        while "echo" not in websocket.recv():
            pass  # a tick came between
        times_s.append(time.perf_counter() - began_s)
    return median(times_s) * 1000


def usage(server: Server) -> tuple[int, int]:
    """Bytes and threads of the service and its workers."""
    root = psutil.Process(server.pid)
    processes = (root, *root.children(recursive=True))
    bytes = sum(each.memory_info().rss for each in processes)
    return bytes, sum(each.num_threads() for each in processes)
