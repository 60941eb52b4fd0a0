"""The stations of a request's way now: what is busy at each, and what waits in front of it.

    load -> accept queue -> worker -> processor -> client pool -> upstream

Each number is the station's own count: the load's, the kernel's, the workers' and the upstream's.
The requests that the load has in flight are those that stand at one of the stations, but for what
is on the wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.live.counters import Counters, cores_busy, processor_s

LOAD, ACCEPT, WORKER, PROCESSOR, POOL, UPSTREAM = STATIONS = (
    "load",
    "accept queue",
    "worker",
    "processor",
    "client pool",
    "upstream",
)
FULL_CORES = 0.9
"""Share of its cores from which a target's processor counts as full: the rest is the kernel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNow:
    """A station at one moment.

    `busy` is what it holds, in requests or in cores; None is not known. `slots` are how many it can
    hold, None for no limit. `waiting` stands in front of it, None where that is not known. `held_s`
    is for how many seconds the processor is held by a request, measured now. `lag_s` is by how
    many seconds the event loop of a worker was late, at most.
    """

    name: str
    busy: float | None
    slots: int | None = None
    waiting: int | None = None
    held_s: float | None = None
    lag_s: float | None = None

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits in."""
        if self.slots is None or self.busy is None:
            return False
        least = FULL_CORES * self.slots if self.name == PROCESSOR else self.slots
        return self.busy >= least


def way(
    *,
    slots: int | None,
    max_in_flight: int | None,
    in_flight: int,
    at_upstream: int | None,
    now: Counters | None,
    earlier: Counters | None,
    cores: int,
    pool: int | None,
) -> list[StationNow]:
    """Return the stations, the outermost first.

    `slots` are the target's for the route, `max_in_flight` the load's own limit, `cores` those that
    the target may use, `pool` the limit of its client's pool over all workers; None for no limit.
    Without a supervisor's `now` the stations inside of the target are not known.
    """
    upstream = StationNow(name=UPSTREAM, busy=at_upstream)
    load = StationNow(name=LOAD, busy=in_flight, slots=max_in_flight)
    if now is None:
        inside = [StationNow(name=each, busy=None) for each in STATIONS[1:-1]]
        return [load, *inside, upstream]
    used = None if earlier is None else cores_busy(earlier, now)
    held_s = None if earlier is None else processor_s(earlier, now)
    used_of = min(cores, now.workers) or None
    return [
        load,
        StationNow(name=ACCEPT, busy=now.accept_queue),
        # Where the pool is what limits the slots, the workers themselves have more.
        _worker(None if slots == pool else slots, now),
        StationNow(name=PROCESSOR, busy=used, slots=used_of, held_s=held_s),
        StationNow(name=POOL, busy=now.pool_busy, slots=pool, waiting=now.pool_waiting),
        upstream,
    ]


def named(stations: Sequence[StationNow], name: str) -> StationNow | None:
    """Return the station of this name; None where it is not there."""
    return next((each for each in stations if each.name == name), None)


def full(stations: Sequence[StationNow]) -> StationNow | None:
    """Return the innermost full station: the outer ones are full because of it."""
    return next((each for each in reversed(stations) if each.is_full and each.name != LOAD), None)


def _worker(slots: int | None, now: Counters) -> StationNow:
    # Where threads are the slots, a request in service may still wait for one.
    waiting = now.threads_waiting or 0
    busy = now.in_service
    if slots is not None and now.threads_busy:
        busy = now.threads_busy
    return StationNow(name=WORKER, busy=busy, slots=slots, waiting=waiting, lag_s=now.lag_s)
