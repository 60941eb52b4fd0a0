"""Connections of psycopg that are awaited, with FASTAPI_DB_DRIVER=psycopg."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from fastapi_svc import database_address
from fastapi_svc.awaited import Awaited
from fastapi_svc.overdue import Overdue
from fastapi_svc.psycopg_pools import RECONNECT_S, Failures, is_closed
from fastapi_svc.settings import Settings

OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "autocommit": True,
        "cursor_factory": psycopg.AsyncRawCursor,  # $1 for parameters, as asyncpg has it
        "row_factory": dict_row,
    }
)


class Psycopg:
    """psycopg's async pool, or a connection for each request."""

    def __init__(self, settings: Settings, overdue: Overdue) -> None:
        self._settings = settings
        self._overdue = overdue
        self._failures = Failures(settings)
        self._lock = asyncio.Lock()
        self._pool: AsyncConnectionPool[Any] | None = None

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Awaited]:
        """Lend a connection."""
        async with await self._connection() as connection:
            # A time-out of asyncio would first ask a frozen server to cancel, and wait for that.
            with self._overdue.watched(connection):
                yield _OfPsycopg(connection)

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            await self._pool.close()

    async def _connection(self) -> Any:
        if self._settings.db_lifetime == "request":
            address = database_address.of_psycopg(self._settings)
            return await psycopg.AsyncConnection.connect(address, **OPTIONS)
        return self._pooled()

    @asynccontextmanager
    async def _pooled(self) -> "AsyncIterator[psycopg.AsyncConnection[Any]]":
        pool = self._pool or await self._opened()
        connection = await self._taken(pool)
        if is_closed(connection):
            await connection.close()
            await pool.putconn(connection)
            await pool.check()  # the others will be closed as well
            connection = await self._taken(pool)
        try:
            async with connection:
                yield connection
        finally:
            await pool.putconn(connection)

    async def _taken(self, pool: "AsyncConnectionPool[Any]") -> "psycopg.AsyncConnection[Any]":
        try:
            connection: psycopg.AsyncConnection[Any] = await pool.getconn(
                self._settings.db_pool_timeout_s
            )
        except PoolTimeout as error:
            raise self._failures.problem(pool.get_stats()) from error
        return connection

    async def _opened(self) -> "AsyncConnectionPool[Any]":
        async with self._lock:
            if self._pool is None:
                pool = AsyncConnectionPool(
                    database_address.of_psycopg(self._settings),
                    min_size=self._settings.db_pool,
                    max_size=self._settings.db_pool,
                    reconnect_timeout=RECONNECT_S,
                    kwargs=dict(OPTIONS),
                    open=False,
                )
                await pool.open()
                self._pool = pool
        return self._pool


class _OfPsycopg:
    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._connection = connection

    async def fetchrow(self, query: str, *values: object) -> Any:
        cursor = await self._connection.execute(query, values)
        return await cursor.fetchone()

    async def fetchval(self, query: str, *values: object) -> Any:
        row = await self.fetchrow(query, *values)
        return next(iter(row.values()))

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        return self._connection.transaction()
