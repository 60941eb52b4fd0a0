"""Sending requests one after the other, and what they cost on both sides."""

import http.client
import time
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

from bench.api.requests import Implementation, Request
from bench.upstream.servers import Server

TIMEOUT_S = 30


class Cost(NamedTuple):
    """Of one request: the client's median latency, and the service's processor time."""

    latency_ms: float
    cpu_ms: float


def cost(server: Server, implementation: Implementation, request: Request, count: int) -> Cost:
    """The cost of one of `count` requests; RuntimeError where one is answered otherwise."""
    host = urlsplit(server.url).netloc
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    latencies_ms = []
    before_s = cpu_s(server)
    for _ in range(count):
        began_s = time.perf_counter()
        status = send(connection, implementation, request)
        latencies_ms.append((time.perf_counter() - began_s) * 1000)
        if status != request.status:
            raise RuntimeError(f"{implementation.name}, {request.name}: answered {status}")
    spent_s = cpu_s(server) - before_s
    connection.close()
    return Cost(median(latencies_ms), spent_s * 1000 / count)


def send(
    connection: http.client.HTTPConnection, implementation: Implementation, request: Request
) -> int:
    """Send it once, and read the answer; its status."""
    headers = {"Content-Type": "application/json"} if request.body else {}
    path = request.path.format(users=implementation.path)
    connection.request(request.method, path, request.body or None, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def cpu_s(server: Server) -> float:
    """The processor time that the service and its workers have used."""
    root = psutil.Process(server.pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))
