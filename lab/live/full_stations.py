"""Sentences of stations that the slots do not tell of: client pool, event loop, processor.

Each needs a target's supervisor. A sentence names the station, what stands in front of it, and what
would help.
"""

from lab.live.observation import Observation
from lab.live.stations import ACCEPT, POOL, PROCESSOR, WORKER, full, named
from lab.rounded import count, counted, seconds, span

BLOCKED_S = 0.5
"""Lag of an event loop, in seconds, from which something in it waits without awaiting. A loop that
only computes gives its sign of life between two requests."""
IN_ACCEPT_QUEUE = 0.9
"""Share of those who wait. From it on the sentence says that they wait in the accept queue."""


def pool(seen: Observation) -> str:
    """Sentence where all connections of the client's pool are busy and calls wait; else ""."""
    station = named(seen.stations, POOL)
    if station is None or station.slots is None or not station.is_full or not station.waiting:
        return ""
    calls = counted(station.waiting, "call")
    return (
        f"all {count(station.slots)} connections of the client's pool busy, {calls} waiting: "
        "a larger pool would take them"
    )


def loop(seen: Observation) -> str:
    """Sentence where an event loop gives no sign of life; else ""."""
    station = named(seen.stations, WORKER)
    if station is None or not seen.in_flight or (station.lag_s or 0.0) < BLOCKED_S:
        return ""
    return (
        f"the event loop was blocked for {seconds(station.lag_s or 0.0)}: something in it waits "
        "without awaiting"
    )


def processor(seen: Observation) -> str:
    """Sentence where the processor is the innermost full station; else ""."""
    station = full(seen.stations)
    if station is None or station.name != PROCESSOR or not seen.in_flight:
        return ""
    cores = (
        "its core is full"
        if station.slots == 1
        else f"its {count(station.slots or 0)} cores are full"
    )
    each = "" if station.held_s is None else f" at {span(station.held_s)} a request"
    more = "more workers on more cores do" if station.slots == 1 else "more cores do"
    return f"{cores}{each}: more async does not help, {more}"


def where_they_wait(seen: Observation) -> str:
    """Return " in the accept queue" where those who wait for a slot do so there; else ""."""
    station = named(seen.stations, ACCEPT)
    if station is None or station.busy is None or station.busy < IN_ACCEPT_QUEUE * seen.queue:
        return ""
    return " in the accept queue"
