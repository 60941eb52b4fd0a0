"""The part of a plan's text about the database: connections, what is too many, and the cure."""

from collections.abc import Sequence

from lab.plan import connections
from lab.plan.connections import Pools
from lab.plan.shapes import Demand
from lab.rounded import byte_size, counted, digits, span
from lab.running.run_screen import aligned
from lab.terminal import wrapped

HEADER = ("server shape", "workers", "pool", "connections", "allowed", "memory there")


def lines(pools: Sequence[Pools], demand: Demand, most: int) -> list[str]:
    """Return the lines for these shapes, where the database allows `most` connections."""
    found = [
        *wrapped(
            f"Database: {digits(demand.rate_rps)} x {span(demand.query_s)} = "
            f"{digits(demand.connected)} connections busy on average. Each worker has a pool of "
            "its own, in which 1 query in 100 finds no free connection. A worker needs no more "
            "connections than slots, and without a limit of slots the pool is the limit. Memory "
            f"there: of the database, {byte_size(connections.CONNECTION_BYTES)} a connection."
        ),
        "",
        *aligned([HEADER, *(_line(each, most) for each in pools)]),
    ]
    if too_many := [each.sizing.shape.name for each in pools if each.connections > most]:
        found += ["", *wrapped(f"Too many connections: {'; '.join(too_many)}.")]
        found += wrapped(_cure(demand, most))
    return found


def _line(pools: Pools, most: int) -> tuple[str, ...]:
    return (
        pools.sizing.shape.name,
        f"{pools.sizing.workers:,}",
        f"{pools.each:,}",
        f"{pools.connections:,}",
        f"{most:,}" if pools.connections <= most else f"{most:,}, too few",
        byte_size(pools.memory_bytes),
    )


def _cure(demand: Demand, most: int) -> str:
    told = (
        f"The database allows {counted(most, 'connection')} (max_connections) and refuses the rest "
        "with an error."
    )
    needed = connections.in_one_queue(demand)
    if needed > most:
        return (
            f"{told} Pools cannot cure that, because even one queue for all workers needs "
            f"{needed:,}: make the queries shorter, or allow more connections."
        )
    return (
        f"{told} Make the pools smaller, take fewer workers with more slots each, or put pgbouncer "
        f"in front: {counted(needed, 'connection')} behind one queue serve all workers."
    )
