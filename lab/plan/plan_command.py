"""`make plan`: print the size of each server shape for a rate, and its first limit.

It uses arithmetic and earlier measurements of this machine, and sends nothing. The exit code is
always 0.
"""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from lab import theory, upstream_wait
from lab.environment import ROOT
from lab.experiments.behaviour import UNCHANGED
from lab.plan import connections, database_lines, erlang, measured
from lab.plan.breaking import BreakingPoint, Machine, good_for_rps, limits, processor
from lab.plan.connections import Pools
from lab.plan.measured import Memory, Source
from lab.plan.shapes import SHAPES, Demand, ServerShape, Sizing, size
from lab.rounded import byte_size, digits, percent, span
from lab.running import machine_facts as this_machine
from lab.running.run_screen import aligned
from lab.terminal import wrapped

RESULTS = ROOT / "results"
CPU_AT_MOST = 0.7
"""Planned share of a core. Above it requests queue for the processor, too."""
MAX_CONNECTIONS = 100
"""Connections that a PostgreSQL allows whose settings nobody has changed."""
NOTHING = "-"
NO_SLOTS = "any"
HEADER = (
    "server shape",
    "workers",
    "each",
    "slots",
    "pool",
    "processor",
    "memory",
    "good for",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Measured numbers; a shape or kind without a measurement is missing.

    `memory` is by name of the shape; `requests_per_cpu_s` by framework, worker class and route.
    """

    memory: Mapping[str, Memory]
    requests_per_cpu_s: Mapping[tuple[str, str, str], float]


def command(
    rate_rps: float,
    delay_s: float,
    *,
    parts: int = 1,
    slow_tail: float = 0.0,
    query_s: float = 0.0,
    max_connections: int = MAX_CONNECTIONS,
    slots_per_worker: int | None = None,
    results: Path = RESULTS,
) -> int:
    """Print the plan for `rate_rps` requests per second that each wait `delay_s` seconds.

    `query_s` of these seconds are for the database, which allows `max_connections`; 0 means that
    there is none. `parts` concurrent parts share the rest of the delay. `slow_tail` is the sigma of
    a lognormal distribution of that rest; `delay_s` is then the median of the whole. 0 means a
    fixed delay. `slots_per_worker` replaces each shape's own number of slots per worker. Returns
    the exit code.
    """
    demand = demanded(rate_rps, delay_s, parts=parts, slow_tail=slow_tail, query_s=query_s)
    memory_of = measured.newest(results, measured.MEMORY)
    cpu_of = [measured.newest(results, each) for each in (measured.RAW, measured.EQUAL_SLOTS)]
    known = Known(
        memory={
            shape.name: found
            for shape in SHAPES
            if memory_of and (found := measured.memory(memory_of, shape)) is not None
        },
        # A request that waits for the upstream costs more CPU than an immediate answer. So the
        # second source wins where both have the same kind.
        requests_per_cpu_s={
            kind: each
            for source in cpu_of
            if source
            for kind, each in measured.requests_per_cpu_s(source).items()
        },
    )
    there = machine()
    sizings = [sized(shape, demand, known, there, slots_per_worker) for shape in SHAPES]
    pools_of = {each.shape.name: connections.pools(each, demand) for each in sizings}
    _tell(_demand_in_words(demand, delay_s, slow_tail))
    print()
    table = [HEADER, *(_line(each, demand, known, there) for each in sizings)]
    print("\n".join(aligned(table)))
    print()
    if pools := [each for each in pools_of.values() if each]:
        print("\n".join(database_lines.lines(pools, demand, max_connections)))
        print()
    print("Breaks first, as the rate grows and slots and workers with it:")
    for each in sizings:
        print(_named(each, _first(each, demand, known, there, max_connections)))
    print()
    print("Settings, for `make run SET=...` or .env.local:")
    for each in sizings:
        print(_named(each, _settings(each, pools_of[each.shape.name])))
    print()
    _tell(_sources(memory_of, cpu_of, there))
    return 0


def demanded(
    rate_rps: float,
    delay_s: float,
    *,
    parts: int = 1,
    slow_tail: float = 0.0,
    query_s: float = 0.0,
) -> Demand:
    """Return the demand, with the mean times in seconds of a request and of one of its calls.

    Arguments as for `command`.
    """
    rest_s = delay_s - query_s
    if not (slow_tail and rest_s):
        part_s = theory.split_s(service_s=rest_s, parts=parts)
        return Demand(
            rate_rps=rate_rps, hold_s=part_s + query_s, parts=parts, call_s=part_s, query_s=query_s
        )
    dial = {
        **UNCHANGED,
        "distribution": "lognormal",
        "delay_ms": rest_s * 1000,
        "sigma": slow_tail,
    }
    # A request waits for its slowest part, so it holds its slot longer than one call takes.
    hold_s, whole_s = (
        upstream_wait.expected_hold_s(dial, parts=each, timeout_s=upstream_wait.LONGEST_DRAW_S)
        for each in (parts, 1)
    )
    return Demand(
        rate_rps=rate_rps,
        hold_s=hold_s + query_s,
        parts=parts,
        call_s=whole_s / parts,
        query_s=query_s,
    )


def machine() -> Machine:
    """Return the resources of this machine.

    `open_files` is the soft limit: servers run with it, even if they could raise it.
    """
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(
        cores=this_machine.cores(),
        memory_bytes=this_machine.facts()["memory_bytes"],
        open_files=None if open_files == resource.RLIM_INFINITY else open_files,
        local_ports=this_machine.limits()["local_ports"],
    )


def sized(
    shape: ServerShape, demand: Demand, known: Known, there: Machine, each: int | None = None
) -> Sizing:
    """Size a shape for its slots, and for processor time with at most one worker per core.

    `each` replaces the shape's own number of slots per worker.
    """
    per_cpu_s = _requests_per_cpu_s(shape, known)
    needed = ceil(demand.rate_rps / (CPU_AT_MOST * per_cpu_s)) if per_cpu_s else 1
    return size(shape, demand, each=each, workers_for_cpu=min(needed, there.cores))


def memory_bytes(sizing: Sizing, demand: Demand, known: Known) -> float | None:
    """Memory in bytes with every planned slot in use; None where it was not measured."""
    memory = known.memory.get(sizing.shape.name)
    if memory is None:
        return None
    in_use = sizing.slots if sizing.slots is not None else erlang.slots_for(demand.busy)
    return memory.of(sizing.workers, in_use)


def nearest_limit(
    sizing: Sizing, demand: Demand, known: Known, there: Machine, max_connections: int
) -> BreakingPoint | None:
    """Return the limit with the lowest rate; None where no limit is known.

    The limits are those of this machine, and the `max_connections` of the database if the demand
    has queries.
    """
    found = limits(
        sizing,
        demand,
        there,
        requests_per_cpu_s=_requests_per_cpu_s(sizing.shape, known),
        memory_bytes=memory_bytes(sizing, demand, known),
        pools=connections.pools(sizing, demand),
        max_connections=max_connections,
    )
    return found[0] if found else None


def _requests_per_cpu_s(shape: ServerShape, known: Known) -> float | None:
    # A measurement of the same route, else of a route that answers without a wait.
    # FastAPI's /json is async def and takes no thread; its /cpu does.
    at_once = "cpu" if (shape.framework, shape.route) == ("fastapi", "io") else "json"
    for route in (shape.route, at_once):
        found = known.requests_per_cpu_s.get((shape.framework, shape.worker_class, route))
        if found is not None:
            return found
    return None


def _line(sizing: Sizing, demand: Demand, known: Known, there: Machine) -> tuple[str, ...]:
    memory = memory_bytes(sizing, demand, known)
    good_for = good_for_rps(sizing, demand)
    return (
        sizing.shape.name,
        f"{sizing.workers:,}",
        NO_SLOTS if sizing.each is None else f"{sizing.each:,}",
        NO_SLOTS if sizing.slots is None else f"{sizing.slots:,}",
        f"{sizing.pool:,}",
        _processor(sizing, demand, known, there),
        NOTHING if memory is None else byte_size(memory),
        NOTHING if good_for is None else f"{digits(good_for)}/s",
    )


def _processor(sizing: Sizing, demand: Demand, known: Known, there: Machine) -> str:
    per_cpu_s = _requests_per_cpu_s(sizing.shape, known)
    if per_cpu_s is None:
        return NOTHING
    share = demand.rate_rps / processor(per_cpu_s, there).capacity_rps
    return percent(share) if share < 1 else "full"


def _named(sizing: Sizing, text: str) -> str:
    name = f"  {sizing.shape.name:<20} "
    return "\n".join(wrapped(name + text, indent=" " * len(name)))


def _settings(sizing: Sizing, pools: Pools | None) -> str:
    return sizing.settings() + (f" DB_POOL={pools.each}" if pools else "")


def _first(
    sizing: Sizing, demand: Demand, known: Known, there: Machine, max_connections: int
) -> str:
    # A question mark shows that the limit of the processor is unknown.
    cpu_is_known = _requests_per_cpu_s(sizing.shape, known) is not None
    limit = nearest_limit(sizing, demand, known, there, max_connections)
    if limit is None:
        return NOTHING if cpu_is_known else "processor?"
    told = f"{limit.name} at {digits(limit.rate_rps)}/s"
    if limit.rate_rps < demand.rate_rps:
        return f"{told}, too early"
    return told if cpu_is_known else f"processor? else {told}"


def _demand_in_words(demand: Demand, delay_s: float, slow_tail: float) -> list[str]:
    waits = f"each waits {span(delay_s)}"
    if slow_tail:
        waits = f"half of them wait more than {span(delay_s)}, on a tail of sigma {slow_tail:g}"
    if demand.query_s:
        is_all = demand.query_s == delay_s
        waits += f", {'all' if is_all else span(demand.query_s)} of it for the database"
    if demand.parts > 1:
        rest = "the rest " if demand.query_s else ""
        waits += f", {rest}in {demand.parts} concurrent parts"
    rate = digits(demand.rate_rps)
    return [
        f"{rate} requests per second, {waits}.",
        f"Little's law: {rate} x {span(demand.hold_s)} = {digits(demand.busy)} slots busy on "
        f"average, and {digits(demand.calls)} calls at the upstream.",
        f"Headroom: of {erlang.slots_for(demand.busy):,} slots in front of one queue, 1 request in "
        "100 finds none free when arrivals are random (Erlang C). Workers that keep whatever they "
        "accepted (uvicorn's) take more, because one may be full while another is not.",
    ]


def _tell(sentences: Sequence[str]) -> None:
    for each in sentences:
        print("\n".join(wrapped(each)))


def _sources(
    memory_of: Source | None, cpu_of: Sequence[Source | None], there: Machine
) -> list[str]:
    files = "any number of" if there.open_files is None else f"{there.open_files:,}"
    ports = "any number of" if there.local_ports is None else f"{there.local_ports:,}"
    memory = "unknown" if there.memory_bytes is None else byte_size(there.memory_bytes)
    return [
        "A request passes stations: a worker slot, the processor, a connection of the client's "
        "pool. Each: slots of one worker. Pool: connections to the upstream that a worker's client "
        "must be allowed (CLIENT_CONNECTIONS; 0 sets no limit). Processor: how much of the "
        "machine's cores the rate keeps busy.",
        "Good for: the rate at which more than 1 request in 100 begins to wait for a slot.",
        f"This machine: {there.cores} cores, {memory} of memory, {files} open files for a "
        f"process, {ports} local ports.",
        f"Memory with all slots in use: from {memory_of}."
        if memory_of
        else "Memory: never measured here. `make run EXP=11` does, then ask again.",
        _cpu_source(cpu_of),
    ]


def _cpu_source(cpu_of: Sequence[Source | None]) -> str:
    raw, waiting = cpu_of
    if waiting:
        also = f", and where that has none from {raw}" if raw else ""
        return f"Processor time of the server alone: from {waiting}{also}."
    if raw:
        return (
            f"Processor time of the server alone: from {raw}, of requests that wait for nobody, so "
            "it breaks earlier than that. `make run EXP=08` measures those that wait."
        )
    return (
        "Processor time: never measured here, and it may break first. `make run EXP=08` does, and "
        "EXP=12."
    )
