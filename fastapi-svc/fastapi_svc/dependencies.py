"""What routes outside of app.py need of the app."""

from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import HTTPConnection

from fastapi_svc.models import MAX_ID
from fastapi_svc.settings import Settings
from fastapi_svc.storage import Storage
from fastapi_svc.upstream import HttpUpstream

Id = Annotated[int, Path(ge=1, le=MAX_ID)]


def storage_of(connection: HTTPConnection) -> Storage:
    """This worker's storage."""
    storage: Storage = connection.app.state.storage
    return storage


def upstream_of(connection: HTTPConnection) -> HttpUpstream:
    """This worker's client to the upstream."""
    upstream: HttpUpstream = connection.app.state.upstream
    return upstream


def settings_of(connection: HTTPConnection) -> Settings:
    """The settings of this service."""
    settings: Settings = connection.app.state.settings
    return settings


TheStorage = Annotated[Storage, Depends(storage_of)]
TheUpstream = Annotated[HttpUpstream, Depends(upstream_of)]
TheSettings = Annotated[Settings, Depends(settings_of)]
