"""The driver's command for a cell, and the rows of a measurement from the driver's answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.experiments import duration, predicting
from lab.experiments.experiment import ASK, BURST, CLOSED, OPEN, Cell
from lab.results.measurement import MEASURED, Row
from lab.running.time_limits import PLENTY, TimeLeft
from lab.samples import Sample

TIMEOUT_S = 30.0
"""Shortest request timeout in seconds, unless the time limits set another one."""
SETTLE_S = 10.0
"""Seconds for which an open load waits for outstanding answers after its end."""
GRACE_S = 30.0

_DURING = ("warmup_s", "duration_s")
_SENT: Mapping[str, Sequence[str]] = {
    "burst": ("requests", "bursts"),
    "closed": ("users", "think_s", "keep_alive", "ramp_s", *_DURING, "keeps"),
    "open": ("rate_rps", "arrivals", *_DURING, "max_in_flight"),
    "hold": ("requests",),
    "sockets": ("requests", "hold_s"),
    "threads": (),
    "ask": (),
}
"""Fields of a load that its command has under the same name, by kind of load."""
_OF_ROW: dict[str, Any] = {"phase": MEASURED, "burst": 0, "due_s": None}
_OF_SAMPLE: dict[str, Any] = {
    "start_s": 0.0,
    "sent_s": None,
    "latency_s": 0.0,
    "status": 0,
    "worker_pid": None,
    "upstream_s": None,
    "app_s": None,
    "error": "",
}
"""Columns of the driver's rows, with the value of a column that is absent."""


def command(cell: Cell, url: str, series: int, left: TimeLeft | None = None) -> dict[str, Any]:
    """Build the driver's command for the cell's load.

    `url` is the server's base URL, without a path. Series n uses seed n for its arrivals. `left` is
    the time that remains for the servers. Raises ValueError for an unknown load.
    """
    load = cell.load
    asked: dict[str, Any] = {
        "do": load.kind,
        "url": url + cell.path,
        "timeout_s": timeout_s(cell, left),
    }
    if load.kind not in _SENT:
        raise ValueError(f"{cell.id}: load {load.kind!r}: no command for it")
    asked |= {name: getattr(load, name) for name in _SENT[load.kind]}
    match load.kind:
        case "burst":
            asked |= {"pause_s": duration.PAUSE_S, "method": method(cell)}
        case "closed":
            asked |= {"method": method(cell)}
        case "open":
            asked |= {"seed": series, "settle_s": SETTLE_S}
        case "threads":
            # "threads" measures the driver's machine and needs no URL.
            asked = {"do": load.kind, "requests": load.requests}
        case "ask":
            asks = [dict(each) for each in load.asks]
            asked |= {"url": url, "asks": asks, "times": load.requests}
    return asked


def method(cell: Cell) -> str:
    """HTTP method of the cell's requests."""
    return predicting.METHODS.get(cell.route, "GET")


def timeout_s(cell: Cell, left: TimeLeft | None = None) -> float:
    """Request timeout in seconds: three times the expected time, at least TIMEOUT_S.

    A `request_s` in the time limits replaces this value, and the remaining time caps it. In a
    closed or open load no request outlives the load's duration plus the settling time.
    """
    if cell.load.kind in (CLOSED, OPEN):
        # These loads end by the clock, so the timeout only has to be longer than the load.
        return cell.expected_s + SETTLE_S + TIMEOUT_S
    left = left or TimeLeft(PLENTY)
    most_s = left.patience.request_s or max(TIMEOUT_S, 3.0 * cell.expected_s / cell.load.bursts)
    return left.at_most(most_s)


def limit_s(cell: Cell, left: TimeLeft | None = None) -> float:
    """Deadline in seconds for the driver's answer. After it the driver counts as hung."""
    each_s = timeout_s(cell, left)
    if cell.load.kind == BURST:
        # Bursts follow one another, so their timeouts add up.
        each_s *= cell.load.bursts
    if cell.load.kind == ASK:
        # "ask" sends its requests one by one.
        each_s *= max(1, cell.load.requests * len(cell.load.asks))
    return cell.expected_s + each_s + SETTLE_S + GRACE_S


def rows(columns: Mapping[str, Sequence[Any]], cell: Cell) -> list[Row]:
    """Convert the driver's columns to rows, in the driver's order. Missing columns get defaults."""
    count = len(columns.get("latency_s", ()))
    # The driver leaves out a column that has nothing in it.
    by_name = {
        name: columns.get(name) or [value] * count for name, value in (_OF_ROW | _OF_SAMPLE).items()
    }
    return [
        Row(
            Sample(
                target=cell.shape,
                route=cell.route,
                **{name: by_name[name][i] for name in _OF_SAMPLE},
            ),
            **{name: by_name[name][i] for name in _OF_ROW},
        )
        for i in range(count)
    ]


def counts(answer: Mapping[str, Any]) -> dict[int, int]:
    """Number of answers by latency in microseconds; {} where every sample was kept."""
    found = answer.get("counts")
    if not found:
        return {}
    return dict(zip(found["latency_us"], found["count"], strict=True))


def failed(answer: Mapping[str, Any]) -> int:
    """Number of failures among the requests that were only counted."""
    return int(answer.get("failed", 0))


def driver(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The driver's facts about itself, and the most frequent failure among counted requests."""
    failure = answer.get("failure", "")
    return dict(answer.get("driver", {})) | ({"failure": failure} if failure else {})
