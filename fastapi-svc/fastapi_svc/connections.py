"""This worker's connections to PostgreSQL: a pool for each way of waiting.

    sync    psycopg's pool, for plain `def` routes, and for the trap
    async   asyncpg's pool, or psycopg's with FASTAPI_DB_DRIVER=psycopg
    orm     SQLAlchemy's engine on asyncpg

Each pool has DB_POOL connections and opens them when the first is needed, so that a service without
a database starts. With DB_LIFETIME=request there is no pool: each request connects, as tutorials
print it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from fastapi_svc import counts, database_address, timing
from fastapi_svc.awaited import Asyncpg, Awaited, in_time
from fastapi_svc.driver_errors import told
from fastapi_svc.overdue import Overdue
from fastapi_svc.problems import DatabaseTimeout
from fastapi_svc.settings import Settings

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

    from fastapi_svc.psycopg_awaited import Psycopg
    from fastapi_svc.psycopg_pools import Pool


class Connections:
    """The pools. Each block in which something is lent raises the problems of driver_errors.py.

    `async with` closes the pools at its end.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()  # threads may need the first connection at the same moment
        self._overdue = Overdue(settings.db_statement_timeout_s)
        self._sync: Pool | None = None
        self._async = _awaited(settings, self._overdue)
        self._engine: AsyncEngine | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._async.close()
        if self._sync is not None:
            self._sync.close()
        if self._engine is not None:
            await self._engine.dispose()

    @contextmanager
    def lent(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection of the sync driver; the caller's thread waits for it."""
        with (
            self._waits(),
            self._connection() as connection,
            counts.own().during(counts.CONNECTIONS),
            self._overdue.watched(connection),
        ):
            yield connection

    @contextmanager
    def kept(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection to a request as a whole; its queries are in blocks of `asked`."""
        with ExitStack() as lending:
            with timing.waiting(), told(self._settings):
                lending.enter_context(counts.own().during(counts.QUERIES))
                connection = lending.enter_context(self._connection())
            lending.enter_context(counts.own().during(counts.CONNECTIONS))
            yield connection

    @contextmanager
    def asked(self, connection: "psycopg.Connection[Any]") -> Iterator[None]:
        """Send queries in the block, with a connection that is kept."""
        with timing.waiting(), told(self._settings), self._overdue.watched(connection):
            yield

    @asynccontextmanager
    async def lent_async(self) -> "AsyncIterator[Awaited]":
        """Lend a connection of the async driver; the event loop serves others meanwhile."""
        with self._waits():
            async with self._async.lent() as connection:
                with counts.own().during(counts.CONNECTIONS):
                    yield connection

    @asynccontextmanager
    async def session(self) -> "AsyncIterator[AsyncSession]":
        """Lend a session of SQLAlchemy for one request."""
        from sqlalchemy.ext.asyncio import AsyncSession

        with self._waits():
            async with AsyncSession(self._orm()) as session:
                await session.connection()
                try:
                    with counts.own().during(counts.CONNECTIONS), in_time(self._settings):
                        yield session
                except DatabaseTimeout:
                    await session.invalidate()  # or it would wait for a frozen server once more
                    raise

    @contextmanager
    def _waits(self) -> Iterator[None]:
        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            yield

    def _connection(self) -> Any:
        # The imports are here because a service without a database saves 9 MB.
        if self._settings.db_lifetime == "request":
            import psycopg

            address = database_address.of_psycopg(self._settings)
            return psycopg.connect(address, autocommit=True)
        return self._pool().lent()

    def _pool(self) -> "Pool":
        if self._sync is None:
            with self._lock:
                if self._sync is None:
                    from fastapi_svc.psycopg_pools import Pool

                    self._sync = Pool(self._settings)
        return self._sync

    def _orm(self) -> "AsyncEngine":
        if self._engine is None:
            address = database_address.plain(self._settings, "postgresql+asyncpg://")
            from fastapi_svc.orm import engine

            self._engine = engine(address, self._settings)
        return self._engine


def _awaited(settings: Settings, overdue: Overdue) -> "Asyncpg | Psycopg":
    if settings.db_driver == "asyncpg":
        return Asyncpg(settings)
    from fastapi_svc.psycopg_awaited import Psycopg

    return Psycopg(settings, overdue)
