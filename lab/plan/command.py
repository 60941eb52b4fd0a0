"""`make plan`: how large each server shape must be for a rate, and what breaks first.

Arithmetic, and what was measured on this machine; nothing is sent. Always exit code 0.
"""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from lab import dialled, theory
from lab.environment import ROOT
from lab.experiments import machine as this_machine
from lab.experiments.behaviour import UNCHANGED
from lab.experiments.screen import aligned
from lab.plan import erlang, measured
from lab.plan.breaking import Limit, Machine, good_for_rps, limits
from lab.plan.measured import Memory, Source
from lab.plan.shapes import SHAPES, Demand, ServerShape, Sizing, size
from lab.terminal import wrapped
from lab.verdicts.words import digits, said

RESULTS = ROOT / "results"
CPU_AT_MOST = 0.7
"""Of a core: beyond that requests wait for the processor, by queueing once more."""
NOTHING = "-"
NO_SLOTS = "any"
HEADER = (
    "server shape",
    "workers",
    "each",
    "slots",
    "pool",
    "memory",
    "good for",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was measured, as far as it was."""

    memory: Mapping[str, Memory]
    requests_per_cpu_s: Mapping[tuple[str, str, str], float]


def command(
    rate_rps: float,
    delay_s: float,
    *,
    parts: int = 1,
    slow_tail: float = 0.0,
    slots_per_worker: int | None = None,
    results: Path = RESULTS,
) -> int:
    """Print the plan for `rate_rps` requests per second that each wait `delay_s` seconds.

    In `parts` concurrent parts each waits that much shorter. With a `slow_tail`, the sigma of a
    lognormal distribution, `delay_s` is only the median. `slots_per_worker` replaces the slots
    that a worker of each shape has.
    """
    demand = demanded(rate_rps, delay_s, parts=parts, slow_tail=slow_tail)
    memory_of = measured.newest(results, measured.MEMORY)
    cpu_of = [measured.newest(results, each) for each in (measured.RAW, measured.EQUAL_SLOTS)]
    known = Known(
        memory={
            shape.name: found
            for shape in SHAPES
            if memory_of and (found := measured.memory(memory_of, shape)) is not None
        },
        # What waits for the upstream costs more than an answer at once: it wins where both are.
        requests_per_cpu_s={
            kind: each
            for source in cpu_of
            if source
            for kind, each in measured.requests_per_cpu_s(source).items()
        },
    )
    there = machine()
    sizings = [sized(shape, demand, known, there, slots_per_worker) for shape in SHAPES]
    _tell(_demand_in_words(demand, delay_s, slow_tail))
    print()
    table = [HEADER, *(_line(each, demand, known) for each in sizings)]
    print("\n".join(aligned(table)))
    print()
    print("Breaks first, as the rate grows and slots and workers with it:")
    for each in sizings:
        print(_named(each, _first(each, demand, known, there)))
    print()
    print("Settings, for `make run SET=...` or .env.local:")
    for each in sizings:
        print(_named(each, each.settings()))
    print()
    _tell(_sources(memory_of, cpu_of, there))
    return 0


def demanded(rate_rps: float, delay_s: float, *, parts: int = 1, slow_tail: float = 0.0) -> Demand:
    """The demand, with how long a request and one call of it take on average."""
    if not slow_tail:
        part_s = theory.split_s(service_s=delay_s, parts=parts)
        return Demand(rate_rps=rate_rps, hold_s=part_s, parts=parts, call_s=part_s)
    dial = {
        **UNCHANGED,
        "distribution": "lognormal",
        "delay_ms": delay_s * 1000,
        "sigma": slow_tail,
    }
    # The slowest part is what a request waits for, so it holds its slot longer than a call takes.
    hold_s, whole_s = (
        dialled.expected_hold_s(dial, parts=each, timeout_s=dialled.LONGEST_DRAW_S)
        for each in (parts, 1)
    )
    return Demand(rate_rps=rate_rps, hold_s=hold_s, parts=parts, call_s=whole_s / parts)


def machine() -> Machine:
    """This one. A server has the soft limit on open files, whatever it might ask for."""
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
    """The shape as large as it must be for slots, and for processor time on these cores."""
    per_cpu_s = _requests_per_cpu_s(shape, known)
    needed = ceil(demand.rate_rps / (CPU_AT_MOST * per_cpu_s)) if per_cpu_s else 1
    return size(shape, demand, each=each, workers_for_cpu=min(needed, there.cores))


def memory_bytes(sizing: Sizing, demand: Demand, known: Known) -> float | None:
    """What it takes with every planned slot in use; None where that was not measured."""
    memory = known.memory.get(sizing.shape.name)
    if memory is None:
        return None
    in_use = sizing.slots if sizing.slots is not None else erlang.slots_for(demand.busy)
    return memory.of(sizing.workers, in_use)


def nearest_limit(sizing: Sizing, demand: Demand, known: Known, there: Machine) -> Limit | None:
    """What of this machine gives way first; None where it is not known to have any limit."""
    found = limits(
        sizing,
        demand,
        there,
        requests_per_cpu_s=_requests_per_cpu_s(sizing.shape, known),
        memory_bytes=memory_bytes(sizing, demand, known),
    )
    return found[0] if found else None


def _requests_per_cpu_s(shape: ServerShape, known: Known) -> float | None:
    """Of the same route, else of one that answers at once."""
    # FastAPI's /json is async def and takes no thread; its /cpu does.
    at_once = "cpu" if (shape.framework, shape.route) == ("fastapi", "io") else "json"
    for route in (shape.route, at_once):
        found = known.requests_per_cpu_s.get((shape.framework, shape.worker_class, route))
        if found is not None:
            return found
    return None


def _line(sizing: Sizing, demand: Demand, known: Known) -> tuple[str, ...]:
    memory = memory_bytes(sizing, demand, known)
    good_for = good_for_rps(sizing, demand)
    return (
        sizing.shape.name,
        f"{sizing.workers:,}",
        NO_SLOTS if sizing.each is None else f"{sizing.each:,}",
        NO_SLOTS if sizing.slots is None else f"{sizing.slots:,}",
        f"{sizing.pool:,}",
        NOTHING if memory is None else said("pss_bytes", memory),
        NOTHING if good_for is None else f"{_rate(good_for)}/s",
    )


def _named(sizing: Sizing, text: str) -> str:
    """The text behind the shape's name, in as many lines as it takes."""
    name = f"  {sizing.shape.name:<20} "
    return "\n".join(wrapped(name + text, indent=" " * len(name)))


def _first(sizing: Sizing, demand: Demand, known: Known, there: Machine) -> str:
    """The nearest limit; with a question mark before it where the processor's is not known."""
    cpu_is_known = _requests_per_cpu_s(sizing.shape, known) is not None
    limit = nearest_limit(sizing, demand, known, there)
    if limit is None:
        return NOTHING if cpu_is_known else "CPU?"
    told = f"{limit.name} at {_rate(limit.rate_rps)}/s"
    if limit.rate_rps < demand.rate_rps:
        return f"{told}, too early"
    return told if cpu_is_known else f"CPU? else {told}"


def _rate(rate_rps: float) -> str:
    return digits(rate_rps) if rate_rps < 100 else f"{rate_rps:,.0f}"


def _demand_in_words(demand: Demand, delay_s: float, slow_tail: float) -> list[str]:
    waits = f"each waits {_time(delay_s)}"
    if slow_tail:
        waits = f"half of them wait more than {_time(delay_s)}, on a tail of sigma {slow_tail:g}"
    if demand.parts > 1:
        waits += f", in {demand.parts} concurrent parts"
    rate = digits(demand.rate_rps)
    return [
        f"{rate} requests per second, {waits}.",
        f"Little's law: {rate} x {_time(demand.hold_s)} = {digits(demand.busy)} slots busy on "
        f"average, and {digits(demand.calls)} calls at the upstream.",
        f"Headroom: of {erlang.slots_for(demand.busy):,} slots in front of one queue, 1 request in "
        "100 finds none free when arrivals are random (Erlang C). Workers that keep whatever they "
        "accepted (uvicorn's) take more, because one may be full while another is not.",
    ]


def _tell(sentences: Sequence[str]) -> None:
    for each in sentences:
        print("\n".join(wrapped(each)))


def _time(time_s: float) -> str:
    return said("mean_s", time_s)


def _sources(
    memory_of: Source | None, cpu_of: Sequence[Source | None], there: Machine
) -> list[str]:
    files = "any number of" if there.open_files is None else f"{there.open_files:,}"
    ports = "any number of" if there.local_ports is None else f"{there.local_ports:,}"
    memory = "unknown" if there.memory_bytes is None else said("pss_bytes", there.memory_bytes)
    return [
        "Each: slots of one worker. Pool: connections to the upstream that its client must be "
        "allowed (CLIENT_CONNECTIONS; 0 sets no limit).",
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
        return f"CPU of the server alone: from {waiting}{also}."
    if raw:
        return (
            f"CPU of the server alone: from {raw}, of requests that wait for nobody, so it breaks "
            "earlier than that. `make run EXP=08` measures those that wait."
        )
    return "CPU: never measured here, and it may break first. `make run EXP=08` does, and EXP=12."
