"""Name what limits a target now, in one sentence.

The doubts of lab/live/live_doubts.py come first: under a frozen upstream or a busy load generator a
measurement says nothing about the target. Then come the limits; those that queueing theory knows
come before the others. Slots that dead calls hold come first, because they explain all that stands
below them; where no slot is missing, dead calls and dialled errors come last, because they limit
nothing. lab/live/held_slots.py says what streams and WebSockets do to a target, lab/live/faults.py
what the faults do that the dial asks for, and lab/live/full_stations.py names the stations behind
the slots.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from lab import theory
from lab.live import faults, full_stations, held_slots, live_doubts
from lab.live.live_doubts import Doubt
from lab.live.load import BURST
from lab.live.observation import Observation
from lab.rounded import count, rate, seconds

Kind = Literal[
    "idle",
    "replaced",
    Doubt,
    "dead",
    "held",
    "loop",
    "connections",
    "pool",
    "processor",
    "kept",
    "slots",
    "spread",
    "unknown",
    "service",
    "in-flight",
    "faults",
    "clear",
]

DOUBTS: frozenset[str] = frozenset(get_args(Doubt))
"""Kinds under which a measurement says nothing about the target."""

ON_THE_WAY_S = 0.05
"""Round trip to the upstream and back without the delay, in seconds, on a laptop that runs all."""
IN_TIME = 1.25
"""Median latency over hold time. Up to this limit most requests did not wait, so the service as a
whole is not slow."""
NOT_AT_UPSTREAM = 0.25
"""Share of the requests in flight that are not at the upstream. By Little's law the same share of
the latency is not the upstream's. Overhead alone stays below it where the delay is long enough to
matter."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What limits a target: `kind` for programs, `sentence` for people, without a full stop."""

    kind: Kind
    sentence: str


def limit(seen: Observation) -> Limit:
    """Return the limit of the first rule that applies; its kind is "clear" where none does."""
    for kind, rule in _RULES:
        if sentence := rule(seen):
            return Limit(kind, sentence)
    return Limit("clear", _clear(seen))


def _idle(seen: Observation) -> str:
    asked = seen.active and (seen.load.is_scheduled or seen.load.users > 0)
    return "" if asked or seen.in_flight or seen.left_over else "no load on it"


def _replaced(seen: Observation) -> str:
    # Neither silence nor waiting requests tell anything of a server that is not there yet. All
    # other doubts stay what they are.
    others = (rule for kind, rule in live_doubts.RULES.items() if kind != "silent")
    if not seen.is_replaced or any(rule(seen) for rule in others):
        return ""
    if seen.busy:
        return "its server has just been replaced: the last seconds are those of both"
    return f"its server is being replaced: {count(seen.in_flight)} in flight wait for the new one"


def _slots(seen: Observation) -> str:
    slots = held_slots.slots(seen)
    if slots is None or not held_slots.is_full(slots, seen):
        return ""
    waiting = f"{count(seen.queue)} waiting{full_stations.where_they_wait(seen)}"
    return f"{_taken(slots, seen)}, {waiting}{_what_follows(slots, seen)}"


def _taken(slots: int, seen: Observation) -> str:
    busy = seen.busy or 0
    if busy >= slots:
        return f"{held_slots.all_of(slots)} busy"
    there = f"{count(busy)} of {count(slots)} slots {_where(seen)}"
    if held_slots.is_at_capacity(slots, seen):
        return f"{there} at this moment, {held_slots.all_of(slots)} on average"
    others = "the other one" if slots - busy == 1 else f"the other {count(slots - busy)}"
    if full_stations.is_bouncer_full(seen):
        return f"{there}, {others} waiting for a connection of pgbouncer"
    return f"{there}, {others} busy with the service's own work or with requests from elsewhere"


def _what_follows(slots: int, seen: Observation) -> str:
    load, arrive_rps, leave_rps = seen.load, seen.load.rate_rps, seen.throughput_rps
    if not load.is_scheduled:
        return ": more users add only waiting"
    way = theory.slots_alone(slots, seen.hold_s)
    stable = theory.is_stable(rate_rps=arrive_rps, way=way)
    if load.kind == BURST:
        at_a_time = "one" if slots == 1 else count(slots)
        served = f"the burst is served {at_a_time} at a time"
        return f": {served}" if stable else ": bursts come faster than they can be served"
    if leave_rps is None:
        return ""
    flows = f"{rate(arrive_rps)} arrive, {rate(leave_rps)} leave"
    if seen.dropped_rps > 0:
        return f" and {rate(seen.dropped_rps)} dropped each second: {flows}"
    # The measured growth decides. The sentence shows the difference of its two rates instead, so
    # that it adds up.
    if (seen.queue_growth_rps or 0.0) > 0 and not stable and arrive_rps > leave_rps:
        return f" and {rate(arrive_rps - leave_rps)} more each second: {flows}"
    return f": {flows} each second"


