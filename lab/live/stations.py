"""The stations of a request's way now: what is busy at each, and what waits in front of it.

    load -> accept queue -> worker -> processor -> client pool -> upstream
                                                -> database pool -> database

Each number is the station's own count: the load's, the kernel's, the workers', the upstream's and
the database's. A way ends where the requests of its route do, or at both for a mix of routes.
The requests that the load has in flight are those that stand at one of the stations, but for what
is on the wire.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lab.live.counters import Counters, Inside, Usage, lasting

LOAD, ACCEPT, WORKER, PROCESSOR, POOL, UPSTREAM = STATIONS = (
    "load",
    "accept queue",
    "worker",
    "processor",
    "client pool",
    "upstream",
)
DATABASE_POOL, DATABASE = "database pool", "database"
FULL_CORES = 0.9
"""Share of its cores from which a target's processor counts as full: the rest is the kernel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNow:
    """A station at one moment.

    `busy` is what it holds, in requests or in cores; None is not known. `slots` are how many it can
    hold, None for no limit. `waiting` stands in front of it, None where that is not known. `held_s`
    is for how many seconds a request held the processor lately. `lag_s` is by how many seconds the
    event loop of a worker was late, at most. `slots_are` names its slots for people. `of_workers`
    is the same station in each worker, in the order of their PIDs.
    """

    name: str
    busy: float | None
    slots: int | None = None
    waiting: int | None = None
    held_s: float | None = None
    lag_s: float | None = None
    slots_are: str = "slots"
    of_workers: Sequence["StationNow"] = ()

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits in."""
        if self.slots is None or self.busy is None:
            return False
        least = FULL_CORES * self.slots if self.name == PROCESSOR else self.slots
        return self.busy >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDatabase:
    """What a target has at the database, for a route that asks it.

    `busy` connections have a query by the database's own count, None where it tells nothing. `pool`
    is the limit of the target's pools over all workers, None for no limit, and `most` that of the
    server for all its clients, or of pgbouncer before it.
    """

    busy: int | None
    pool: int | None
    most: int | None


def way(
    *,
    slots: int | None,
    max_in_flight: int | None,
    in_flight: int,
    at_upstream: int | None,
    now: Counters | None,
    earlier: Counters | None,
    used: Usage,
    cores: int,
    pool: int | None,
    asks_upstream: bool = True,
    database: AtDatabase | None = None,
) -> list[StationNow]:
    """Return the stations, the outermost first.

    `slots` are the target's for the route, `max_in_flight` the load's own limit, `cores` those that
    the target may use, `pool` the limit of its client's pool over all workers; None for no limit.
    `database` is None for a route that does not ask it. Without a supervisor's `now` the stations
    inside of the target are not known.
    """
    pools: list[int | None] = []
    behind: list[StationNow] = []
    if asks_upstream:
        pools.append(pool)
        behind.append(_in_each(POOL, _pool, pool, now, earlier))
        behind.append(StationNow(name=UPSTREAM, busy=at_upstream))
    if database is not None:
        pools += [database.pool, database.most]
        behind.append(_in_each(DATABASE_POOL, _database_pool, database.pool, now, earlier))
        behind.append(StationNow(name=DATABASE, busy=database.busy, slots=database.most))
    load = StationNow(name=LOAD, busy=in_flight, slots=max_in_flight)
    if now is None:
        inside = [StationNow(name=each, busy=None) for each in (ACCEPT, WORKER, PROCESSOR)]
        return [load, *inside, *behind]
    used_of = min(cores, len(now.workers)) or None
    # Where the pool is what limits the slots, the workers themselves have more.
    threads = None if slots in pools else slots
    return [
        load,
        StationNow(name=ACCEPT, busy=now.accept_queue),
        _in_each(WORKER, _worker, threads, now, earlier),
        StationNow(name=PROCESSOR, busy=used.cores_busy, slots=used_of, held_s=used.processor_s),
        *behind,
    ]


def named(stations: Sequence[StationNow], name: str) -> StationNow | None:
    """Return the station of this name; None where it is not there."""
    return next((each for each in stations if each.name == name), None)


def full(stations: Sequence[StationNow]) -> StationNow | None:
    """Return the innermost full station: the outer ones are full because of it."""
    return next((each for each in reversed(stations) if each.is_full and each.name != LOAD), None)


def _in_each(
    name: str,
    station: Callable[[int | None, Inside], StationNow],
    slots: int | None,
    now: Counters | None,
    earlier: Counters | None,
) -> StationNow:
    if now is None:
        return StationNow(name=name, busy=None)
    # The slots of all workers together are the same number for each.
    each = None if slots is None else slots // max(1, len(now.workers))
    of_workers = [station(each, worker) for worker in lasting(earlier or now, now)]
    return replace(station(slots, now.together), of_workers=of_workers)


def _worker(slots: int | None, inside: Inside) -> StationNow:
    # Where threads are the slots, a request in service may still wait for one.
    busy = inside.in_service
    if slots is not None and inside.threads_busy:
        busy = inside.threads_busy
    return StationNow(
        name=WORKER,
        busy=busy,
        slots=slots,
        waiting=inside.threads_waiting or 0,
        lag_s=inside.lag_s,
        slots_are="threads" if inside.threads_busy is None else "pool tokens",
    )


def _pool(slots: int | None, inside: Inside) -> StationNow:
    return StationNow(
        name=POOL,
        busy=inside.pool_busy,
        slots=slots,
        waiting=inside.pool_waiting,
        slots_are="client connections",
    )


def _database_pool(slots: int | None, inside: Inside) -> StationNow:
    return StationNow(
        name=DATABASE_POOL,
        busy=inside.database_busy,
        slots=slots,
        waiting=inside.database_waiting,
        slots_are="database connections",
    )
