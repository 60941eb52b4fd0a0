"""What the driver is told for a cell, and how its answer becomes a measurement's rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.experiments import minutes
from lab.experiments.experiment import ASK, BURST, CLOSED, OPEN, Cell
from lab.experiments.patience import PLENTY, Left
from lab.results.measurement import MEASURED, Row
from lab.samples import Sample

TIMEOUT_S = 30.0
"""No request is given up before; the driver's own word on it is longer still."""
SETTLE_S = 10.0
"""So long an open load waits for what is unanswered when its time is over."""
GRACE_S = 30.0


def command(cell: Cell, url: str, repeat: int, left: Left | None = None) -> dict[str, Any]:
    """The line that makes the driver send the cell's load.

    `url` is the server's, without a path. The arrivals of repeat n are drawn from seed n.
    `left` is what is left of the patience with the servers.
    """
    load = cell.load
    asked: dict[str, Any] = {
        "do": load.kind,
        "url": url + cell.path,
        "timeout_s": timeout_s(cell, left),
    }
    match load.kind:
        case "burst":
            asked |= {
                "requests": load.requests,
                "bursts": load.bursts,
                "pause_s": minutes.PAUSE_S,
                "method": "GET",
            }
        case "closed":
            asked |= {
                "users": load.users,
                "think_s": load.think_s,
                "keep_alive": load.keep_alive,
                "ramp_s": load.ramp_s,
                "warmup_s": load.warmup_s,
                "duration_s": load.duration_s,
                "keeps": load.keeps,
            }
        case "open":
            asked |= {
                "rate_rps": load.rate_rps,
                "arrivals": load.arrivals,
                "seed": repeat,
                "warmup_s": load.warmup_s,
                "duration_s": load.duration_s,
                "max_in_flight": load.max_in_flight,
                "settle_s": SETTLE_S,
            }
        case "hold":
            asked |= {"requests": load.requests}
        case "sockets":
            asked |= {"requests": load.requests, "hold_s": load.hold_s}
        case "threads":
            asked = {"do": load.kind, "requests": load.requests}
        case "ask":
            asked |= {
                "url": url,
                "asks": [dict(each) for each in load.asks],
                "times": load.requests,
            }
        case unknown:
            raise ValueError(f"{cell.id}: load {unknown!r}: no command for it")
    return asked


def timeout_s(cell: Cell, left: Left | None = None) -> float:
    """After so long a request without an answer is given up: three times as long as expected.

    No request of a closed or an open load outlives its time and the settling after it.
    """
    if cell.load.kind in (CLOSED, OPEN):
        return cell.expected_s + SETTLE_S + TIMEOUT_S
    left = left or Left(PLENTY)
    most_s = left.patience.request_s or max(TIMEOUT_S, 3.0 * cell.expected_s / cell.load.bursts)
    return left.at_most(most_s)


def limit_s(cell: Cell, left: Left | None = None) -> float:
    """A driver that has not answered after so long never will."""
    each_s = timeout_s(cell, left)
    if cell.load.kind == BURST:
        each_s *= cell.load.bursts
    if cell.load.kind == ASK:
        each_s *= max(1, cell.load.requests * len(cell.load.asks))
    return cell.expected_s + each_s + SETTLE_S + GRACE_S


def rows(columns: Mapping[str, Sequence[Any]], cell: Cell) -> list[Row]:
    """The driver's columns as rows, in its order. A column it leaves out has nothing in it."""
    count = len(columns.get("latency_s", ()))
    nothing = {
        "phase": MEASURED,
        "burst": 0,
        "status": 0,
        "error": "",
        "due_s": None,
        "sent_s": None,
        "worker_pid": None,
        "upstream_s": None,
        "app_s": None,
    }
    by_name = {name: columns.get(name) or [value] * count for name, value in nothing.items()}
    return [
        Row(
            Sample(
                start_s=columns["start_s"][i],
                latency_s=columns["latency_s"][i],
                status=by_name["status"][i],
                target=cell.shape,
                route=cell.route,
                worker_pid=by_name["worker_pid"][i],
                upstream_s=by_name["upstream_s"][i],
                app_s=by_name["app_s"][i],
                error=by_name["error"][i],
                sent_s=by_name["sent_s"][i],
            ),
            by_name["phase"][i],
            by_name["burst"][i],
            by_name["due_s"][i],
        )
        for i in range(count)
    ]


def counts(answer: Mapping[str, Any]) -> dict[int, int]:
    """Answers by latency in microseconds; {} where each was kept."""
    found = answer.get("counts")
    if not found:
        return {}
    return dict(zip(found["latency_us"], found["count"], strict=True))


def failed(answer: Mapping[str, Any]) -> int:
    """Failures among what was only counted."""
    return int(answer.get("failed", 0))


def driver(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the driver says of itself, and the commonest failure among what was only counted."""
    failure = answer.get("failure", "")
    return dict(answer.get("driver", {})) | ({"failure": failure} if failure else {})
