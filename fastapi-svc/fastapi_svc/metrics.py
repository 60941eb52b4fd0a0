"""GET /metrics on the supervisor's port: each station's own count, in OpenMetrics text.

docs/metrics.md has the names. The workers' counts come from counts.py, the rest from the kernel.
What cannot be known, as without /proc, is absent and never 0.
"""

import socket
import struct
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from fastapi_svc import counts

if TYPE_CHECKING:
    from fastapi_svc.supervisor import Supervisor

PROC = Path("/proc")
LISTENING = "0A"
MEMORY_EVERY_S = 5.0
UNACKED = struct.Struct("=24xI")  # of struct tcp_info in linux/tcp.h
CPUCLOCK_SCHED = 2  # of linux/posix-timers.h: processor time as the scheduler counts it, in ns
WORKER = ("worker",)
CONTENT_TYPE = CONTENT_TYPE_LATEST


def text(supervisor: "Supervisor") -> bytes:
    """Return all metrics of the service now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Stations(supervisor))
    told: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return told


class _Stations(Collector):
    def __init__(self, supervisor: "Supervisor") -> None:
        self._supervisor = supervisor

    def collect(self) -> Iterator[Metric]:
        rows = list(self._supervisor.table.rows())
        queue = GaugeMetricFamily(
            "lab_accept_queue_requests",
            "Connections that the kernel has accepted and no worker has taken.",
        )
        if (waiting := self._accept_queue()) is not None:
            queue.add_metric((), waiting)
        yield queue
        yield from _counts(rows, self._supervisor.settings.client_connections)
        yield from _processes(self._supervisor.pid)
        starts = CounterMetricFamily(
            "lab_workers_started", "Workers that have started, also in place of others."
        )
        starts.add_metric((), self._supervisor.table.starts())
        yield starts
        changes = CounterMetricFamily(
            "lab_shape_changes", "Replacements of the server by one of another shape."
        )
        changes.add_metric((), self._supervisor.changes)
        yield changes

    def _accept_queue(self) -> int | None:
        listening = self._supervisor.listening
        if listening is not None and sys.platform == "linux":
            return accept_queue_of(listening)
        return accept_queue(self._supervisor.settings.listen_port)


def _counts(rows: list[dict[str, float]], connections: int) -> Iterator[Metric]:
    serving = GaugeMetricFamily(
        "lab_requests_in_service",
        "Requests that a worker's app has begun and not ended.",
        labels=WORKER,
    )
    answered = CounterMetricFamily(
        "lab_requests_answered", "Requests that a worker's app has ended.", labels=WORKER
    )
    threads = GaugeMetricFamily(
        "lab_threads_busy",
        "Threads of the pool for plain def routes that are busy.",
        labels=WORKER,
    )
    waiting = GaugeMetricFamily(
        "lab_threads_waiting",
        "Requests that a worker has taken and that wait for a thread.",
        labels=WORKER,
    )
    busy = GaugeMetricFamily(
        "lab_client_connections_busy", "Connections to the upstream with a call.", labels=WORKER
    )
    calls_waiting = GaugeMetricFamily(
        "lab_client_connections_waiting",
        "Calls to the upstream that wait for a connection of the client's pool.",
        labels=WORKER,
    )
    lent = GaugeMetricFamily(
        "lab_database_connections_busy", "Connections to the database that are lent.", labels=WORKER
    )
    queries_waiting = GaugeMetricFamily(
        "lab_database_connections_waiting",
        "Queries that wait for a connection to the database.",
        labels=WORKER,
    )
    lag = GaugeMetricFamily(
        "lab_event_loop_lag_seconds",
        "By how much the event loop's sign of life is late, or was in the last 5 s, at most.",
        labels=WORKER,
    )
    now_s = time.monotonic()
    for row in rows:
        worker = (str(int(row["pid"])),)
        serving.add_metric(worker, row["serving"])
        answered.add_metric(worker, row["answered"])
        most = connections or row["calls"]
        busy.add_metric(worker, min(row["calls"], most))
        calls_waiting.add_metric(worker, max(0.0, row["calls"] - most))
        lent.add_metric(worker, row["connections"])
        queries_waiting.add_metric(worker, max(0.0, row["queries"] - row["connections"]))
        # A loop that is blocked now cannot write that it is.
        late_s = max(row["lag_s"], now_s - row["beat_s"] - counts.BEAT_S)
        known = ((threads, row["threads"]), (waiting, row["waiting"]), (lag, late_s))
        for family, value in known:
            if not isnan(value):
                family.add_metric(worker, value)
    yield from (serving, answered, threads, waiting, busy, calls_waiting)
    yield from (lent, queries_waiting, lag)


def _processes(server: int) -> Iterator[Metric]:
    labels = ("process", "role")
    used = CounterMetricFamily(
        "lab_processor_seconds", "Processor time of a process of the service.", labels=labels
    )
    memory = GaugeMetricFamily(
        "lab_memory_proportional_bytes",
        "Memory of a process, shared pages divided by those who share them.",
        labels=labels,
    )
    for pid in descendants(server):
        role = (str(pid), "server" if pid == server else "worker")
        if (time_s := processor_s(pid)) is not None:
            used.add_metric(role, time_s)
        if (size := _memory_bytes(pid, time.monotonic() // MEMORY_EVERY_S)) is not None:
            memory.add_metric(role, size)
    yield from (used, memory)


def accept_queue_of(listening: socket.socket) -> int:
    """Return the connections that wait in the accept queue of a socket; Linux only.

    Of a socket that listens, the kernel gives this number in the place of unacknowledged segments.
    """
    told = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACKED.size)
    waiting: int = UNACKED.unpack(told)[0]
    return waiting


def accept_queue(port: int) -> int | None:
    """Return the connections that wait in the accept queues of a port; None without /proc.

    The kernel lists this number of a listening socket as its receive queue. Among thousands of
    connections that takes it, and this function, 10 ms and more.
    """
    tables = [PROC / "net/tcp", PROC / "net/tcp6"]
    lines = [line.split() for table in tables if table.exists() for line in _lines(table)]
    if not lines:
        return None
    return sum(
        int(fields[4].partition(":")[2], 16)
        for fields in lines
        if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    )


def descendants(pid: int) -> list[int]:
    """Return the process and all its descendants; [] without /proc."""
    found, at = [pid] if (PROC / str(pid)).exists() else [], 0
    while at < len(found):
        for children in (PROC / str(found[at])).glob("task/*/children"):
            found += [int(each) for each in _read(children).split()]
        at += 1
    return found


def processor_s(pid: int) -> float | None:
    """Return the processor time of a process in seconds; None where it is not known.

    It is in nanoseconds, and threads that have ended are in it. Of a thread that runs right now,
    the kernel may leave out what it has used since its last tick, some milliseconds. Source:
    clock_getcpuclockid(3), whose clock id Linux makes of the process id in this way.
    """
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:  # the process has ended
        return None


@lru_cache(maxsize=256)
def _memory_bytes(pid: int, _span: float) -> int | None:
    # The kernel adds up all pages of a process for it: with five processes 8 ms.
    return memory_bytes(pid)


def memory_bytes(pid: int) -> int | None:
    """Return the proportional set size of a process in bytes; None where it is not known."""
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None


def _lines(table: Path) -> list[str]:
    return _read(table).splitlines()[1:]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # the process has ended, or belongs to somebody else
        return ""
