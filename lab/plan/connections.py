"""Connections to the database: the pool of each worker, and the sum that the server must allow.

A query holds a connection as a request holds a slot: Little's law and Erlang's formula size both.
"""

from dataclasses import dataclass

from lab.plan import erlang
from lab.plan.shapes import Demand, Sizing

CONNECTION_BYTES = 1_400_000
"""Memory of one connection at the server: one process of PostgreSQL.

Measured with PostgreSQL 18 on Linux as the growth of the proportional set size over 400
connections, after a prepared SELECT and an INSERT on each. Large queries take more.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The pools of one shape: `each` connections in every one of its workers."""

    sizing: Sizing
    each: int

    @property
    def connections(self) -> int:
        """Connections that all workers together can open."""
        return self.sizing.workers * self.each

    @property
    def memory_bytes(self) -> int:
        """Memory in bytes that all of them take at the server."""
        return self.connections * CONNECTION_BYTES


def pools(sizing: Sizing, demand: Demand) -> Pools | None:
    """Return the pools that this shape needs; None for a demand without queries.

    A worker needs no more connections than it has slots: one for a sync worker, one for each
    thread. Nothing but the pool limits the requests of an event loop.
    """
    if not demand.connected:
        return None
    needed = erlang.slots_for(demand.connected / sizing.workers)
    return Pools(sizing=sizing, each=needed if sizing.each is None else min(needed, sizing.each))


def in_one_queue(demand: Demand) -> int:
    """Connections that are enough where all workers share them, as behind pgbouncer."""
    return erlang.slots_for(demand.connected)
