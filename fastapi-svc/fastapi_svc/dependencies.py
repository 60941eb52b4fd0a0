"""Access to the app's storage, client and settings, for routes outside app.py.

The functions are async because FastAPI sends a plain `def` dependency to the thread pool, where
each costs 100 µs and a token.
"""

from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import HTTPConnection

from fastapi_svc.connections import Connections
from fastapi_svc.models import MAX_ID
from fastapi_svc.settings import Settings
from fastapi_svc.storage import Storage
from fastapi_svc.upstream import HttpUpstream

Id = Annotated[int, Path(ge=1, le=MAX_ID)]


async def storage_of(connection: HTTPConnection) -> Storage:
    """Return this worker's storage."""
    storage: Storage = connection.app.state.storage
    return storage


async def upstream_of(connection: HTTPConnection) -> HttpUpstream:
    """Return this worker's client to the upstream."""
    upstream: HttpUpstream = connection.app.state.upstream
    return upstream


async def connections_of(connection: HTTPConnection) -> Connections:
    """Return this worker's connections to the database."""
    connections: Connections = connection.app.state.connections
    return connections


async def settings_of(connection: HTTPConnection) -> Settings:
    """Return the settings of this service."""
    settings: Settings = connection.app.state.settings
    return settings


TheStorage = Annotated[Storage, Depends(storage_of)]
TheUpstream = Annotated[HttpUpstream, Depends(upstream_of)]
TheConnections = Annotated[Connections, Depends(connections_of)]
TheSettings = Annotated[Settings, Depends(settings_of)]
