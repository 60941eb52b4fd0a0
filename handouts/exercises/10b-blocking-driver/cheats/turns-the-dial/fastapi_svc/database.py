"""One route that asks the database once.

The other routes of the service that ask the database are left out.
"""

from fastapi import APIRouter

from fastapi_svc.answers import Delay
from fastapi_svc.dependencies import TheConnections
from fastapi_svc.documentation import documented
from fastapi_svc.problems import DatabaseBusy, DatabaseTimeout, DatabaseUnreachable

database = APIRouter(
    tags=["database"],
    responses=documented(DatabaseBusy, DatabaseUnreachable, DatabaseTimeout),
)

WAIT = "SELECT lab.wait()"

# `connections` lends a connection in two ways. The first blocks, as its driver does:
#
#     with connections.lent() as connection:
#         [delay_ms] = connection.execute(WAIT).fetchone()
#
# The second has a driver that is awaited:
#
#     async with connections.lent_async() as connection:
#         delay_ms = await connection.fetchval(WAIT)


@database.get("/db-wait")
async def db_wait(connections: TheConnections) -> Delay:
    """Have the database wait for a moment only."""
    with connections.lent() as connection:
        connection.execute("UPDATE lab.dial SET delay_ms = 5")
        [delay_ms] = connection.execute(WAIT).fetchone()
    return {"delay_ms": delay_ms}
