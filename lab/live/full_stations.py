"""Sentences of stations that the slots do not tell of: pools, database, event loop, processor.

Each needs a target's supervisor. A sentence names the station, what stands in front of it, and what
would help. Workers are numbered from 1 in the order of their PIDs, as the lanes are.
"""

from lab.live.held_slots import FULL, MATTERS, all_of
from lab.live.observation import Observation
from lab.live.stations import (
    ACCEPT,
    DATABASE_POOL,
    POOL,
    PROCESSOR,
    WORKER,
    StationNow,
    full,
    named,
)
from lab.rounded import count, counted, seconds, span

BLOCKED_S = 0.5
"""Lag of an event loop, in seconds, from which something in it waits without awaiting. A loop that
only computes gives its sign of life between two requests."""
IN_ACCEPT_QUEUE = 0.9
"""Share of those who wait. From it on the sentence says that they wait in the accept queue."""

AT_WORK = 0.5
"""Share of the lent connections. With fewer at work in the database, it is not the database that
keeps the others from being given back."""


def pool(seen: Observation) -> str:
    """Sentence where all connections of a pool are busy and others wait for one; else ""."""
    return _bouncer(seen) or _database_pool(seen) or _client_pool(seen)


def _bouncer(seen: Observation) -> str:
    lent = named(seen.stations, DATABASE_POOL)
    if lent is None or not is_bouncer_full(seen):
        return ""
    waiting = round(lent.busy or 0) + (lent.waiting or 0) - seen.own.busy
    if waiting <= 0:
        return ""
    busy = all_of(seen.bouncer_pool, "connection")
    return f"{busy} of pgbouncer busy, {_queries(waiting)} waiting: all workers share them"


def is_bouncer_full(seen: Observation) -> bool:
    """Return whether the database is at work on all connections that pgbouncer lends."""
    busy = seen.database.busy if seen.database else 0
    return seen.asks_database and 0 < seen.bouncer_pool <= busy


def _client_pool(seen: Observation) -> str:
    station = named(seen.stations, POOL)
    if station is None or station.slots is None or not station.is_full or not station.waiting:
        return ""
    calls = counted(station.waiting, "call")
    return (
        f"all {count(station.slots)} connections of the client's pool busy, {calls} waiting: "
        "a larger pool would take them"
    )


def _database_pool(seen: Observation) -> str:
    slots, waiting = _waiting_for_connection(seen)
    if not waiting or _kept(seen):
        return ""
    return f"{_lent(slots)} busy, {_queries(waiting)} waiting: a larger pool would take them"


def no_more(seen: Observation) -> str:
    """Sentence where queries wait while the database has no connection left; else ""."""
    station = named(seen.stations, DATABASE_POOL)
    there = seen.database
    if station is None or not station.waiting or there is None or not there.is_full:
        return ""
    own = seen.own.connections
    its = f", {count(own)} here" if own < there.connections else ""
    return (
        f"{all_of(there.max_connections, 'connection')} of PostgreSQL in use{its}, "
        f"{_queries(station.waiting)} waiting: a larger pool gets none"
    )


def kept(seen: Observation) -> str:
    """Sentence where requests keep connections that others wait for, without a query; else ""."""
    slots, waiting = _waiting_for_connection(seen)
    what = _kept(seen)
    if not waiting or not what:
        return ""
    return f"{_lent(slots)} lent, {what}, {count(waiting)} waiting: kept between queries"


def _waiting_for_connection(seen: Observation) -> tuple[int, int]:
    """Connections of all pools, and the queries that wait for one; 0 unless all are lent."""
    station = named(seen.stations, DATABASE_POOL)
    if station is None or station.slots is None or not station.is_full:
        return 0, 0
    return station.slots, station.waiting or 0


def _kept(seen: Observation) -> str:
    """What the lent connections do in place of a query: "12 idle in transaction"."""
    lent = named(seen.stations, DATABASE_POOL)
    if lent is None or not lent.busy or seen.database is None:
        return ""
    if seen.own.idle_in_transaction > MATTERS * lent.busy:
        return f"{count(seen.own.idle_in_transaction)} idle in transaction"
    return "" if seen.own.busy >= AT_WORK * lent.busy else f"{count(seen.own.busy)} with a query"


def _lent(slots: int) -> str:
    return all_of(slots, "database connection")


def _queries(waiting: int) -> str:
    return f"{count(waiting)} {'query' if waiting == 1 else 'queries'}"


def uneven(seen: Observation) -> str:
    """Sentence where requests wait in a worker that is full while another has free slots; else "".

    A connection stays with the worker that has accepted it, and its requests with it.
    """
    stations = (named(seen.stations, name) for name in (DATABASE_POOL, POOL, WORKER))
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
    """Sentence where the processor is the innermost full station; else "".

    A pool whose connections are kept between queries may be full because of the processor.
    """
    others = (each for each in seen.stations if each.name != DATABASE_POOL)
    station = full([*others] if _kept(seen) else seen.stations)
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