def _spread(seen: Observation) -> str:
    # Requests wait in one worker while another has free slots.
    slots = held_slots.slots(seen)
    if slots is None or seen.busy is None or seen.workers == 1:
        return ""
    one_is_full = seen.workers is None or seen.busy * seen.workers >= slots
    on_the_way = max(1.0, (seen.throughput_rps or 0.0) * ON_THE_WAY_S)
    in_time = seen.response_s is None or seen.response_s <= IN_TIME * seen.hold_s
    if seen.queue <= on_the_way or not (one_is_full and in_time):
        return ""
    return (
        f"{count(seen.queue)} waiting although {count(seen.busy)} of {count(slots)} slots "
        f"are busy: connections are spread unevenly over the workers"
    )


def _unknown(seen: Observation) -> str:
    if not (seen.waits or seen.stays) or not seen.in_flight:
        return ""
    if seen.busy is None:
        return f"{count(seen.in_flight)} in flight: how many are {_where(seen)} is not known"
    if seen.slots_known or not _many_elsewhere(seen):
        return ""
    return f"{_elsewhere(seen)}: how many slots there are is not known"


def _service(seen: Observation) -> str:
    # Slots are free or unlimited, yet few of the requests have reached the upstream.
    if not (seen.waits or seen.stays) or not _many_elsewhere(seen):
        return ""
    slots = "no slot limit" if seen.slots is None else "slots are free"
    return f"{slots}, but {_elsewhere(seen)}: the service itself is the limit"


def _in_flight(seen: Observation) -> str:
    # The load drops requests at its own limit, `max_in_flight`.
    if seen.dropped_rps <= 0:
        return ""
    return (
        f"{count(seen.in_flight)} in flight, the load's own maximum: "
        f"{rate(seen.dropped_rps)} dropped each second"
    )


def _clear(seen: Observation) -> str:
    answered = "" if seen.response_s is None else f", answered in {seconds(seen.response_s)}"
    if not seen.waits and not seen.stays:
        what = "only short queries" if seen.asks_database else "nothing to wait for"
        return f"{what} on {_paths(seen)}: {count(seen.in_flight)} in flight{answered}"
    found = "no slot limit" if seen.slots_known and seen.slots is None else "not limited"
    if not seen.in_flight:
        return f"{found}: nothing in flight just now"
    if seen.stays:
        return f"{found}: {held_slots.clear(seen)}"
    busy = min(seen.busy or 0, seen.in_flight)  # two counters, read at different moments
    verb = "is" if seen.in_flight == 1 else "are"
    of_them = f"{count(busy)} of {count(seen.in_flight)} in flight {verb}"
    return f"{found}: {of_them} waiting on {seen.awaited}{answered}"


def _many_elsewhere(seen: Observation) -> bool:
    # Nothing counts requests that do not wait, so with such a route the queue proves nothing.
    return not seen.passes and seen.queue > max(1.0, NOT_AT_UPSTREAM * seen.in_flight)


def _elsewhere(seen: Observation) -> str:
    return f"{count(seen.queue)} of {count(seen.in_flight)} in flight are not {_where(seen)}"


def _where(seen: Observation) -> str:
    return "being served" if seen.stays else f"at {seen.awaited}"


def _paths(seen: Observation) -> str:
    return " and ".join(f"/{route}" for route in seen.route.split(" + "))


_RULES: tuple[tuple[Kind, Callable[[Observation], str]], ...] = (
    ("idle", _idle),
    ("replaced", _replaced),
    *live_doubts.RULES.items(),
    ("dead", faults.dead_slots),
    ("held", held_slots.held),
    ("loop", full_stations.loop),
    ("connections", full_stations.no_more),
    ("pool", full_stations.pool),
    ("processor", full_stations.processor),
    ("kept", full_stations.kept),
    # The workers' own counts, before what the slots of all of them together suggest.
    ("spread", full_stations.uneven),
    ("slots", _slots),
    ("spread", _spread),
    ("unknown", _unknown),
    ("service", _service),
    ("in-flight", _in_flight),
    ("dead", faults.dead_without_slots),
    ("faults", faults.dialled),
)
