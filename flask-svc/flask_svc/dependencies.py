"""Access to the app's storage, client and settings, for routes outside app.py."""

from typing import Annotated, Any

from flask import current_app
from pydantic import BaseModel, Field

from flask_svc.connections import Connections
from flask_svc.models import MAX_ID
from flask_svc.settings import Settings
from flask_svc.storage import Storage
from flask_svc.upstream import HttpUpstream

Created = tuple[dict[str, Any], int, dict[str, str]]
"""The return value of a view that creates something: body, status, headers."""


class IdPath(BaseModel):
    """Which user, or which job."""

    id: Annotated[int, Field(ge=1, le=MAX_ID)]


def storage_of() -> Storage:
    """Return this worker's storage."""
    storage: Storage = current_app.extensions["storage"]
    return storage


def upstream_of() -> HttpUpstream:
    """Return this worker's client to the upstream."""
    upstream: HttpUpstream = current_app.extensions["upstream"]
    return upstream


def connections_of() -> Connections:
    """Return this worker's connections to the database."""
    connections: Connections = current_app.extensions["connections"]
    return connections


def settings_of() -> Settings:
    """Return the settings of this service."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings
