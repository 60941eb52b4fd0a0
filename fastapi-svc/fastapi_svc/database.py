"""Routes that wait for PostgreSQL. Read them beside flask_svc/database.py.

The database waits as the upstream's dial says; the other routes read a row and write one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from fastapi_svc.answers import Delay, Item, Ordered
from fastapi_svc.dependencies import TheConnections
from fastapi_svc.documentation import documented
from fastapi_svc.problems import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTimeout,
    DatabaseUnreachable,
    NotFound,
    StorageFull,
)
from fastapi_svc.realtime import LineEvery, Lines

if TYPE_CHECKING:
    import psycopg

MAX_ITEM = 100_000
MAX_AMOUNT = 1000

database = APIRouter(
    tags=["asks the database"],
    responses=documented(DatabaseBusy, DatabaseUnreachable, DatabaseTimeout),
)

ItemId = Annotated[int, Query(ge=1, le=MAX_ITEM)]
Amount = Annotated[int, Query(ge=1, le=MAX_AMOUNT)]

# With PlainTextResponse as its class, a route's errors would be documented as texts, too.
TEXT: dict[str, Any] = {"content": {"text/plain": {"schema": {"type": "string"}}}}

WAIT = "SELECT lab.wait()"
READ = "SELECT id, name, price_cents, stock FROM lab.items WHERE id = $1"
NAMES = "SELECT name FROM lab.items ORDER BY id LIMIT %s"
WRITE = "INSERT INTO lab.orders (item_id, amount) VALUES ($1, $2) RETURNING id"


@database.get("/db-wait")
def db_wait(connections: TheConnections) -> Delay:
    """Wait for the database."""
    # a thread of the pool waits here, with a connection
    with connections.lent() as connection:
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


@database.get("/async-db-wait")
async def async_db_wait(connections: TheConnections) -> Delay:
    """Wait for the database."""
    # the loop serves others meanwhile, those that find a connection
    async with connections.lent_async() as connection:
        return {"delay_ms": await connection.fetchval(WAIT)}


@database.get("/blocking-db-wait")
async def blocking_db_wait(connections: TheConnections) -> Delay:
    """Wait for the database, with a sync driver.

    The trap: a sync driver in a coroutine stops the whole loop, as a sync client does.
    """
    # this worker serves no other request meanwhile
    with connections.lent() as connection:
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


def borrowed(connections: TheConnections) -> "Iterator[psycopg.Connection[Any]]":
    """Lend a connection to a request from its begin to the end of its answer.

    The tutorial's form. As a plain `def` it needs a token of the pool of threads to begin, and one
    more to give the connection back.
    """
    with connections.kept() as connection:
        yield connection


Borrowed = Annotated[Any, Depends(borrowed)]


@database.get("/db-dependency")
def db_dependency(connections: TheConnections, connection: Borrowed) -> Delay:
    """Wait for the database, with a connection that is lent to the whole request."""
    # another token, while all others may wait for this connection
    with connections.asked(connection):
        return {"delay_ms": one(connection.execute(WAIT).fetchone())}


@database.get("/db-stream", response_class=StreamingResponse, responses={200: TEXT})
def db_stream(
    connections: TheConnections, connection: Borrowed, n: Lines = 10, every_ms: LineEvery = 100
) -> StreamingResponse:
    """Read the names of items, then send them one by one, `every_ms` apart."""
    with connections.asked(connection):
        names = [name for [name] in connection.execute(NAMES, (n,))]

    async def lines() -> AsyncIterator[str]:
        # the connection stays lent until the last line is sent
        for line, name in enumerate(names):
            if line:
                await asyncio.sleep(every_ms / 1000)
            yield f"{name}\n"

    return StreamingResponse(lines(), media_type="text/plain")


@database.get("/db-read", responses=documented(NotFound))
async def db_read(connections: TheConnections, id: ItemId = 1) -> Item:
    """Read one item by its id."""
    async with connections.lent_async() as connection:
        row = await connection.fetchrow(READ, id)
    if row is None:
        raise NotFound(f"no item has the id {id}")
    return Item(id=row["id"], name=row["name"], price_cents=row["price_cents"], stock=row["stock"])


@database.post("/db-write", status_code=201, responses=documented(DatabaseReadOnly, StorageFull))
async def db_write(connections: TheConnections, id: ItemId = 1, amount: Amount = 1) -> Ordered:
    """Order one item, in a transaction."""
    async with connections.lent_async() as connection, connection.transaction():
        return {"id": await connection.fetchval(WRITE, id, amount)}


@database.get("/orm-read", responses=documented(NotFound))
async def orm_read(connections: TheConnections, id: ItemId = 1) -> Item:
    """Read one item by its id, as an object of SQLAlchemy."""
    from fastapi_svc.orm import ItemRow  # here: SQLAlchemy costs 30 MB

    async with connections.session() as session:
        item = await session.get(ItemRow, id)
    if item is None:
        raise NotFound(f"no item has the id {id}")
    return Item(id=item.id, name=item.name, price_cents=item.price_cents, stock=item.stock)


def one(row: Any) -> Any:
    """Return the only value of a row."""
    [value] = row
    return value
