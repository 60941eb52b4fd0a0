"""Errors of four libraries become the services' own, in both services alike."""

from types import ModuleType, SimpleNamespace
from typing import Any

import asyncpg
import psycopg
import psycopg_pool
import pytest
import sqlalchemy.exc

from fastapi_svc import driver_errors as of_fastapi
from fastapi_svc import psycopg_pools as fastapi_pools
from flask_svc import driver_errors as of_flask
from flask_svc import psycopg_pools as flask_pools

SETTINGS: Any = SimpleNamespace(db_pool=7, db_pool_timeout_s=0.5, db_statement_timeout_s=1.5)
BOTH = pytest.mark.parametrize("module", [of_flask, of_fastapi], ids=["flask", "fastapi"])


def with_code(code: str) -> Exception:
    """An error as PostgreSQL sends it, as both drivers raise it."""
    error = psycopg.errors.lookup(code)("what the server says")
    assert error.sqlstate == code
    return error


def wrapped(error: Exception) -> Exception:
    """As SQLAlchemy wraps it."""
    return sqlalchemy.exc.DBAPIError("SELECT 1", None, error)


@BOTH
@pytest.mark.parametrize(
    ("error", "status", "word", "part"),
    [
        (with_code("57014"), 504, "database_timeout", "1.5 s"),
        (wrapped(with_code("57014")), 504, "database_timeout", "1.5 s"),
        (asyncpg.QueryCanceledError("canceling"), 504, "database_timeout", "1.5 s"),
        (with_code("25006"), 503, "database_read_only", "no writes"),
        (with_code("53100"), 507, "storage_full", "disk"),
        (with_code("53300"), 503, "database_busy", "no connection left"),
        (asyncpg.TooManyConnectionsError("sorry"), 503, "database_busy", "no connection left"),
        (
            psycopg.OperationalError("FATAL: sorry, too many clients already"),
            503,
            "database_busy",
            "no connection left",
        ),
        (
            psycopg.OperationalError("FATAL: remaining connection slots are reserved"),
            503,
            "database_busy",
            "no connection left",
        ),
        (TimeoutError(), 503, "database_busy", "none of the 7 connections"),
        (sqlalchemy.exc.TimeoutError("QueuePool limit"), 503, "database_busy", "none of the 7"),
        (with_code("57P01"), 503, "database_unreachable", "refused or broke"),
        (with_code("57P03"), 503, "database_unreachable", "refused or broke"),
        (with_code("08006"), 503, "database_unreachable", "refused or broke"),
        (psycopg.OperationalError("connection refused"), 503, "database_unreachable", "refused"),
        (psycopg.errors.ConnectionTimeout("expired"), 503, "database_unreachable", "refused"),
        (ConnectionRefusedError(), 503, "database_unreachable", "refused or broke"),
        (asyncpg.InterfaceError("connection is closed"), 503, "database_unreachable", "refused"),
        (
            asyncpg.ConnectionDoesNotExistError("closed in the middle"),
            503,
            "database_unreachable",
            "refused",
        ),
    ],
    ids=str,
)
def test_an_error_has_a_status_a_word_and_a_sentence(
    module: ModuleType, error: Exception, status: int, word: str, part: str
) -> None:
    """Whatever library raises it."""
    problem = module.problem_of(error, SETTINGS)

    assert (problem.status, problem.error) == (status, word)
    assert part in str(problem)
    with pytest.raises(type(problem)), module.told(SETTINGS):
        raise error


@BOTH
@pytest.mark.parametrize("error", [ValueError("a bug"), with_code("42703"), with_code("23503")])
def test_an_error_of_the_service_itself_stays_what_it_is(
    module: ModuleType, error: Exception
) -> None:
    """A wrong query is a 500, with its traceback in the log."""
    assert module.problem_of(error, SETTINGS) is None
    with pytest.raises(type(error)) as raised, module.told(SETTINGS):
        raise error
    assert raised.value is error


@pytest.mark.parametrize("pools", [flask_pools, fastapi_pools], ids=["flask", "fastapi"])
def test_a_pool_without_a_connection_was_busy_or_could_not_connect(pools: ModuleType) -> None:
    """psycopg's pool says the same of both; its counts tell them apart."""
    failures = pools.Failures(SETTINGS)

    words = [
        failures.problem(stats).error
        for stats in (
            {},
            {"connections_errors": 3},
            {"connections_errors": 3},
            {"connections_errors": 4},
        )
    ]
    assert words == [
        "database_busy",
        "database_unreachable",
        "database_busy",
        "database_unreachable",
    ]
    assert issubclass(psycopg_pool.PoolTimeout, psycopg.OperationalError)
