"""This worker's connections to PostgreSQL.

    sync    psycopg's pool, which all threads of the worker share
    async   a connection for each request: Flask runs every async view in an event loop of its
            own, and a pool belongs to the loop that first used it
    orm     SQLAlchemy's engine on psycopg

Each pool has DB_POOL connections and opens them when the first is needed, so that a service without
a database starts. With DB_LIFETIME=request there is no pool: each request connects, as tutorials
print it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask_svc import counts, database_address, timing
from flask_svc.driver_errors import told
from flask_svc.overdue import Overdue
from flask_svc.settings import Settings

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from flask_svc.psycopg_pools import Pool


class Connections:
    """The pools. Each block in which something is lent raises the problems of driver_errors.py."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()  # threads may need the first connection at the same moment
        self._overdue = Overdue(settings.db_statement_timeout_s)
        self._sync: Pool | None = None
        self._engine: Engine | None = None

    @contextmanager
    def lent(self) -> "Iterator[psycopg.Connection[Any]]":
        """Lend a connection; the caller's thread waits for it."""
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
    async def lent_async(self) -> "AsyncIterator[psycopg.AsyncConnection[Any]]":
        """Lend a connection of this request's own."""
        import psycopg

        with self._waits():
            address = database_address.of_psycopg(self._settings)
            connected = await psycopg.AsyncConnection.connect(address, autocommit=True)
            async with connected as connection:
                with counts.own().during(counts.CONNECTIONS), self._overdue.watched(connection):
                    yield connection

    @contextmanager
    def session(self) -> "Iterator[Session]":
        """Lend a session of SQLAlchemy for one request."""
        from sqlalchemy.orm import Session

        with self._waits(), Session(self._orm()) as session:
            driver = session.connection().connection.driver_connection
            with counts.own().during(counts.CONNECTIONS), self._overdue.watched(driver):
                yield session

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
                    from flask_svc.psycopg_pools import Pool

                    self._sync = Pool(self._settings)
        return self._sync

    def _orm(self) -> "Engine":
        if self._engine is None:
            address = database_address.of_psycopg(self._settings, "postgresql+psycopg://")
            with self._lock:
                if self._engine is None:
                    from flask_svc.orm import engine

                    self._engine = engine(address, self._settings)
        return self._engine
