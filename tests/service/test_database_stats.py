"""The database's own count of the waits of each client."""

import threading
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from lab_postgres import schema
from running_database import Database, running_database

NOBODY = "http://127.0.0.1:9"  # no upstream: the dial stays as these tests set it


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all tests of this module."""
    with running_database(tmp_path_factory.mktemp("database") / "log", NOBODY) as database:
        yield database


@pytest.fixture
def database(started: Database) -> Database:
    """Without a count, and with a short wait."""
    started.ask("UPDATE lab.dial SET delay_ms = 20")
    assert started.page.delete("/stats").json() == {"callers": {}}
    return started


def stats(database: Database) -> dict[str, dict[str, float]]:
    """The counts by client."""
    answer = database.page.get("/stats")
    assert answer.status_code == 200, answer.text
    callers: dict[str, dict[str, float]] = answer.json()["callers"]
    return callers


def as_client(database: Database, name: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of a client with that name."""
    return psycopg.connect(database.url, application_name=name, autocommit=True)


def test_each_wait_is_counted_for_its_client(database: Database) -> None:
    """Number and time; one after the other is one at a time."""
    with as_client(database, "a") as a, as_client(database, "b") as b:
        for _ in range(3):
            a.execute("SELECT lab.wait()")
        b.execute("SELECT lab.wait()")
        b.execute("SELECT 1")

    found = stats(database)
    assert {name: (each["served"], each["peak"]) for name, each in found.items()} == {
        "a": (3, 1),
        "b": (1, 1),
    }
    assert found["a"]["held_ms"] >= 60
    assert found["b"]["held_ms"] >= 20


def test_the_peak_is_the_most_waits_at_the_same_time(database: Database) -> None:
    """Each of its own client; a wait that begins as another ends is none beside it."""
    rows = [("a", 0, 2), ("a", 1, 3), ("a", 2, 4), ("a", 9, 10), ("b", 0, 9), ("b", 1, 8)]
    rows += [("b", 2, 3), ("c", 0, 1), ("c", 1, 2)]
    for name, began, ended in rows:
        database.ask(
            "INSERT INTO lab.waits (application_name, began_at, ended_at) VALUES "
            f"('{name}', to_timestamp({began}), to_timestamp({ended}))"
        )

    found = {name: (each["served"], each["peak"]) for name, each in stats(database).items()}
    assert found == {"a": (4, 2), "b": (3, 3), "c": (2, 1)}
    assert stats(database)["a"]["held_ms"] == 7000


def test_waits_of_several_connections_are_counted_together(database: Database, eventually) -> None:
    """As many as the database has at once, which its own list of connections shows."""
    database.ask("UPDATE lab.dial SET delay_ms = 1500")
    clients = [as_client(database, "pool") for _ in range(4)]
    waits = [threading.Thread(target=each.execute, args=("SELECT lab.wait()",)) for each in clients]
    for each in waits:
        each.start()
    eventually(lambda: database.clients()["pool"]["busy"] == 4, "four waits at once")
    for thread, client in zip(waits, clients, strict=True):
        thread.join()
        client.close()

    assert (stats(database)["pool"]["served"], stats(database)["pool"]["peak"]) == (4, 4)


def test_a_transaction_that_goes_on_keeps_no_count_from_being_reset(database: Database) -> None:
    """Its waits are not there yet, and are counted when it ends."""
    with psycopg.connect(database.url, application_name="long") as long:
        long.execute("SELECT lab.wait()")
        assert database.page.delete("/stats", timeout=10).json() == {"callers": {}}
        long.commit()

    assert stats(database)["long"]["served"] == 1


def test_a_wait_that_cannot_be_counted_is_a_wait_all_the_same(database: Database) -> None:
    """In a database that may not be written to."""
    with as_client(database, "reads") as reads:
        reads.execute("SET default_transaction_read_only = on")
        assert reads.execute("SELECT lab.wait()").fetchone() == (20.0,)

    assert stats(database) == {}


def test_old_waits_and_orders_are_forgotten(database: Database, eventually) -> None:
    """By the program itself: a load that goes on for hours fills no disk."""
    database.ask(
        "INSERT INTO lab.waits (application_name, began_at, ended_at) "
        f"SELECT 'a', now(), now() FROM generate_series(1, {schema.MOST_WAITS + 500})"
    )
    database.ask(
        "INSERT INTO lab.orders (id, item_id, amount) OVERRIDING SYSTEM VALUE "
        f"VALUES (1, 1, 1), (2, 1, 1), ({schema.MOST_ORDERS + 1}, 1, 1)"
    )

    eventually(lambda: database.ask("SELECT min(id) FROM lab.orders") == [(2,)], "old orders")
    eventually(lambda: stats(database)["a"]["served"] == schema.MOST_WAITS, "old waits")
    assert database.ask("SELECT count(*) FROM lab.orders") == [(2,)]


def test_only_counts_are_reset(database: Database) -> None:
    """No other path takes a DELETE."""
    answer = httpx.delete(f"{database.page.base_url}/activity")

    assert (answer.status_code, answer.json()["detail"]) == (404, "DELETE /activity")
