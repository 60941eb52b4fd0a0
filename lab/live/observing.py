"""One target now, for the dashboard: its prediction, its measurements and its limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab import theory, upstream_wait, user_kinds
from lab.live.counters import NOT_KNOWN, Usage
from lab.live.database import Activity, Client
from lab.live.dead_calls import what_is_left
from lab.live.document import View
from lab.live.flow import Flow, Present
from lab.live.history import History
from lab.live.limits import Limit, limit
from lab.live.load import BURST, LoadPrediction, predict
from lab.live.observation import Observation, TargetSetup, is_dead
from lab.live.probing import Probed
from lab.live.stations import StationNow

NO_FAULTS = {"error_rate": 0.0, "hang_rate": 0.0, "reset_rate": 0.0}
NO_ANSWERS = LoadPrediction(throughput_rps=0.0)
RECENT_S = 5
"""Window for failures, drops and queue growth, in seconds."""
NEW_S = 3.0
"""Seconds, besides those of a first answer, after which the counts are those of a new server."""
NARROW_S, WIDE_S = 2.0, 10.0
"""Bounds of the window over which throughput is averaged, in seconds to each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What all targets share: the run, the upstream and the load processes.

    `now_s` and `began_s` are times of day in seconds; `began_s`, when the load began, is None
    before the first run. `behaviour` is the upstream's dial, None before its first answer.
    `database` is what the database counts, None where it tells nothing, and `bouncer_pool` are the
    connections that pgbouncer lends before it, 0 without pgbouncer.
    """

    now_s: float
    began_s: float | None
    behaviour: Mapping[str, Any] | None
    upstream_silent_s: float
    upstream_late_ms: float | None
    generator_cpu: float
    lost_load_workers: tuple[str, ...]
    database: Activity | None = None
    bouncer_pool: int = 0
    database_silent_s: float = 0.0

    @property
    def hang_rate(self) -> float:
        """Share of the calls to the upstream that die; 0 where the dial is not known."""
        return 0.0 if self.behaviour is None else self.behaviour["hang_rate"]

    @property
    def is_frozen(self) -> bool:
        """Whether every new call to the upstream dies."""
        return self.hang_rate >= 1


def hold_s(asked: TargetSetup, around: RunContext) -> float | None:
    """Mean time, in seconds, for which a request holds its slot.

    None where the route does not wait, where the dial is unknown, and where several kinds of
    users share the target, because theory has no number for a mix.
    """
    if len(asked.routes) > 1:
        return None
    [route] = asked.routes
    if route in user_kinds.HOLD_S:
        return user_kinds.HOLD_S[route]
    behaviour = _behaviour(asked, around)
    if not asked.waits or behaviour is None:
        return None
    return upstream_wait.expected_hold_s(behaviour, parts=asked.parts, timeout_s=_timeout_s(asked))


def longest_hold_s(asked: TargetSetup, around: RunContext) -> float:
    """Hold time, in seconds, that hardly any request exceeds; the longest over all routes."""
    longest_s = max((user_kinds.HOLD_S.get(route, 0.0) for route in asked.routes), default=0.0)
    behaviour = _behaviour(asked, around)
    if not asked.waits or behaviour is None:
        return longest_s
    waits_s = upstream_wait.longest_hold_s(
        behaviour, parts=asked.parts, timeout_s=_timeout_s(asked)
    )
    return max(longest_s, waits_s)


def _behaviour(asked: TargetSetup, around: RunContext) -> Mapping[str, Any] | None:
    # The database copies the dial's times, and none of its faults.
    if asked.asks_upstream or around.behaviour is None:
        return around.behaviour
    return {**around.behaviour, **NO_FAULTS}


def _timeout_s(asked: TargetSetup) -> float:
    return asked.timeout_s if asked.asks_upstream else asked.statement_timeout_s


def is_frozen(asked: TargetSetup, around: RunContext) -> bool:
    """Return whether every new call of a target dies: no query does."""
    return asked.asks_upstream and around.is_frozen


def settled_s(asked: TargetSetup, around: RunContext) -> float:
    """Seconds after which a run is as theory has it: the first queue is through.

    A scheduled load has no queue at first, or one that grows for ever.
    """
    law = prediction(asked, around, around.now_s)
    through_s = None if asked.load.is_scheduled else law.response_s
    return max(longest_hold_s(asked, around), through_s or 0.0)


def prediction(
    asked: TargetSetup, around: RunContext, at_s: float, flow: Flow | None = None
) -> LoadPrediction:
    """Predict throughput and response of the present load at `at_s`, a time of day in seconds.

    Empty while the stations are unknown, and for a target without load. No answers, and an unknown
    response, where dead calls hold all that could be answered. `flow` is the past, where there is
    one.
    """
    now = present(asked, around, at_s)
    return flow.predict(now) if flow else now.law


def present(asked: TargetSetup, around: RunContext, at_s: float) -> Present:
    """Return the present load and way of a target, and what the laws say of them.

    `at_s` is a time of day in seconds.
    """
    if not asked.active:
        return Present(asked.load, None, LoadPrediction())
    elapsed_s = at_s - (around.began_s or at_s)
    held_s = hold_s(asked, around)
    way = asked.way(held_s)
    law = predict(asked.load, way=way, elapsed_s=elapsed_s)
    if law.throughput_rps is None or not asked.asks_upstream:
        return Present(asked.load, way, law)
    if around.is_frozen:
        return Present(asked.load, None, NO_ANSWERS)
    # Where a share of the calls dies, the mean time for which they hold a slot has the dead ones.
    if around.hang_rate or not asked.dead_requests:
        return Present(asked.load, way, law)
    left = what_is_left(
        asked.load,
        slots=asked.slots,
        dead=asked.dead_requests,
        own=around.began_s is not None and asked.dead.oldest_at_s >= around.began_s,
    )
    if left is None:
        return Present(asked.load, None, NO_ANSWERS)
    load, slots = left
    way = replace(asked, slots=slots).way(held_s)
    return Present(load, way, predict(load, way=way, elapsed_s=elapsed_s))


def alone_s(asked: TargetSetup, around: RunContext) -> float | None:
    """Time in seconds of a request that meets no other; None where theory has no number."""
    way = asked.way(hold_s(asked, around))
    return None if way is None else theory.alone_s(way=way)


def close(
    history: History,
    end_s: int,
    asked: TargetSetup,
    around: RunContext,
    used: Usage = NOT_KNOWN,
) -> None:
    """Close a second of the history that all load processes have reported.

    `end_s` is its end, a time of day in seconds; `used` is what the target used then.
    """
    now = present(asked, around, end_s)
    arrived = history.started(end_s)
    predicted = history.flow.close(now, arrived=arrived, dead=asked.dead_requests)
    history.close(
        end_s,
        parts=asked.parts,
        asks_upstream=asked.asks_upstream or not (asked.stays or asked.asks_database),
        asks_database=asked.asks_database,
        slots=asked.slots if asked.slots_known else None,
        predicted_rps=predicted.throughput_rps,
        predicted_s=predicted.response_s,
        used=used,
    )
    in_flight = history.seconds[-1].in_flight
    if is_dead(asked.dead_requests, in_flight=in_flight, slots=asked.slots):
        history.dead_at_s = around.now_s


def view(
    history: History,
    asked: TargetSetup,
    around: RunContext,
    stations: Sequence[StationNow] = (),
    probed: Probed | None = None,
    pids: Sequence[int] = (),
) -> View:
    """Return the target as the dashboard shows it.

    `stations` are those of its way, `probed` what its health probes have shown, `pids` those of its
    workers.
    """
    held_s = hold_s(asked, around) or 0.0
    averaged_s = width_s(asked, around)
    # The prediction is for the moment at which the charts end.
    at_s = history.seconds[-1].end_s if history.seconds else around.now_s
    silent_s = history.silent_s(around.now_s)
    return View(
        asked=asked,
        predicted=prediction(asked, around, at_s, history.flow),
        limit=_limit(history, asked, around, held_s, silent_s, averaged_s, stations),
        silent_s=silent_s,
        width_s=averaged_s,
        history=history,
        alone_s=alone_s(asked, around),
        dead_for_s=asked.dead.for_s(around.now_s, timeout_s=asked.timeout_s)[1],
        stations=stations,
        probed=probed or Probed(),
        pids=pids,
        connections=connections(asked, around),
    )


def connections(asked: TargetSetup, around: RunContext) -> Client | None:
    """Return a target's connections to the database; None where they are not known or unused."""
    if around.database is None or not asked.asks_database:
        return None
    return around.database.of(asked.name)


