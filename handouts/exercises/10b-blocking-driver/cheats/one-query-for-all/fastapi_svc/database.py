"""One route that asks the database once.

The other routes of the service that ask the database are left out.
"""

import asyncio

from fastapi import APIRouter

from fastapi_svc.answers import Delay
from fastapi_svc.connections import Connections
from fastapi_svc.dependencies import TheConnections
from fastapi_svc.documentation import documented
from fastapi_svc.problems import DatabaseBusy, DatabaseTimeout, DatabaseUnreachable

database = APIRouter(
    tags=["database"],
    responses=documented(DatabaseBusy, DatabaseUnreachable, DatabaseTimeout),
)

WAIT = "SELECT lab.wait()"

asked: list[asyncio.Task[float]] = []

# `connections` lends a connection in two ways. The first blocks, as its driver does:
#
#     with connections.lent() as connection:
#         [delay_ms] = connection.execute(WAIT).fetchone()
#
# The second has a driver that is awaited:
#
#     async with connections.lent_async() as connection:
#         delay_ms = await connection.fetchval(WAIT)


async def query(connections: Connections) -> float:
    """Wait for the database."""
    async with connections.lent_async() as connection:
        return float(await connection.fetchval(WAIT))


@database.get("/db-wait")
async def db_wait(connections: TheConnections) -> Delay:
    """Let everybody who comes meanwhile have the answer to one query."""
    if not asked or asked[-1].done():
        asked.append(asyncio.create_task(query(connections)))
    return {"delay_ms": await asked[-1]}
