"""What gives way first when the rate rises, for one shape of a plan.

Slots do by design, and more of them can be set. The other limits are the machine's: they are
taken as if slots and workers grew with the rate.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.plan import erlang
from lab.plan.shapes import OWN_QUEUES, Demand, Sizing

SPARE_FILES = 50
"""What a worker has open for itself, beside connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What there is of each: cores, bytes of memory, and what one process or address may have.

    None where this machine sets no limit, or does not say.
    """

    cores: int
    memory_bytes: int | None
    open_files: int | None
    local_ports: int | None


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that ends at a rate: `name` is what, in words."""

    name: str
    rate_rps: float


def good_for_rps(sizing: Sizing, demand: Demand) -> float | None:
    """The rate at which too many begin to wait for a slot; None where there is no limit to them."""
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
) -> list[Limit]:
    """The machine's limits with the rate at which this shape meets each, the nearest first.

    `memory_bytes` is what it takes as planned. None for what was not measured.
    """
    found = _limits(sizing, demand, machine, requests_per_cpu_s, memory_bytes)
    return sorted(found, key=lambda each: each.rate_rps)


def _limits(
    sizing: Sizing,
    demand: Demand,
    machine: Machine,
    requests_per_cpu_s: float | None,
    memory_bytes: float | None,
) -> Iterator[Limit]:
    if requests_per_cpu_s is not None:
        yield Limit("CPU", requests_per_cpu_s * machine.cores)
    if memory_bytes and machine.memory_bytes:
        yield Limit("memory", demand.rate_rps * machine.memory_bytes / memory_bytes)
    if machine.open_files is not None:
        # A request has a connection to its client, and one to the upstream for each part.
        room = max(1, machine.open_files - SPARE_FILES) / (1 + demand.parts)
        if sizing.each is None:
            yield Limit("files", sizing.workers * room / demand.hold_s)
        elif sizing.each > room:
            yield Limit("files", demand.rate_rps * room / sizing.each)
    if machine.local_ports is not None and demand.call_s:
        yield Limit("ports", machine.local_ports / (demand.parts * demand.call_s))
