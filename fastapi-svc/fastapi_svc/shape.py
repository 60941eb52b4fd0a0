"""GET, PUT and DELETE /shape on the supervisor's port: what the server is made of.

PUT replaces the server by one with other settings of its shape, DELETE by one with those of the
start. What start-up would refuse is refused with the same sentence.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi_svc.settings import Settings

if TYPE_CHECKING:
    from fastapi_svc.supervisor import Supervisor

FIELDS: Mapping[str, str] = {
    "worker_class": "FASTAPI_WORKER_CLASS",
    "workers": "FASTAPI_WORKERS",
    "threads": "FASTAPI_THREADS",
    "connections": "FASTAPI_CONNECTIONS",
    "client_transport": "CLIENT_TRANSPORT",
    "client_lifetime": "CLIENT_LIFETIME",
    "client_connections": "CLIENT_CONNECTIONS",
    "db_pool": "DB_POOL",
}
"""Each field of a shape, and its setting."""


class NotAShape(ValueError):
    """The body of a PUT is no shape; one sentence."""


def described(supervisor: "Supervisor") -> dict[str, Any]:
    """Return the answer of each method."""
    return {
        "shape": of(supervisor.settings),
        "start": of(supervisor.at_start),
        "changes": supervisor.changes,
        "took_s": round(supervisor.took_s, 3),
    }


def of(settings: Settings) -> dict[str, Any]:
    """Return the shape in the settings."""
    return {field: getattr(settings, field) for field in FIELDS}


def asked(body: bytes) -> dict[str, str]:
    """Return the settings that the body of a PUT asks for. Raises NotAShape."""
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not given:
        raise NotAShape(f"expected a JSON object with some of {', '.join(FIELDS)}")
    for field, value in given.items():
        if field not in FIELDS:
            raise NotAShape(f"{field}: expected one of {', '.join(FIELDS)}")
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise NotAShape(f"{field}: expected a whole number or a text")
    return {FIELDS[field]: str(value) for field, value in given.items()}
