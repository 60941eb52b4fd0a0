"""One target as it is now: what theory says of it, what was measured, and what limits it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab import dialled, kinds
from lab.limits import Limit, limit
from lab.live.document import View
from lab.live.history import History
from lab.load import BURST, Load
from lab.observation import Observation
from lab.prediction import Prediction, predict
from lab.targets import HELD_ROUTES, ROUTES

RECENT_S = 5
"""Failures, drops and the growth of the queue are those of so many seconds."""
NARROW_S, WIDE_S = 2.0, 10.0
"""Answers are averaged over so many seconds to each side, or something between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is the same for all targets: the run, the upstream, the load processes.

    `behaviour` is the upstream's dial, None while it never answered. `now_s` is a time of
    day, and so is `began_s`, when the load began; None before the first.
    """

    now_s: float
    began_s: float | None
    behaviour: Mapping[str, Any] | None
    upstream_silent_s: float
    upstream_late_ms: float | None
    generator_cpu: float
    lost_load_workers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one target is, and what it is asked for.

    `routes` has one for each kind of users that it has, or would have; `slots` is how many
    of their requests can hold a slot at once. `load` is that on this target alone, `active`
    says whether it has any now. `timeout_s` is how long the target waits for the upstream,
    and `left_over` the number of its slots that are busy with requests of an earlier run.
    """

    name: str
    framework: str
    routes: tuple[str, ...]
    active: bool
    load: Load
    workers: int | None
    slots: int | None
    slots_known: bool
    timeout_s: float
    left_over: int = 0

    @property
    def route(self) -> str:
        """All of them in one word, for people."""
        return " + ".join(self.routes)

    @property
    def waits(self) -> bool:
        """Whether a route waits on the upstream."""
        return any(route in ROUTES for route in self.routes)

    @property
    def stays(self) -> bool:
        """Whether a route is held by its client."""
        return any(route in HELD_ROUTES for route in self.routes)

    @property
    def passes(self) -> bool:
        """Whether a route waits for nobody, so that its requests hold nothing."""
        return any(route not in ROUTES and route not in HELD_ROUTES for route in self.routes)

    @property
    def parts(self) -> int:
        """How many calls one request has at the upstream at once."""
        return next((ROUTES[route].parts for route in self.routes if route in ROUTES), 1)


def hold_s(asked: Asked, around: Around) -> float | None:
    """How long a request holds its slot on average.

    None where it waits for nobody, where nobody knows, and where several kinds of users
    share a target: theory has no number for a mix.
    """
    if len(asked.routes) > 1:
        return None
    [route] = asked.routes
    if route in kinds.HOLD_S:
        return kinds.HOLD_S[route]
    if not asked.waits or around.behaviour is None:
        return None
    return dialled.expected_hold_s(around.behaviour, parts=asked.parts, timeout_s=asked.timeout_s)


def longest_hold_s(asked: Asked, around: Around) -> float:
    """How long hardly any request holds its slot, of whichever kind it is."""
    longest_s = max((kinds.HOLD_S.get(route, 0.0) for route in asked.routes), default=0.0)
    if not asked.waits or around.behaviour is None:
        return longest_s
    waits_s = dialled.longest_hold_s(around.behaviour, parts=asked.parts, timeout_s=asked.timeout_s)
    return max(longest_s, waits_s)


def prediction(asked: Asked, around: Around, at_s: float) -> Prediction:
    """What theory says, for a time of day, of the load as it is now.

    Nothing while the slots are unknown, or for a target without load.
    """
    if not asked.active or not asked.slots_known:
        return Prediction()
    return predict(
        asked.load,
        slots=asked.slots,
        service_s=hold_s(asked, around),
        elapsed_s=at_s - (around.began_s or at_s),
    )


def close(history: History, end_s: int, asked: Asked, around: Around) -> None:
    """Read off a second that all have reported."""
    predicted = prediction(asked, around, end_s)
    history.close(
        end_s,
        parts=asked.parts,
        asks_upstream=asked.waits or not asked.stays,
        slots=asked.slots if asked.slots_known else None,
        predicted_rps=predicted.throughput_rps,
        predicted_s=predicted.response_s,
    )


def view(history: History, asked: Asked, around: Around) -> View:
    """The target as it is shown."""
    held_s = hold_s(asked, around) or 0.0
    width_s = _width_s(asked.load, held_s)
    at_s = history.seconds[-1].end_s if history.seconds else around.now_s
    silent_s = history.silent_s(around.now_s)
    return View(
        name=asked.name,
        framework=asked.framework,
        route=asked.route,
        active=asked.active,
        users=None if asked.load.is_scheduled else asked.load.users,
        workers=asked.workers,
        slots=asked.slots,
        slots_known=asked.slots_known,
        predicted=prediction(asked, around, at_s),
        limit=_limit(history, asked, around, held_s, silent_s, width_s),
        silent_s=silent_s,
        width_s=width_s,
        history=history,
    )


def _width_s(load: Load, held_s: float) -> float:
    """Two waves, or the time from burst to burst: then the average does not jump with them."""
    wanted_s = load.burst_every_s if load.kind == BURST else 2 * held_s
    return min(WIDE_S, max(NARROW_S, wanted_s))


def _limit(
    history: History,
    asked: Asked,
    around: Around,
    held_s: float,
    silent_s: float,
    width_s: float,
) -> Limit:
    last = history.seconds[-1] if history.seconds else None
    dialled_faults = 0.0
    if asked.waits and around.behaviour is not None:
        dialled_faults = dialled.fault_share(around.behaviour, parts=asked.parts)
    answered, failed, dropped = history.recent(RECENT_S)
    return limit(
        Observation(
            route=asked.route,
            active=asked.active and around.began_s is not None,
            waits=asked.waits,
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
            throughput_rps=(
                history.throughput_rps(last.end_s - width_s, width_s=width_s) if last else None
            ),
            response_s=last.p50_s if last else None,
            queue_growth_rps=history.queue_growth_rps(RECENT_S),
            dropped_rps=dropped / RECENT_S,
            failed_share=failed / answered if answered else 0.0,
            failure=history.fault,
            dialled_faults=dialled_faults,
            silent_s=silent_s,
            generator_cpu=around.generator_cpu,
            lost_load_workers=around.lost_load_workers,
            left_over=asked.left_over,
            upstream_silent_s=around.upstream_silent_s,
            upstream_late_ms=around.upstream_late_ms,
        )
    )