def width_s(asked: TargetSetup, around: RunContext) -> float:
    """Seconds to each side over which throughput is averaged.

    Two waves, or one interval between bursts: then the average does not jump with them. A frozen
    upstream is not averaged over its dead calls: that nothing is answered shows at once.
    """
    held_s = 0.0 if is_frozen(asked, around) else hold_s(asked, around) or 0.0
    wanted_s = asked.load.burst_every_s if asked.load.kind == BURST else 2 * held_s
    return min(WIDE_S, max(NARROW_S, wanted_s))


def _limit(
    history: History,
    asked: TargetSetup,
    around: RunContext,
    held_s: float,
    silent_s: float,
    width_s: float,
    stations: Sequence[StationNow],
) -> Limit:
    last = history.seconds[-1] if history.seconds else None
    dialled_faults = 0.0
    if asked.asks_upstream and around.behaviour is not None:
        dialled_faults = upstream_wait.fault_share(around.behaviour, parts=asked.parts)
    answered, failed, dropped = history.recent(RECENT_S)
    asked_for = min(failed, history.recent_faults(RECENT_S)) if asked.asks_upstream else 0
    dead_first_s, dead_last_s = asked.dead.for_s(around.now_s, timeout_s=asked.timeout_s)
    return limit(
        Observation(
            route=asked.route,
            active=asked.active and around.began_s is not None,
            waits=asked.waits,
            asks_upstream=asked.asks_upstream,
            asks_database=asked.asks_database,
            stays=asked.stays,
            passes=asked.passes,
            load=asked.load,
            slots=asked.slots,
            slots_known=asked.slots_known,
            in_flight=last.in_flight if last else history.in_flight,
            busy=last.busy if last else None,
            streams=last.streams if last else 0,
            sockets=last.sockets if last else 0,
            hold_s=held_s,
            longest_hold_s=longest_hold_s(asked, around),
            workers=asked.workers,
            # One window before the end, so that no answer within the window is missing.
            throughput_rps=(
                history.throughput_rps(last.end_s - width_s, width_s=width_s) if last else None
            ),
            response_s=last.p50_s if last else None,
            queue_growth_rps=history.queue_growth_rps(RECENT_S),
            dropped_rps=dropped / RECENT_S,
            failed_share=failed / answered if answered else 0.0,
            failure=history.fault,
            dialled_faults=dialled_faults,
            dialled_share=asked_for / answered if answered else 0.0,
            # A count of dead calls is newer than the answers that end them.
            silent_s=min(silent_s, around.now_s - history.dead_at_s),
            dead=asked.dead_requests,
            dead_first_s=dead_first_s,
            dead_last_s=dead_last_s,
            is_frozen=is_frozen(asked, around),
            generator_cpu=around.generator_cpu,
            lost_load_workers=around.lost_load_workers,
            left_over=asked.left_over,
            upstream_silent_s=around.upstream_silent_s,
            upstream_late_ms=around.upstream_late_ms,
            database=around.database,
            own=connections(asked, around) or Client(),
            bouncer_pool=around.bouncer_pool,
            database_silent_s=around.database_silent_s,
            is_replaced=_is_replaced(asked, around, held_s),
            stations=stations,
        )
    )


def _is_replaced(asked: TargetSetup, around: RunContext, held_s: float) -> bool:
    if asked.replaced_at_s is None:
        return False
    # Dead calls are no first answers to wait for.
    first_s = 0.0 if is_frozen(asked, around) else held_s
    return around.now_s < asked.replaced_at_s + first_s + NEW_S
