"""What a client of this service gets for the errors of the database's drivers and their pools.

Left alone, four libraries say the same in four ways, and each becomes a 500.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi_svc.problems import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnreachable,
    Problem,
    StorageFull,
)
from fastapi_svc.settings import Settings

TOO_MANY = "53300"  # PostgreSQL's codes of errors
DISK_FULL = "53100"
CANCELLED = "57014"
READ_ONLY = "25006"
REFUSED = ("too many clients", "remaining connection slots")  # psycopg has no code for them
GONE = ("08", "57P")  # beginnings: the connection failed, the server ends or starts
BROKEN = {"OSError", "OperationalError", "InterfaceError", "PostgresConnectionError"}


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Raise DatabaseBusy, -ReadOnly, -Timeout or -Unreachable in place of a driver's error."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        problem = problem_of(error, settings)
        if problem is None:
            raise
        raise problem from error


def problem_of(error: Exception, settings: Settings) -> Problem | None:
    """Return the problem for an error of a driver or a pool; None for an error of another kind."""
    error = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's
    error = getattr(error, "driver_exception", error)  # and asyncpg's twice
    code = getattr(error, "sqlstate", None) or ""
    names = {each.__name__ for each in type(error).__mro__}
    if code == CANCELLED:
        return DatabaseTimeout(
            f"no result from the database in {settings.db_statement_timeout_s:g} s"
        )
    if code == READ_ONLY:
        return DatabaseReadOnly("the database takes no writes at present")
    if code == DISK_FULL:
        return StorageFull("the database's disk is full")
    if code == TOO_MANY or any(words in str(error) for words in REFUSED):
        return DatabaseBusy("the database has no connection left for this service")
    if "TimeoutError" in names:
        return DatabaseBusy(
            f"none of the {settings.db_pool} connections of this worker was free "
            f"in {settings.db_pool_timeout_s:g} s"
        )
    if code.startswith(GONE) or (not code and names & BROKEN):
        return DatabaseUnreachable(
            "the database refused or broke the connection; `PROFILE=database make up` has one"
        )
    return None
