"""What PostgreSQL counts for a target, and which pools its routes share."""

from typing import Any

import pytest

from lab.live import database
from lab.live.database import Activity, Client
from lab.targets import DATABASE_ROUTES, LENT_ROUTES, QUERY_ROUTES, ROUTES, asks_database

TOLD = {
    "max_connections": 50,
    "clients": {
        "flask-svc": {"connections": 10, "busy": 4, "idle_in_transaction": 1},
        "lab-postgres": {"connections": 1, "busy": 0, "idle_in_transaction": 0},
    },
}


def test_an_answer_of_the_page_is_read_by_target() -> None:
    """A target without a connection has none; the connections of all clients add up."""
    read = Activity.read(TOLD, at_s=100.5)

    assert (read.at_s, read.max_connections, read.connections) == (100.5, 50, 11)
    assert read.of("flask-svc") == Client(connections=10, busy=4, idle_in_transaction=1)
    assert read.of("fastapi-svc") == Client()


@pytest.mark.parametrize(
    "told",
    [
        {},
        [1],
        {"max_connections": 5, "clients": {"a": {"x": 1}}},
        {"max_connections": 5, "clients": None},
    ],
)
def test_an_answer_of_another_program_is_none(told: Any) -> None:
    """Another one may listen on the port."""
    with pytest.raises((KeyError, TypeError, AttributeError)):
        Activity.read(told, at_s=1.0)


def test_a_server_is_full_with_the_connections_of_all_clients() -> None:
    """Whatever they do."""
    clients = {"flask-svc": Client(40), "fastapi-svc": Client(9)}

    assert Activity(1.0, 50, {"a": Client(9, 4), "b": Client(9, 3)}).busy == 7
    assert not Activity(1.0, 50, clients).is_full
    assert Activity(1.0, 49, clients).is_full


def test_what_lasts_is_the_most_busy_and_the_least_idle_of_two_looks() -> None:
    """Of the same target; one that is new has been looked at once."""
    earlier = Activity(1.0, 50, {"flask-svc": Client(10, 9, 0), "flask-asgi": Client(7, 7, 7)})
    now = Activity(2.0, 50, {"flask-svc": Client(8, 2, 5), "fastapi-svc": Client(3, 1, 2)})

    assert now.lasting(None) is now
    lasting = now.lasting(earlier)
    assert (lasting.at_s, lasting.max_connections) == (2.0, 50)
    assert lasting.clients == {"flask-svc": Client(8, 9, 0), "fastapi-svc": Client(3, 1, 0)}


def test_the_database_is_asked_by_its_routes() -> None:
    """Those that wait and those that do not, and by no other."""
    assert all(asks_database(route) for route in (*DATABASE_ROUTES, *QUERY_ROUTES, *LENT_ROUTES))
    assert not any(asks_database(route) for route in (*ROUTES, "stream", "ws", "json"))


@pytest.mark.parametrize(
    ("framework", "routes", "expected"),
    [
        ("flask", ("db-wait",), 1),
        ("flask", ("blocking-db-wait", "db-read", "db-write"), 1),
        ("flask", ("db-read", "orm-read", "db-write"), 2),
        ("flask", ("async-db-wait",), None),  # it connects again for each request
        ("flask", ("db-wait", "async-db-wait"), None),
        ("fastapi", ("async-db-wait",), 1),
        ("fastapi", ("async-db-wait", "db-read", "db-write"), 1),
        ("fastapi", ("db-wait", "blocking-db-wait"), 1),
        ("fastapi", ("db-wait", "async-db-wait"), 2),
        ("fastapi", ("db-wait", "async-db-wait", "orm-read"), 3),
        ("fastapi", ("io", "db-read"), 1),
        ("fastapi", ("db-wait", "db-dependency", "db-stream"), 1),
        ("flask", ("db-wait", "db-dependency", "db-stream"), 1),
    ],
)
def test_routes_share_the_pools_of_their_drivers(
    framework: str, routes: tuple[str, ...], expected: int | None
) -> None:
    """Each driver has a pool in each worker, as both connections.py say."""
    assert database.pools(framework, routes) == expected
