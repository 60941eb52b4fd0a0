"""The dashboard's form for a target's shape: its fields, its presets, and a shape in words.

The names of fields and values are those of `GET /shape` (docs/metrics.md). What a service refuses,
the service itself says: nothing is checked here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from lab.rounded import count, counted
from lab.targets import target

Shape = Mapping[str, Any]
PLAIN_CLIENT = "aiohttp"
PLAIN_POOL = 10
"""Connections to the database in each worker's pool, unless another number is set."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: one of `choices`, or a whole number where there are none.

    `classes` are the worker classes for which it means something; () for all.
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """A button that fills the form. `shape` has some fields; None for the shape of the start."""

    name: str
    sentence: str
    shape: Shape | None


def _client(*transports: str) -> tuple[Field, ...]:
    return (
        Field("client_transport", "client", transports),
        Field("client_lifetime", "one for each", ("worker", "request")),
        Field("client_connections", "its connections (0: no limit)"),
    )


DATABASE = Field("db_pool", "database connections each")
FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType(
    {
        "flask": (
            Field("worker_class", "class", ("sync", "gthread", "gevent", "asgi", "granian")),
            Field("workers", "workers"),
            Field("threads", "threads each", classes=("gthread", "asgi", "granian")),
            Field(
                "connections",
                "connections each",
                classes=("gthread", "gevent", "asgi", "granian"),
            ),
            *_client("aiohttp", "httpx", "httpx2", "requests"),
            DATABASE,
        ),
        "fastapi": (
            Field("workers", "workers"),
            Field("threads", "pool tokens each"),
            *_client("aiohttp", "httpx", "httpx2"),
            DATABASE,
        ),
    }
)
"""The fields of the form by framework, in their order."""


def of_settings(settings: Mapping[str, str]) -> dict[str, str | int]:
    """Return the fields of a shape that settings such as FLASK_WORKERS=4 give."""
    found: dict[str, str | int] = {}
    for name, value in settings.items():
        field = name.removeprefix("FLASK_").removeprefix("FASTAPI_").lower()
        found[field] = int(value) if value.isdigit() else value
    return found


_AS_STARTED = Preset("as started", "The shape with which this target was started", None)
PRESETS: Mapping[str, tuple[Preset, ...]] = MappingProxyType(
    {
        "flask": (
            _AS_STARTED,
            Preset(
                "4 sync workers",
                "Each worker serves one request at a time: 4 slots",
                of_settings({"FLASK_WORKER_CLASS": "sync", "FLASK_WORKERS": "4"}),
            ),
            Preset(
                "1 worker, 100 threads",
                "One process whose threads wait side by side: 100 slots",
                of_settings(
                    {
                        **target("flask-gthread").settings,
                        "FLASK_WORKERS": "1",
                        "FLASK_THREADS": "100",
                        "FLASK_CONNECTIONS": "100",
                    }
                ),
            ),
            Preset(
                "gevent 1,000",
                "Greenlets wait instead of threads, 250 in each of 4 workers: 1,000 slots",
                of_settings({**target("flask-gevent").settings, "FLASK_WORKERS": "4"}),
            ),
        ),
        "fastapi": (
            _AS_STARTED,
            Preset(
                "1 worker",
                "One event loop: no limit for async def, one pool of tokens for plain def",
                of_settings(target("fastapi-solo").settings),
            ),
            Preset(
                "4 workers",
                "Four event loops, each with a pool of tokens of its own",
                of_settings({"FASTAPI_WORKERS": "4"}),
            ),
            Preset(
                "100 pool tokens",
                "Each worker runs 100 plain def requests at once, and any number of async def",
                of_settings({"FASTAPI_THREADS": "100"}),
            ),
        ),
    }
)
"""The presets by framework."""


def form() -> dict[str, Any]:
    """Return fields and presets by framework, ready for JSON."""
    return {
        framework: {
            "fields": [asdict(field) for field in FIELDS[framework]],
            "presets": [asdict(preset) for preset in PRESETS[framework]],
        }
        for framework in FIELDS
    }


def in_words(framework: str, shape: Shape) -> str:
    """Return a shape in words: "4 sync workers", or "1 gthread worker, 100 threads".

    `framework` is that of /server: "flask", "fastapi" or "starlette".
    """
    is_flask, kind = framework == "flask", shape["worker_class"]
    noun = f"{kind} worker" if is_flask or kind != "asgi" else "worker"
    parts = [counted(shape["workers"], noun), *_of_each(is_flask, kind, shape)]
    if shape["client_transport"] != PLAIN_CLIENT:
        parts.append(f"client {shape['client_transport']}")
    if shape["client_lifetime"] == "request":
        parts.append("a client for each request")
    if shape["client_connections"]:
        parts.append(f"{counted(shape['client_connections'], 'connection')} of its client")
    if shape["db_pool"] != PLAIN_POOL:
        each = "" if shape["workers"] == 1 else " each"
        parts.append(f"{counted(shape['db_pool'], 'database connection')}{each}")
    return ", ".join(parts)


def _of_each(is_flask: bool, kind: str, shape: Shape) -> list[str]:
    each = "" if shape["workers"] == 1 else " each"
    threads, connections = shape["threads"], shape["connections"]
    if kind == "sync":
        return []
    if kind == "gevent":
        return [f"{count(connections)} greenlets{each}"]
    noun = "thread" if is_flask else "pool token"
    found = [f"{counted(threads, noun)}{each}"]
    # A limit of connections above the threads changes nothing for a plain view.
    if 0 < connections < threads:
        found.append(f"{counted(connections, 'connection')}{each}")
    return found
