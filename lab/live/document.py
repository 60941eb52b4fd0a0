"""Build the object that GET /lab/state answers with; docs/state.md explains each key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.live.changes import Changes
from lab.live.counters import NOT_KNOWN, Usage
from lab.live.database import Client
from lab.live.headline import headline
from lab.live.history import History, Second
from lab.live.limits import DOUBTS, Limit
from lab.live.load import LoadPrediction
from lab.live.observation import TargetSetup
from lab.live.probing import Probed
from lab.live.stations import StationNow, full
from lab.live.try_next import try_next

VERSION = 2


@dataclass(frozen=True, slots=True)
class View:
    """One target as the dashboard shows it: its setup, its prediction and its measurements.

    `alone_s` is the time of a request that meets no other, as the first ones do; None where theory
    has no number. `width_s` is how far throughput is averaged, in seconds to each side,
    `dead_for_s` for how many seconds dead calls still wait. `pids` are those of its workers, none
    where nobody tells. `connections` are those to the database, None for routes that do not ask
    it, and where it tells nothing. `last_rps` and `last_s` are throughput and latency of the run
    before.
    """

    asked: TargetSetup
    predicted: LoadPrediction
    limit: Limit
    silent_s: float
    width_s: float
    history: History
    alone_s: float | None = None
    dead_for_s: float = 0.0
    stations: Sequence[StationNow] = ()
    probed: Probed = field(default_factory=Probed)
    pids: Sequence[int] = ()
    connections: Client | None = None
    last_rps: float | None = None
    last_s: float | None = None


def document(
    *,
    now_s: float,
    at_s: float,
    run: Mapping[str, Any],
    upstream: Mapping[str, Any],
    database: Mapping[str, Any] | None = None,
    load_workers: Iterable[Mapping[str, Any]],
    views: Iterable[View],
    changes: Changes,
    cores: int | None = None,
) -> dict[str, Any]:
    """Return the whole object, ready for JSON.

    `now_s` is the time of day, in seconds, at which the object is made; `at_s` is the end of
    its charts. After a run the two drift apart, because the charts stay as they were at its end.
    `cores` are those of the machine, None where not known. `database` is None in a lab without one.
    """
    views = list(views)
    seconds = [(found, view) for view in views for found in view.history.seconds]
    seconds.sort(key=lambda pair: pair[0].end_s)  # a stable sort: targets keep their order
    targets = [_target(view, at_s) for view in views]
    return {
        "version": VERSION,
        "now_s": now_s,
        "at_s": at_s,
        "run": run,
        "headline": headline(run, targets),
        "try_next": try_next(run, targets),
        "upstream": upstream,
        "database": database,
        "load_workers": list(load_workers),
        "targets": targets,
        "seconds": [_second(found, view, at_s, cores) for found, view in seconds],
        "blocks": _blocks(views, at_s),
        "changes": changes.rows(at_s),
    }


def throughput_rps(view: View, end_s: float, at_s: float) -> float | None:
    """Answers per second around `end_s`, a time of day in seconds.

    None while answers up to `view.width_s` after `end_s` may still be missing.
    """
    if end_s + view.width_s > at_s:
        return None
    return round(view.history.throughput_rps(end_s, width_s=view.width_s), 2)


def _target(view: View, at_s: float) -> dict[str, Any]:
    history, asked = view.history, view.asked
    last = history.seconds[-1] if history.seconds else None
    used = last.used if last else NOT_KNOWN
    full_one = full(view.stations)
    return {
        "name": asked.name,
        "framework": asked.framework,
        "route": asked.route,
        "active": asked.active,
        "users": None if asked.load.is_scheduled else asked.load.users,
        "shape": asked.shape,
        "workers": asked.workers,
        "slots": asked.slots,
        "slots_known": asked.slots_known,
        "processor": asked.calibration and asdict(asked.calibration),
        "predicted": {
            "throughput_rps": view.predicted.throughput_rps,
            "response_s": view.predicted.response_s,
        },
        "alone_s": view.alone_s,
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
            "dead": asked.dead_requests,
            "dead_for_s": round(view.dead_for_s, 1),
            "cores_busy": _rounded(used.cores_busy),
            "processor_s": used.processor_s,
            "memory_mb": _memory_mb(used),
        },
        "connections": view.connections and asdict(view.connections),
        "probe": view.probed.described(),
        "stations": [_station(each, is_full=each is full_one) for each in view.stations],
        "limit": {
            "kind": view.limit.kind,
            "sentence": view.limit.sentence,
            "is_doubt": view.limit.kind in DOUBTS,
        },
    }


def _station(station: StationNow, *, is_full: bool) -> dict[str, Any]:
    return {
        "name": station.name,
        "busy": None if station.busy is None else round(station.busy, 2),
        "slots": station.slots,
        "waiting": station.waiting,
        "held_s": station.held_s,
        "is_full": is_full,
    }


def newest_throughput_rps(view: View, at_s: float) -> float | None:
    """Throughput of the last second for which it is known; None where it is known for none."""
    known = (throughput_rps(view, each.end_s, at_s) for each in reversed(view.history.seconds))
    return next((each for each in known if each is not None), None)


def _second(found: Second, view: View, at_s: float, cores: int | None) -> dict[str, Any]:
    return {
        "target": view.asked.name,
        "t_s": round(found.end_s - at_s),
        "throughput_rps": throughput_rps(view, found.end_s, at_s),
        "predicted_rps": found.predicted_rps,
        "p50_s": found.p50_s,
        "p99_s": found.p99_s,
        "predicted_s": found.predicted_s,
        "last_rps": view.last_rps,
        "last_s": view.last_s,
        "busy": found.busy,
        "queue": found.queue,
        "slots": found.slots,
        "cores_busy": _rounded(found.used.cores_busy),
        "cores": cores,
        "memory_mb": _memory_mb(found.used),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


def _memory_mb(used: Usage) -> float | None:
    return None if used.memory_bytes is None else round(used.memory_bytes / 1e6, 1)


def _blocks(views: Iterable[View], at_s: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    first = 0
    for view in views:
        if not view.asked.active:
            continue
        rows = view.history.lanes.rows(at_s, workers=view.asked.workers, pids=view.pids)
        found += [
            {"target": view.asked.name} | row | {"lane": first + int(str(row["lane"]))}
            for row in rows
        ]
        # Lanes are numbered on from one target to the next.
        first += len({row["lane"] for row in rows})
    return found
