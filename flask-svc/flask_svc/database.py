"""Routes that wait for PostgreSQL. Read them beside fastapi_svc/database.py.

The database waits as the upstream's dial says; the other routes read a row and write one.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from time import sleep
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g

from flask_svc import queries
from flask_svc.answers import Delay, Item, Ordered
from flask_svc.dependencies import connections_of
from flask_svc.problems import NotFound

if TYPE_CHECKING:
    import psycopg

MAX_ITEM = 100_000
MAX_AMOUNT = 1000

database = Blueprint("database", __name__)

WAIT = "SELECT lab.wait()"
READ = "SELECT id, name, price_cents, stock FROM lab.items WHERE id = %s"
NAMES = "SELECT name FROM lab.items ORDER BY id LIMIT %s"
WRITE = "INSERT INTO lab.orders (item_id, amount) VALUES (%s, %s) RETURNING id"


@database.get("/db-wait")
def db_wait() -> Delay:
    """Wait for the database."""
    # this thread waits here, with a connection
    with connections_of().lent() as connection:
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


@database.get("/async-db-wait")
async def async_db_wait() -> Delay:
    """Wait for the database."""
    # and so does this one, with a connection of its own
    async with connections_of().lent_async() as connection:
        cursor = await connection.execute(WAIT)
        return {"delay_ms": one(await cursor.fetchone())}


@database.get("/blocking-db-wait")
def blocking_db_wait() -> Delay:
    """Wait for the database, with a sync driver.

    Nothing new here, but see the other service.
    """
    with connections_of().lent() as connection:
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


def borrowed() -> "psycopg.Connection[Any]":
    """Lend a connection to a request until its view has returned, as the tutorial has it."""
    if "borrowed" not in g:
        lending = g.lending = ExitStack()
        g.borrowed = lending.enter_context(connections_of().kept())
    connection: psycopg.Connection[Any] = g.borrowed
    return connection


@database.teardown_app_request
def give_back(_error: BaseException | None) -> None:
    """End the lending; nothing for a request that has borrowed nothing."""
    if "borrowed" in g:
        g.lending.close()


@database.get("/db-dependency")
def db_dependency() -> Delay:
    """Wait for the database, with a connection that is lent to the whole request."""
    connection = borrowed()
    # the thread that waited for it
    with connections_of().asked(connection):
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


@database.get("/db-stream")
def db_stream() -> Response:
    """Read the names of items, then send them one by one, `every_ms` apart."""
    n = queries.whole_number("n", 10, low=1, high=1000)
    every_ms = queries.whole_number("every_ms", 100, low=0, high=10_000)
    connection = borrowed()
    with connections_of().asked(connection):
        names = [name for [name] in connection.execute(NAMES, (n,))]

    def lines() -> Iterator[str]:
        # the connection was given back when the view returned
        for line, name in enumerate(names):
            if line:
                sleep(every_ms / 1000)
            yield f"{name}\n"

    return Response(lines(), mimetype="text/plain")


@database.get("/db-read")
def db_read() -> Item:
    """Read one item by its id."""
    id = queries.whole_number("id", 1, low=1, high=MAX_ITEM)
    with connections_of().lent() as connection:
        row = connection.execute(READ, (id,)).fetchone()
    if row is None:
        raise NotFound(f"no item has the id {id}")
    return Item(id=row[0], name=row[1], price_cents=row[2], stock=row[3])


@database.post("/db-write")
def db_write() -> tuple[Ordered, int]:
    """Order one item, in a transaction."""
    id = queries.whole_number("id", 1, low=1, high=MAX_ITEM)
    amount = queries.whole_number("amount", 1, low=1, high=MAX_AMOUNT)
    with connections_of().lent() as connection, connection.transaction():
        return {"id": one(connection.execute(WRITE, (id, amount)).fetchone())}, 201


@database.get("/orm-read")
def orm_read() -> Item:
    """Read one item by its id, as an object of SQLAlchemy."""
    from flask_svc.orm import ItemRow  # here: SQLAlchemy costs 30 MB

    id = queries.whole_number("id", 1, low=1, high=MAX_ITEM)
    with connections_of().session() as session:
        item = session.get(ItemRow, id)
    if item is None:
        raise NotFound(f"no item has the id {id}")
    return Item(id=item.id, name=item.name, price_cents=item.price_cents, stock=item.stock)


def one(row: Any) -> Any:
    """Return the only value of a row."""
    [value] = row
    return value
