"""Find the limit that one server shape meets first as the rate rises.

Slots are a limit by design, and settings can raise it. All other limits are the machine's; they
are computed as if slots and workers grew with the rate.
"""

from dataclasses import dataclass

from lab import theory
from lab.plan import erlang
from lab.plan.connections import Pools
from lab.plan.shapes import OWN_QUEUES, Demand, Sizing

SPARE_FILES = 50
"""Open files of a worker for its own use, besides connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Resources of a machine.

    `memory_bytes` is the whole memory, `open_files` the limit of one process, `local_ports` the
    number of ports for connections to one address. None where the machine sets no limit, or
    does not report it.
    """

    cores: int
    memory_bytes: int | None
    open_files: int | None
    local_ports: int | None


def processor(requests_per_cpu_s: float, machine: Machine) -> theory.Station:
    """Return the processor as a station: its slots are the cores of the machine."""
    return theory.Station("processor", machine.cores, 1 / requests_per_cpu_s)


@dataclass(frozen=True, slots=True)
class BreakingPoint:
    """The rate at which a resource is used up; `name` is the resource in words."""

    name: str
    rate_rps: float


def good_for_rps(sizing: Sizing, demand: Demand) -> float | None:
    """Rate at which the share of requests that wait for a slot reaches erlang.WAITING.

    None for a shape without a limit of slots.
    """
    if sizing.each is None:
        return None
    if sizing.shape.queues == OWN_QUEUES:
        return sizing.workers * erlang.busy_at(sizing.each) / demand.hold_s
    return erlang.busy_at(sizing.workers * sizing.each) / demand.hold_s


def limits(
    sizing: Sizing,
    demand: Demand,
    machine: Machine,
    *,
    requests_per_cpu_s: float | None = None,
    memory_bytes: float | None = None,
    pools: Pools | None = None,
    max_connections: int = 0,
) -> list[BreakingPoint]:
    """Return the machine's limits with the rate at which this shape meets each, lowest first.

    `requests_per_cpu_s` is the number of requests per second of processor time. `memory_bytes` is
    the memory of the planned size. Both are None where they were not measured; their limits are
    left out then. With `pools`, `max_connections` is a limit of the database, which grows no more
    than the machine does.
    """
    found: list[BreakingPoint] = []
    if requests_per_cpu_s is not None:
        station = processor(requests_per_cpu_s, machine)
        found.append(BreakingPoint(station.name, station.capacity_rps))
    if memory_bytes and machine.memory_bytes:
        found.append(BreakingPoint("memory", demand.rate_rps * machine.memory_bytes / memory_bytes))
    if machine.open_files is not None:
        # One connection to the client, and one to the upstream for each part.
        room = max(1, machine.open_files - SPARE_FILES) / (1 + demand.parts)
        if sizing.each is None:
            found.append(BreakingPoint("files", sizing.workers * room / demand.hold_s))
        elif sizing.each > room:
            found.append(BreakingPoint("files", demand.rate_rps * room / sizing.each))
    if pools is not None:
        rate_rps = demand.rate_rps * max_connections / pools.connections
        found.append(BreakingPoint("connections", rate_rps))
    if machine.local_ports is not None and demand.call_s:
        found.append(BreakingPoint("ports", machine.local_ports / (demand.parts * demand.call_s)))
    return sorted(found, key=lambda each: each.rate_rps)
