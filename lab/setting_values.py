"""Which values a setting takes, checked before anything starts.

The services check their own settings too; a test holds the ranges here equal to theirs.
"""

import re
from collections.abc import Mapping

from lab import environment

_PORT = (1, 65535)
_SECONDS = (1, 3600)
_FIRST_OPEN_PORT = 1024
"""The least port that any user may open."""
_DATABASE_URL = "DATABASE_URL"
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
WHOLE: Mapping[str, tuple[int, int]] = {
    "FLASK_WORKERS": (1, 1000),
    "FLASK_THREADS": (1, 10000),
    "FLASK_CONNECTIONS": (0, 100000),
    "FASTAPI_WORKERS": (1, 1000),
    "FASTAPI_THREADS": (1, 10000),
    "FASTAPI_CONNECTIONS": (0, 100000),
    "LISTEN_BACKLOG": (1, 65535),
    "KEEP_ALIVE_S": _SECONDS,
    "WORKER_TIMEOUT_S": _SECONDS,
    "SHUTDOWN_S": _SECONDS,
    "BODY_MAX_BYTES": (1, 100_000_000),
    "SOCKETS": (1, 100000),
    "DATA_MAX_MB": (1, 10000),
    "CLIENT_CONNECTIONS": (0, 100000),
    "DB_POOL": (1, 1000),
    "DB_MAX_CONNECTIONS": (1, 5000),
    "DB_BOUNCER_POOL": (0, 5000),
    "LOAD_WORKERS": (1, 64),
}
"""Settings that are whole numbers, with their least and greatest value. Ports are beside them."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "LAB_BIND": ("127.0.0.1", "0.0.0.0"),
    "CALIBRATE": ("on", "off"),
    "FLASK_WORKER_CLASS": ("sync", "gthread", "gevent", "asgi", "granian"),
    "FASTAPI_APP": ("fastapi", "starlette"),
    "FASTAPI_WORKER_CLASS": ("asgi", "granian"),
    "ASGI_LOOP": ("uvloop", "asyncio"),
    "ASGI_HTTP": ("httptools", "h11"),
    "LISTENERS": ("shared", "own"),
    "ACCESS_LOG": ("0", "1"),
    "CLIENT_TRANSPORT": ("aiohttp", "httpx", "httpx2"),
    "CLIENT_LIFETIME": ("worker", "request"),
    "DB_LIFETIME": ("worker", "request"),
    "FASTAPI_DB_DRIVER": ("asyncpg", "psycopg"),
}
"""Settings that are one of a few words."""
SECONDS = (
    *("BODY_TIMEOUT_S", "SOCKET_PING_S", "CLIENT_KEEP_ALIVE_S", "CLIENT_POOL_TIMEOUT_S"),
    *("UPSTREAM_CONNECT_TIMEOUT_S", "UPSTREAM_TIMEOUT_S"),
    *("DB_POOL_TIMEOUT_S", "DB_STATEMENT_TIMEOUT_S"),
)
"""Settings that are seconds, above 0 and at most 3600."""


def problem(name: str, value: str) -> str:
    """Return what is expected instead of the value; empty where it is right or not checked here."""
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"expected {' or '.join(CHOICES[name])}"
    if name in SECONDS:
        return "" if _is_duration(value) else "expected seconds, above 0 and at most 3600"
    if name == _DATABASE_URL:
        is_one = value.strip().startswith("postgresql://") or not value.strip()
        return "" if is_one else "expected postgresql://user:password@host:port/name"
    if name == "UPSTREAM_DELAY_MS":
        is_right = _DECIMAL.fullmatch(value) and float(value) <= 60_000
        return "" if is_right else "expected a number from 0 to 60000"
    if name not in WHOLE and not name.endswith("_PORT"):
        return ""
    low, high = WHOLE.get(name, _PORT)
    digits = value.lstrip("0") or "0"
    if value.isascii() and value.isdigit() and len(digits) <= 9 and low <= int(digits) <= high:
        return ""
    return f"expected a whole number from {low} to {high}"


def refuse_bad(environ: Mapping[str, str]) -> None:
    """Raise EnvironmentFileError for the first setting with a wrong value, with one that works.

    `environ` holds the settings of the files and the shell.
    """
    defaults = environment.read(environment.ROOT / environment.COMMON)
    for name, default in defaults.items():
        if name in environ and (expected := problem(name, environ[name])):
            # An address may hold a password.
            shown = name if name == _DATABASE_URL else f"{name}={environ[name][:60]!r}"
            raise environment.EnvironmentFileError(
                f"{shown}: {expected}, e.g. `{name}={_example(name, default)} make up`"
            )


def _example(name: str, default: str) -> str:
    """Return the default; where .env itself is wrong, the first choice or a small number."""
    if not problem(name, default):
        return default
    if name in CHOICES:
        return CHOICES[name][0]
    if name.endswith("_PORT"):
        return str(_FIRST_OPEN_PORT)
    return str(WHOLE[name][0]) if name in WHOLE else "1"


def _is_duration(value: str) -> bool:
    try:
        return 0 < float(value) <= 3600
    except ValueError:
        return False
