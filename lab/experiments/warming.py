"""First requests to a server, so that what is measured later is not its start.

Workers import, open connections to the upstream and fill pools on their first
requests. The upstream's dial is turned down meanwhile: long enough that a busy worker
leaves requests to the others, short enough to cost no time.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lab import targets
from lab.experiments.behaviour import UNCHANGED
from lab.experiments.experiment import ASK, HOLD, SOCKETS, THREADS, Cell, Experiment
from lab.experiments.patience import PLENTY, Left
from lab.experiments.stand import Stand

DELAY_MS = 20.0
REQUESTS = 16
MOST = 200
BURSTS = 2
ONE_BY_ONE = 8
LIMIT_S = 120.0


def behaviour(experiment: Experiment) -> dict[str, Any]:
    """The dial as the experiment measures with it, every field that warming up has turned."""
    return dict(UNCHANGED) | dict(experiment.behaviour)


def warm(
    stand: Stand,
    experiment: Experiment,
    cells: Iterable[Cell],
    servers: Mapping[str, Mapping[str, Any]],
    left: Left | None = None,
) -> None:
    """Send some requests to every path of these cells, and turn the dial back.

    What goes wrong here goes wrong again, and is told, when it is measured.
    """
    left = left or Left(PLENTY)
    limit_s = min(LIMIT_S, 8 * left.patience.warm_up_s)
    asked = behaviour(experiment)
    delay_ms = min(float(asked["delay_ms"]), DELAY_MS)
    stand.behaviour(**dict(UNCHANGED) | {"delay_ms": delay_ms})
    done = set()
    for cell in cells:
        place = (cell.shape, cell.path, cell.load.kind)
        if place in done or cell.load.kind == THREADS:
            continue
        done.add(place)
        url = stand.upstream_url if cell.direct else stand.url(cell.shape)
        requests = first_requests(cell, url, servers.get(cell.shape, {}))
        requests["timeout_s"] = left.at_most(left.patience.warm_up_s)
        stand.drive(requests, limit_s)
    stand.behaviour(**asked)


def first_requests(cell: Cell, url: str, server: Mapping[str, Any]) -> dict[str, Any]:
    """The driver's command; `server` is what /server answered, {} where there is none."""
    if cell.load.kind == ASK:
        asks = [dict(each) for each in cell.load.asks]
        return {"do": "ask", "url": url, "asks": asks, "times": 1, "timeout_s": PLENTY.warm_up_s}
    command = {"url": url + cell.path, "timeout_s": PLENTY.warm_up_s}
    workers = int(server.get("workers", 1))
    if cell.load.kind == SOCKETS:
        return command | {"do": "sockets", "requests": workers, "hold_s": 0.0}
    requests, bursts = REQUESTS, BURSTS
    if cell.load.kind == HOLD:
        # What is to be seen is the memory of those held: no thread may be there before them.
        requests, bursts = (1, ONE_BY_ONE) if workers == 1 else (workers, BURSTS)
    elif not cell.direct and cell.route not in targets.ROUTES:
        # The dial does not make these shorter, and a second of CPU is a second.
        requests, bursts = 2 * workers, 1
    elif not cell.direct:
        requests = min(max(REQUESTS, cell.slots or 0), MOST)
    return command | {
        "do": "burst",
        "requests": requests,
        "bursts": bursts,
        "pause_s": 0.05,
        "method": "GET",
    }
