"""psycopg's pool, and what it says when it gives no connection in time."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from flask_svc import database_address
from flask_svc.problems import DatabaseBusy, DatabaseUnreachable, Problem
from flask_svc.settings import Settings

RECONNECT_S = 2.0
"""Seconds for which the pool itself tries to replace a connection; then the next request does."""


class Pool:
    """A pool of DB_POOL connections, which it opens now, in the background."""

    def __init__(self, settings: Settings) -> None:
        """Raises DatabaseUnreachable where there is no address."""
        self._settings = settings
        self._failures = Failures(settings)
        self._pool = ConnectionPool(
            database_address.of_psycopg(settings),
            min_size=settings.db_pool,
            max_size=settings.db_pool,
            reconnect_timeout=RECONNECT_S,
            kwargs={"autocommit": True},
            open=True,
        )

    @contextmanager
    def lent(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection. Raises DatabaseBusy or DatabaseUnreachable."""
        connection = self._taken()
        if is_closed(connection):
            connection.close()
            self._pool.putconn(connection)
            self._pool.check()  # the others will be closed as well
            connection = self._taken()
        try:
            with connection:
                yield connection
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _taken(self) -> "psycopg.Connection[Any]":
        try:
            return self._pool.getconn(self._settings.db_pool_timeout_s)
        except PoolTimeout as error:
            raise self._failures.problem(self._pool.get_stats()) from error


def is_closed(connection: "psycopg.BaseConnection[Any]") -> bool:
    """Return whether the server has closed an idle connection.

    An idle server says nothing, so that anything to read is its farewell. Without this, which asks
    the kernel alone, each connection of a pool fails one request after a restart of the server.
    """
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    return bool(connection.closed or readable.poll(0))


class Failures:
    """Tells whether a pool was busy, or could not connect: it says the same of both."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._before = 0

    def problem(self, stats: dict[str, int]) -> Problem:
        """Return the problem of a request that got no connection, from the pool's counts."""
        failed = stats.get("connections_errors", 0)
        could_not, self._before = failed > self._before, failed
        timeout_s = self._settings.db_pool_timeout_s
        if could_not:
            return DatabaseUnreachable(f"no connection to the database in {timeout_s:g} s")
        return DatabaseBusy(
            f"none of the {self._settings.db_pool} connections of this worker was free "
            f"in {timeout_s:g} s"
        )
