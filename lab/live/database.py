"""What PostgreSQL counts for each target, and which routes and pools of connections ask it.

The counts are those of `pg_stat_activity`, by the name that a target gives its connections: its
own. They are the database's word, beside the word of the target's own pool.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from lab.targets import DATABASE_ROUTES, LENT_ROUTES, asks_database


@dataclass(frozen=True, slots=True)
class Client:
    """The connections of one target: all, those with a query, those idle in a transaction."""

    connections: int = 0
    busy: int = 0
    idle_in_transaction: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What the connections do at `at_s`, a time of day in seconds.

    `max_connections` are those that the server has for all clients together.
    """

    at_s: float
    max_connections: int
    clients: Mapping[str, Client] = field(default_factory=dict)

    @classmethod
    def read(cls, told: Mapping[str, Any], at_s: float) -> Self:
        """Read the answer of `GET /activity`.

        Raises KeyError, TypeError or AttributeError where it is none.
        """
        clients = {name: Client(**each) for name, each in told["clients"].items()}
        return cls(at_s, int(told["max_connections"]), clients)

    @property
    def connections(self) -> int:
        """Connections of all clients, idle ones with them."""
        return sum(each.connections for each in self.clients.values())

    @property
    def busy(self) -> int:
        """Connections of all clients that have a query."""
        return sum(each.busy for each in self.clients.values())

    @property
    def is_full(self) -> bool:
        """Whether the server accepts no further connection."""
        return self.connections >= self.max_connections

    def of(self, target: str) -> Client:
        """Return the connections of one target; none where the database lists none."""
        return self.clients.get(target, Client())

    def lasting(self, earlier: Self | None) -> Self:
        """Return what lasted from an earlier look to this one, if there was an earlier one.

        Of each target the most busy of both looks, and the least idle in a transaction: between two
        queries a connection is free, or idle in its transaction, for a moment.
        """
        if earlier is None:
            return self
        clients = {name: _lasting(earlier.of(name), each) for name, each in self.clients.items()}
        return replace(self, clients=clients)


def _lasting(before: Client, now: Client) -> Client:
    return Client(
        connections=now.connections,
        busy=max(before.busy, now.busy),
        idle_in_transaction=min(before.idle_in_transaction, now.idle_in_transaction),
    )


def pools(framework: str, routes: Iterable[str]) -> int | None:
    """Return the pools in each worker that requests to these routes share.

    Each has as many connections as the setting DB_POOL says. None where one of the routes connects
    without a pool, which then limits nothing.
    """
    found = {_pool(framework, route) for route in routes if asks_database(route)}
    return None if None in found else len(found)


def _pool(framework: str, route: str) -> str | None:
    if route == "orm-read":
        return "orm"
    asked = DATABASE_ROUTES.get(route)
    if framework == "flask":
        # An async view has an event loop of its own, and so a connection of its own.
        return "sync" if asked is None or asked.flask_shares_client else None
    if route in LENT_ROUTES:
        return "sync"
    return "async" if asked is None or asked.fastapi_waits_in == "loop" else "sync"
