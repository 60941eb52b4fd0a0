"""Connections that are awaited, behind one small interface: asyncpg's here.

psycopg_awaited.py has the same of psycopg. The queries are the same for both: their parameters are
$1 and $2, as PostgreSQL itself writes them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from fastapi_svc import database_address
from fastapi_svc.overdue import GRACE_S
from fastapi_svc.problems import DatabaseTimeout
from fastapi_svc.settings import Settings

if TYPE_CHECKING:
    import asyncpg


class Awaited(Protocol):
    """A connection that is lent: the part of asyncpg's interface that the routes use."""

    async def fetchrow(self, query: str, *values: object) -> Any:
        """Return the first row, which `dict` takes; None where there is none."""

    async def fetchval(self, query: str, *values: object) -> Any:
        """Return the first value of the first row."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Return the block of a transaction."""


class Asyncpg:
    """asyncpg's pool, or a connection for each request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._pool: asyncpg.Pool[Any] | None = None

    @staticmethod
    def options(settings: Settings) -> dict[str, Any]:
        """Return what asyncpg tells the server, and how long it waits for a frozen one."""
        timeout_ms = round(settings.db_statement_timeout_s * 1000)
        return {
            "command_timeout": settings.db_statement_timeout_s + GRACE_S,
            "timeout": settings.db_pool_timeout_s,
            "server_settings": {
                "application_name": settings.target,
                "statement_timeout": str(timeout_ms),
            },
        }

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Awaited]:
        """Lend a connection."""
        if self._settings.db_lifetime == "request":
            import asyncpg  # here: a service without a database saves its memory

            address = database_address.plain(self._settings)
            connection = await asyncpg.connect(address, **self.options(self._settings))
            try:
                with in_time(self._settings):
                    yield connection
            finally:
                await connection.close()
            return
        pool = self._pool or await self._opened()
        # fetchrow() of the pool itself would wait for ever.
        connection = await pool.acquire(timeout=self._settings.db_pool_timeout_s)
        try:
            with in_time(self._settings):
                yield connection
        except DatabaseTimeout:
            connection.terminate()  # or the pool would wait for a frozen server once more
            raise
        finally:
            await pool.release(connection)

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            self._pool.terminate()

    async def _opened(self) -> "asyncpg.Pool[Any]":
        async with self._lock:  # a pool refuses who comes while another opens it
            if self._pool is None:
                import asyncpg

                self._pool = await asyncpg.create_pool(
                    database_address.plain(self._settings),
                    min_size=0,
                    max_size=self._settings.db_pool,
                    **self.options(self._settings),
                )
        return self._pool


@contextmanager
def in_time(settings: Settings) -> Iterator[None]:
    """Raise DatabaseTimeout for a TimeoutError: the wait for a connection is not in the block."""
    try:
        yield
    except TimeoutError as error:
        raise DatabaseTimeout(
            f"no answer of the database in {settings.db_statement_timeout_s:g} s"
        ) from error
