"""This worker's connections to PostgreSQL.

    sync    psycopg's pool, which all threads of the worker share
    async   a connection for each request: Flask runs every async view in an event loop of its
            own, and a pool belongs to the loop that first used it
    orm     SQLAlchemy's engine on psycopg

Each pool has DB_POOL connections at most and opens them when they are first needed, so that a
service without a database starts. With DB_LIFETIME=request there is no pool: each request connects,
as tutorials print it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask_svc import counts, timing
from flask_svc.problems import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnreachable,
    Problem,
)
from flask_svc.settings import Settings

if TYPE_CHECKING:
    import psycopg
    from psycopg_pool import ConnectionPool
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

TOO_MANY = "53300"  # PostgreSQL's codes of errors
CANCELLED = "57014"
READ_ONLY = "25006"
BROKEN = ("OperationalError", "InterfaceError", "ConnectionDoesNotExistError")
GONE = ("08", "57P")  # beginnings: the connection failed, the server ends or starts


class Connections:
    """A block in which a connection is lent raises a problem of the database.

    Those are DatabaseBusy, DatabaseUnreachable, DatabaseTimeout and DatabaseReadOnly.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._sync: ConnectionPool[Any] | None = None
        self._engine: Engine | None = None

    @contextmanager
    def lent(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection; the caller's thread waits for it."""
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
    async def lent_async(self) -> "AsyncIterator[psycopg.AsyncConnection[Any]]":
        """Lend a connection of this request's own."""
        import psycopg

        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            async with await psycopg.AsyncConnection.connect(
                self._address(), autocommit=True
            ) as connection:
                with counts.own().during(counts.CONNECTIONS):
                    yield connection

    @contextmanager
    def session(self) -> "Iterator[Session]":
        """Lend a session of SQLAlchemy, for one request."""
        from sqlalchemy.orm import Session

        with timing.waiting(), counts.own().during(counts.QUERIES), told(self._settings):
            with Session(self._orm()) as session, counts.own().during(counts.CONNECTIONS):
                yield session

    def _orm(self) -> "Engine":
        with self._lock:
            if self._engine is None:
                from sqlalchemy import create_engine

                self._engine = create_engine(
                    self._address().replace("postgresql://", "postgresql+psycopg://", 1),
                    pool_size=self._settings.db_pool,
                    max_overflow=0,
                    pool_timeout=self._settings.db_pool_timeout_s,
                    isolation_level="AUTOCOMMIT",
                )
            return self._engine

    def _sync_pool(self) -> "ConnectionPool[Any]":
        with self._lock:  # threads may ask for the first connection together
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
