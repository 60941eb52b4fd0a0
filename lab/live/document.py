"""The object that GET /lab/state answers with; docs/state.md says what each key means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.limits import DOUBTS, Limit
from lab.live.history import History, Second
from lab.prediction import Prediction

VERSION = 1


@dataclass(frozen=True, slots=True)
class View:
    """One target as it is shown: what it is, what theory says of it, and what was measured.

    `users` is None where the load has a schedule instead, `workers` where the target has
    not said it. `width_s` is over how many seconds answers are averaged, to each side.
    """

    name: str
    framework: str
    route: str
    active: bool
    users: int | None
    workers: int | None
    slots: int | None
    slots_known: bool
    predicted: Prediction
    limit: Limit
    silent_s: float
    width_s: float
    history: History


def document(
    *,
    now_s: float,
    at_s: float,
    run: Mapping[str, Any],
    upstream: Mapping[str, Any],
    load_workers: Iterable[Mapping[str, Any]],
    views: Iterable[View],
) -> dict[str, Any]:
    """All of it. `at_s` is the time of day that the charts end at, `now_s` that of this object.

    They part where a run is over: its charts stay as they were then.
    """
    views = list(views)
    seconds = [(found, view) for view in views for found in view.history.seconds]
    seconds.sort(key=lambda pair: pair[0].end_s)  # a stable sort: targets keep their order
    return {
        "version": VERSION,
        "now_s": now_s,
        "at_s": at_s,
        "run": run,
        "upstream": upstream,
        "load_workers": list(load_workers),
        "targets": [_target(view, at_s) for view in views],
        "seconds": [_second(found, view, at_s) for found, view in seconds],
        "blocks": _blocks(views, at_s),
    }


def throughput_rps(view: View, end_s: float, at_s: float) -> float | None:
    """Around the end of a second; None while answers around it may still be missing."""
    if end_s + view.width_s > at_s:
        return None
    return round(view.history.throughput_rps(end_s, width_s=view.width_s), 2)


def _target(view: View, at_s: float) -> dict[str, Any]:
    history = view.history
    last = history.seconds[-1] if history.seconds else None
    return {
        "name": view.name,
        "framework": view.framework,
        "route": view.route,
        "active": view.active,
        "users": view.users,
        "workers": view.workers,
        "slots": view.slots,
        "slots_known": view.slots_known,
        "predicted": {
            "throughput_rps": view.predicted.throughput_rps,
            "response_s": view.predicted.response_s,
        },
        "measured": {
            "throughput_rps": last and newest_throughput_rps(view, at_s),
            "p50_s": last and last.p50_s,
            "p99_s": last and last.p99_s,
            "in_flight": last.in_flight if last else 0,
            "busy": last and last.busy,
            "queue": last and last.queue,
            "streams": last.streams if last else 0,
            "sockets": last.sockets if last else 0,
            "answered": history.answered,
            "failed": history.failed,
            "dropped": history.dropped,
            "silent_s": round(view.silent_s, 1),
        },
        "limit": {
            "kind": view.limit.kind,
            "sentence": view.limit.sentence,
            "is_doubt": view.limit.kind in DOUBTS,
        },
    }


def newest_throughput_rps(view: View, at_s: float) -> float | None:
    """That of the last second for which it is known."""
    known = (throughput_rps(view, each.end_s, at_s) for each in reversed(view.history.seconds))
    return next((each for each in known if each is not None), None)


def _second(found: Second, view: View, at_s: float) -> dict[str, Any]:
    return {
        "target": view.name,
        "t_s": round(found.end_s - at_s),
        "throughput_rps": throughput_rps(view, found.end_s, at_s),
        "predicted_rps": found.predicted_rps,
        "p50_s": found.p50_s,
        "p99_s": found.p99_s,
        "predicted_s": found.predicted_s,
        "busy": found.busy,
        "queue": found.queue,
        "slots": found.slots,
    }


def _blocks(views: Iterable[View], at_s: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    first = 0
    for view in views:
        if not view.active:
            continue
        rows = view.history.lanes.rows(at_s, workers=view.workers)
        found += [
            {"target": view.name} | row | {"lane": first + int(str(row["lane"]))} for row in rows
        ]
        first += len({row["lane"] for row in rows})
    return found
