"""Sends requests one after the other and measures the cost on both sides."""

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
    """Cost of one request: the client's median latency and the service's CPU time, both in ms."""

    latency_ms: float
    cpu_ms: float


def cost(server: Server, implementation: Implementation, request: Request, count: int) -> Cost:
    """Cost per request over `count` requests. Raises RuntimeError for an unexpected status."""
    host = urlsplit(server.url).netloc
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    latencies_ms = []
    before_s = cpu_s(server)
    # One connection for all requests: connecting is not part of the cost.
    for _ in range(count):
        began_s = time.perf_counter()
        status = send(connection, implementation, request)
        latencies_ms.append((time.perf_counter() - began_s) * 1000)
        if status != request.status:
            raise RuntimeError(f"{implementation.name}, {request.name}: answered {status}")
    spent_s = cpu_s(server) - before_s
    connection.close()
    # CPU time is known only as a sum, so its figure is a mean.
    return Cost(median(latencies_ms), spent_s * 1000 / count)


def send(
    connection: http.client.HTTPConnection, implementation: Implementation, request: Request
) -> int:
    """Send the request once and read the answer; return its status."""
    headers = {"Content-Type": "application/json"} if request.body else {}
    path = request.path.format(users=implementation.path)
    connection.request(request.method, path, request.body or None, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def cpu_s(server: Server) -> float:
    """CPU seconds used so far by the service and its workers."""
    root = psutil.Process(server.pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))
