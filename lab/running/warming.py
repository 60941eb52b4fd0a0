"""The warm-up: first requests to a server, so that its start is not measured.

On their first requests workers import modules, open connections to the upstream and to the
database, and fill pools. The upstream's delay is reduced meanwhile: long enough that a busy worker
leaves requests to the others, short enough to cost little time.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lab import targets
from lab.experiments.behaviour import UNCHANGED
from lab.experiments.experiment import (
    ASK,
    HOLD,
    OPEN,
    SOCKETS,
    THREADS,
    Cell,
    Experiment,
    Load,
)
from lab.running import driver_command
from lab.running.testbed import Testbed
from lab.running.time_limits import PLENTY, TimeLeft

DELAY_MS = 20.0
DATABASE_MS = 250.0
"""Delay while pools are opened: long enough that each connection of a pool gets a query. Its first
one takes the server some milliseconds more than the others."""
REQUESTS = 16
MOST = 200
BURSTS = 2
ONE_BY_ONE = 8
LIMIT_S = 120.0
MOST_ROUNDS = 8
CONNECTED_S = 5.0
CONNECT_POLL_S = 0.1
"""Longer than a pool needs for one connection, also on a busy machine."""


def behaviour(experiment: Experiment) -> dict[str, Any]:
    """The dial for the measurement, with every field that the warm-up changes."""
    return dict(UNCHANGED) | dict(experiment.behaviour)


def warm(
    testbed: Testbed,
    experiment: Experiment,
    cells: Iterable[Cell],
    servers: Mapping[str, Mapping[str, Any]],
    left: TimeLeft | None = None,
) -> None:
    """Send warm-up requests to every path of these cells, then restore the dial.

    Failures are not reported here: they happen again when the cell is measured.
    """
    left = left or TimeLeft(PLENTY)
    limit_s = min(LIMIT_S, 8 * left.patience.warm_up_s)
    # Cells that differ only in their numbers warm the same code, so the largest of them is enough.
    largest = {
        (cell.shape, cell.path, cell.load.kind): cell
        for cell in sorted(cells, key=lambda each: at_once(each.load))
        if cell.load.kind != THREADS
    }
    asks_database = any(targets.asks_database(cell.route) for cell in largest.values())
    with short_delay(testbed, experiment, DATABASE_MS if asks_database else DELAY_MS):
        for cell in largest.values():
            url = testbed.upstream_url if cell.direct else testbed.url(cell.shape)
            server = servers.get(cell.shape, {})
            requests = first_requests(cell, url, server)
            requests["timeout_s"] = left.at_most(left.patience.warm_up_s)
            if targets.asks_database(cell.route):
                _open_pools(testbed, cell, requests, int(server.get("workers", 1)), limit_s)
            else:
                testbed.drive(requests, limit_s)


def _open_pools(
    testbed: Testbed, cell: Cell, requests: Mapping[str, Any], workers: int, limit_s: float
) -> None:
    """Send the first requests until each worker has had some, and its pool is open.

    Which worker gets a request is chance, so this ends after MOST_ROUNDS at the latest: what is
    left of the pools is then opened in the measurement, and takes some milliseconds of it.
    """
    met: set[int] = set()
    for _ in range(MOST_ROUNDS):
        rows = testbed.drive(requests, limit_s).get("rows", {})
        met |= {pid for pid in rows.get("worker_pid", ()) if pid is not None}
        if len(met) >= workers:
            break
    # A pool goes on connecting in the background when its first requests have been answered.
    give_up_s = time.monotonic() + CONNECTED_S
    before = -1
    while before != (now := _connections(testbed, cell.shape)) and time.monotonic() < give_up_s:
        before = now
        time.sleep(CONNECT_POLL_S)


def _connections(testbed: Testbed, name: str) -> int:
    return int(testbed.database()["clients"].get(name, {}).get("connections", 0))


@contextmanager
def short_delay(
    testbed: Testbed, experiment: Experiment, most_ms: float = DELAY_MS
) -> Iterator[None]:
    """Reduce the delay to `most_ms`, without faults; restore the dial where all is well.

    A run that breaks off needs no dial.
    """
    asked = behaviour(experiment)
    # Never longer than the experiment's own delay.
    delay_ms = min(float(asked["delay_ms"]), most_ms)
    testbed.behaviour(**dict(UNCHANGED) | {"delay_ms": delay_ms})
    yield
    testbed.behaviour(**asked)


def first_requests(cell: Cell, url: str, server: Mapping[str, Any]) -> dict[str, Any]:
    """Build the driver's warm-up command.

    `server` is the answer of /server, {} where there is none.
    """
    if cell.load.kind == ASK:
        asks = [dict(each) for each in cell.load.asks]
        return {"do": "ask", "url": url, "asks": asks, "times": 1, "timeout_s": PLENTY.warm_up_s}
    command = {"url": url + cell.path, "timeout_s": PLENTY.warm_up_s}
    workers = int(server.get("workers", 1))
    if cell.load.kind == SOCKETS:
        return command | {"do": "sockets", "requests": workers, "hold_s": 0.0}
    requests, bursts = REQUESTS, BURSTS
    if cell.load.kind == HOLD:
        # The measurement shows the memory of held requests, so no thread may exist before it.
        requests, bursts = (1, ONE_BY_ONE) if workers == 1 else (workers, BURSTS)
    elif targets.asks_database(cell.route):
        # At least as many for each worker as its pool has connections, if the draw is even.
        requests = min(MOST, max(REQUESTS, at_once(cell.load), cell.slots or 0))
        if cell.route in targets.LENT_ROUTES:
            requests = REQUESTS  # more could wait for each other until a time-out
    elif not cell.direct and cell.route not in targets.ROUTES:
        # The dial does not shorten these requests: a second of CPU time takes a second.
        requests, bursts = 2 * workers, 1
    elif not cell.direct:
        # Enough to reach every slot that the load reaches, up to a limit.
        requests = max(REQUESTS, min(cell.slots or 0, at_once(cell.load), MOST))
    return command | {
        "do": "burst",
        "requests": requests,
        "bursts": bursts,
        "pause_s": 0.05,
        "method": driver_command.method(cell),
    }


def at_once(load: Load) -> int:
    """Most requests that the load has in flight; with an open load they have no number."""
    return load.max_in_flight if load.kind == OPEN else max(load.requests, load.users)
