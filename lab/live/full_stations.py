"""Sentences of stations that the slots do not tell of: client pool, event loop, processor.

Each needs a target's supervisor. A sentence names the station, what stands in front of it, and what
would help. Workers are numbered from 1 in the order of their PIDs, as the lanes are.
"""

from lab.live.held_slots import FULL
from lab.live.observation import Observation
from lab.live.stations import ACCEPT, POOL, PROCESSOR, WORKER, StationNow, full, named
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


def uneven(seen: Observation) -> str:
    """Sentence where requests wait in a worker that is full while another has free slots; else "".

    A connection stays with the worker that has accepted it, and its requests with it.
    """
    stations = (named(seen.stations, name) for name in (POOL, WORKER))
    return next((said for each in stations if each and (said := _uneven(each))), "")


def _uneven(station: StationNow) -> str:
    workers = station.of_workers
    waiting = [(each.waiting or 0) if each.is_full else 0 for each in workers]
    busy = sum(each.busy or 0 for each in workers)
    if not any(waiting) or busy >= FULL * (station.slots or 0):
        return ""
    free = [(each.slots or 0) - (each.busy or 0) for each in workers]
    full_one, free_one = waiting.index(max(waiting)), free.index(max(free))
    slots = count(workers[full_one].slots or 0)
    return (
        f"{slots} of {slots} {station.slots_are} are busy in worker {full_one + 1}, "
        f"{count(max(waiting))} waiting, while worker {free_one + 1} has {count(max(free))} free"
    )


def loop(seen: Observation) -> str:
    """Sentence where an event loop gives no sign of life; else ""."""
    station = named(seen.stations, WORKER)
    if station is None or not seen.in_flight or (station.lag_s or 0.0) < BLOCKED_S:
        return ""
    blocked = f"{_whose_loop(station)} was blocked for {seconds(station.lag_s or 0.0)}"
    return f"{blocked}: something in it waits without awaiting"


def _whose_loop(station: StationNow) -> str:
    lags = [each.lag_s or 0.0 for each in station.of_workers]
    if len(lags) < 2:
        return "the event loop"
    return f"worker {lags.index(max(lags)) + 1}'s event loop"


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
