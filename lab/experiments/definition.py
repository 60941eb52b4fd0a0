"""The hash of an experiment's definition, which is the same on every machine.

Two runs with the same hash were asked for the same loads, on servers with the same settings.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from lab import targets
from lab.experiments import settings

TEXTS = frozenset({"question", "explains", "chart"})
"""Keys of an experiment's file that change nothing of what is measured or judged."""
OF_DATABASE = ("DB_", "DATABASE_", "FASTAPI_DB_")
"""Beginnings of settings that have an effect only where the database is asked."""
DIGITS = 16
"""Hexadecimal digits of a hash that are kept: 64 bits tell any number of versions apart."""


def digest(document: Mapping[str, Any], base: Mapping[str, str] | None = None) -> str:
    """Return the first 16 hex digits of the SHA-256 of a parsed experiment file, without TEXTS.

    `base` are the settings below the file's own, those of .env where it is None; those of the
    database count only for an experiment that asks it. Whether a run is quick does not matter: the
    tables for a quick run are part of the file.
    """
    below = settings.BASE if base is None else base
    without = () if _asks_database(document) else OF_DATABASE
    known = [name for name in settings.KNOWN if name in below and not name.startswith(without)]
    content = {
        "document": {name: value for name, value in document.items() if name not in TEXTS},
        "settings": {name: below[name] for name in known},
    }
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:DIGITS]


def _asks_database(document: Mapping[str, Any]) -> bool:
    routes = [route for group in document.get("cells", ()) for route in group.get("routes", ())]
    return any(targets.asks_database(route) for route in routes)
