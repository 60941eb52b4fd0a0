"""This worker's connections to PostgreSQL: a pool for each way of waiting.

    sync    psycopg's pool, for plain `def` routes, and for the trap
    async   asyncpg's pool, or psycopg's with DB_DRIVER=psycopg
    orm     SQLAlchemy's engine on the async driver

Each has DB_POOL connections at most and opens them when they are first needed, so that a service
without a database starts. With DB_LIFETIME=request there is no pool: each request connects, as
tutorials print it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self

from fastapi_svc import counts, timing
from fastapi_svc.problems import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnreachable,
    Problem,
)
from fastapi_svc.settings import Settings

if TYPE_CHECKING:
    import asyncpg
    import psycopg
    from psycopg_pool import AsyncConnectionPool, ConnectionPool
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

TOO_MANY = "53300"  # PostgreSQL's codes of errors
CANCELLED = "57014"
READ_ONLY = "25006"
BROKEN = ("OperationalError", "InterfaceError", "ConnectionDoesNotExistError")
GONE = ("08", "57P")  # beginnings: the connection failed, the server ends or starts


class Connections:
    """`async with` opens the pools, without a connection, and closes them at its end.

    A block in which a connection is lent raises DatabaseBusy, DatabaseUnreachable, DatabaseTimeout
    or DatabaseReadOnly.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sync: ConnectionPool[Any] | None = None
        self._async: asyncpg.Pool[Any] | AsyncConnectionPool[Any] | None = None
        self._engine: AsyncEngine | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sync is not None:
            self._sync.close()
        if self._async is not None:
            await self._async.close()
        if self._engine is not None:
            await self._engine.dispose()

    @contextmanager
    def lent(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection of the sync driver; the caller's thread waits for it."""
        import psycopg  # here: it costs 9 MB

        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            if self._settings.db_lifetime == "request":
                with psycopg.connect(self._address(), autocommit=True) as connection:
                    yield connection
                return
            lent = self._sync_pool().connection(self._settings.db_pool_timeout_s)
            with lent as connection, counts.own().during(counts.CONNECTIONS):
                yield connection

    @asynccontextmanager
    async def lent_async(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        """Lend a connection of asyncpg; the event loop serves others meanwhile."""
        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            pool = await self._async_pool()
            # fetchrow() of the pool itself would wait for ever.
            async with pool.acquire(timeout=self._settings.db_pool_timeout_s) as connection:
                with counts.own().during(counts.CONNECTIONS):
                    yield connection

    @asynccontextmanager
    async def session(self) -> "AsyncIterator[AsyncSession]":
        """Lend a session of SQLAlchemy, for one request."""
        from sqlalchemy.ext.asyncio import AsyncSession

        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            async with AsyncSession(self._orm()) as session:
                with counts.own().during(counts.CONNECTIONS):
                    yield session

    def _orm(self) -> "AsyncEngine":
        if self._engine is None:
            from sqlalchemy.ext.asyncio import create_async_engine

            address = self._url().replace("postgresql://", "postgresql+asyncpg://", 1)
            self._engine = create_async_engine(
                address,
                pool_size=self._settings.db_pool,
                max_overflow=0,
                pool_timeout=self._settings.db_pool_timeout_s,
                isolation_level="AUTOCOMMIT",
                connect_args={"server_settings": {"application_name": self._settings.target}},
            )
        return self._engine

    def _sync_pool(self) -> "ConnectionPool[Any]":
        if self._sync is None:
            from psycopg_pool import ConnectionPool

            self._sync = ConnectionPool(
                self._address(),
                min_size=0,
                max_size=self._settings.db_pool,
                timeout=self._settings.db_pool_timeout_s,
                kwargs={"autocommit": True},
                open=True,
            )
        return self._sync

    async def _async_pool(self) -> "asyncpg.Pool[Any]":
        if self._async is None:
            import asyncpg

            self._async = asyncpg.create_pool(
                self._url(),
                min_size=0,
                max_size=self._settings.db_pool,
                command_timeout=self._settings.db_statement_timeout_s,
                server_settings={"application_name": self._settings.target},
            )
            await self._async
        return self._async

    def _address(self) -> str:
        timeout_ms = round(self._settings.db_statement_timeout_s * 1000)
        own = f"application_name={self._settings.target}&options=-cstatement_timeout%3D{timeout_ms}"
        return f"{self._url()}?{own}"

    def _url(self) -> str:
        if not self._settings.database_url:
            raise DatabaseUnreachable("no database: DATABASE_URL is empty")
        return self._settings.database_url


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Raise the errors of both drivers and of their pools as this service's own."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        problem = problem_of(error, settings)
        if problem is error:
            raise
        raise problem from error


def problem_of(error: Exception, settings: Settings) -> Exception:
    """Return what the client gets for an error of a driver; an unknown error as it is."""
    error = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's
    code = getattr(error, "sqlstate", None) or ""
    name = type(error).__name__
    if code == CANCELLED or name == "QueryCanceled":
        return DatabaseTimeout(
            f"no result from the database in {settings.db_statement_timeout_s:g} s"
        )
    if code == READ_ONLY:
        return DatabaseReadOnly("the database is read-only at present")
    if code == TOO_MANY:
        return DatabaseBusy("the database has no connection left for this service")
    if name in ("PoolTimeout", "TimeoutError"):
        return DatabaseBusy(
            f"none of the {settings.db_pool} connections of this worker was free "
            f"in {settings.db_pool_timeout_s:g} s"
        )
    if isinstance(error, OSError) or code.startswith(GONE) or name in BROKEN:
        return DatabaseUnreachable("the database refused or broke the connection")
    return error
