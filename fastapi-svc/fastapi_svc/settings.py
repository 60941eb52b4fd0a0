"""The settings of this service. They are read once, from the environment.

Each field has one variable. The variables of the server's shape have this service's prefix
(FASTAPI_WORKERS); settings that both services share have no prefix. flask-svc
has the same fields under the same names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

APPS = ("fastapi", "starlette")
WORKER_CLASSES = ("asgi", "granian")
TRANSPORTS = ("aiohttp", "httpx", "httpx2")


class SettingsError(ValueError):
    """A variable has an invalid value; the message has the variable, the value and the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings. Names that end in `_s` are durations in seconds.

    A comment marks each count for which 0 means "no limit".
    """

    target: str  # the upstream counts this service's requests under this name
    app: str  # which of a service's apps: "starlette" has a few of the same routes without FastAPI
    listen_host: str
    listen_port: int
    listen_backlog: int
    supervisor_host: str  # address of the supervisor, on listen_port + 1000; "": there is none
    listeners: str  # "shared": one socket for all workers; "own": one for each worker
    worker_class: str
    workers: int
    threads: int  # thread-pool tokens in each worker
    connections: int  # connections that one worker serves at once; 0: no limit
    asgi_loop: str
    asgi_http: str
    keep_alive_s: int
    worker_timeout_s: int
    shutdown_s: int
    access_log: bool
    body_max_bytes: int  # limit for a request's body and for a WebSocket's message
    body_timeout_s: float  # deadline for a body, from the begin of its request to its last byte
    sockets: int  # WebSockets that one worker holds at once
    socket_ping_s: float  # seconds without a pong before a WebSocket is closed
    data_dir: str  # folder of the SQLite file of users and jobs
    data_max_mb: int
    upstream_url: str
    upstream_connect_timeout_s: float
    upstream_timeout_s: float
    client_transport: str
    client_lifetime: str
    client_connections: int  # in each worker; 0: no limit
    client_keep_alive_s: float
    client_pool_timeout_s: float
    database_url: str  # "": there is no database
    db_driver: str  # of async routes
    db_pool: int  # connections to the database in each worker
    db_bouncer_pool: int  # those that pgbouncer lends to all workers of all services; 0: none
    db_pool_timeout_s: float
    db_statement_timeout_s: float
    db_lifetime: str  # "worker": a pool; "request": each request connects, as tutorials print it

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises SettingsError for the first invalid value."""
        settings = cls(
            target=text(environ, "TARGET", "fastapi-svc"),
            app=choice(environ, "FASTAPI_APP", "fastapi", APPS),
            listen_host=text(environ, "LISTEN_HOST", "127.0.0.1"),
            listen_port=whole(environ, "LISTEN_PORT", 8002, low=1, high=65535),
            listen_backlog=whole(environ, "LISTEN_BACKLOG", 4096, low=1, high=65535),
            supervisor_host=optional(environ, "SUPERVISOR_HOST", ""),
            listeners=choice(environ, "LISTENERS", "shared", ("shared", "own")),
            worker_class=choice(environ, "FASTAPI_WORKER_CLASS", "asgi", WORKER_CLASSES),
            workers=whole(environ, "FASTAPI_WORKERS", 4, low=1, high=1000),
            threads=whole(environ, "FASTAPI_THREADS", 40, low=1, high=10000),
            connections=whole(environ, "FASTAPI_CONNECTIONS", 0, low=0, high=100000),
            asgi_loop=choice(environ, "ASGI_LOOP", "uvloop", ("uvloop", "asyncio")),
            asgi_http=choice(environ, "ASGI_HTTP", "httptools", ("httptools", "h11")),
            keep_alive_s=whole(environ, "KEEP_ALIVE_S", 5, low=1, high=3600),
            worker_timeout_s=whole(environ, "WORKER_TIMEOUT_S", 120, low=1, high=3600),
            shutdown_s=whole(environ, "SHUTDOWN_S", 30, low=1, high=3600),
            access_log=choice(environ, "ACCESS_LOG", "0", ("0", "1")) == "1",
            body_max_bytes=whole(environ, "BODY_MAX_BYTES", 65536, low=1, high=100_000_000),
            body_timeout_s=seconds(environ, "BODY_TIMEOUT_S", 10),
            sockets=whole(environ, "SOCKETS", 1000, low=1, high=100000),
            socket_ping_s=seconds(environ, "SOCKET_PING_S", 20),
            data_dir=text(environ, "DATA_DIR", "/tmp"),
            data_max_mb=whole(environ, "DATA_MAX_MB", 64, low=1, high=10000),
            upstream_url=url(environ, "UPSTREAM_URL", "http://127.0.0.1:8003"),
            upstream_connect_timeout_s=seconds(environ, "UPSTREAM_CONNECT_TIMEOUT_S", 5),
            upstream_timeout_s=seconds(environ, "UPSTREAM_TIMEOUT_S", 65),
            client_transport=choice(environ, "CLIENT_TRANSPORT", "aiohttp", TRANSPORTS),
            client_lifetime=choice(environ, "CLIENT_LIFETIME", "worker", ("worker", "request")),
            client_connections=whole(environ, "CLIENT_CONNECTIONS", 0, low=0, high=100000),
            client_keep_alive_s=seconds(environ, "CLIENT_KEEP_ALIVE_S", 30),
            client_pool_timeout_s=seconds(environ, "CLIENT_POOL_TIMEOUT_S", 30),
            database_url=database(environ, "DATABASE_URL"),
            db_driver=choice(environ, "FASTAPI_DB_DRIVER", "asyncpg", ("asyncpg", "psycopg")),
            db_pool=whole(environ, "DB_POOL", 10, low=1, high=1000),
            db_bouncer_pool=whole(environ, "DB_BOUNCER_POOL", 0, low=0, high=5000),
            db_pool_timeout_s=seconds(environ, "DB_POOL_TIMEOUT_S", 30),
            db_statement_timeout_s=seconds(environ, "DB_STATEMENT_TIMEOUT_S", 65),
            db_lifetime=choice(environ, "DB_LIFETIME", "worker", ("worker", "request")),
        )
        if settings.worker_timeout_s <= settings.upstream_timeout_s:
            raise SettingsError(
                f"WORKER_TIMEOUT_S={settings.worker_timeout_s}: expected more than "
                f"UPSTREAM_TIMEOUT_S={settings.upstream_timeout_s:g}, "
                "or a worker is replaced while it waits"
            )
        if settings.worker_class == "granian" and settings.connections:
            raise SettingsError(
                f"FASTAPI_CONNECTIONS={str(settings.connections)!r}: expected 0 "
                "with FASTAPI_WORKER_CLASS=granian, which never answers 503"
            )
        return settings


def text(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return a non-empty text."""
    value = environ.get(name, default)
    if not value.strip():
        raise SettingsError(f"{name}={value!r}: expected some text")
    return value


def optional(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return a text that may be empty."""
    return environ.get(name, default).strip()


def whole(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, written in ASCII digits."""
    value = environ.get(name, str(default))
    try:
        number = int(value) if value.isascii() and value.isdigit() else -1
    except ValueError:  # more than 4300 digits, which Python does not convert
        number = -1
    if not low <= number <= high:
        raise SettingsError(f"{name}={value!r}: expected a whole number from {low} to {high}")
    return number


def seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    """Return a duration in seconds, above 0 and at most 3600."""
    value = environ.get(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number <= 3600:
        raise SettingsError(f"{name}={value!r}: expected seconds, above 0 and at most 3600")
    return number


def choice(environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of `choices`."""
    value = environ.get(name, default)
    if value not in choices:
        raise SettingsError(f"{name}={value!r}: expected one of {', '.join(choices)}")
    return value


def url(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return an http or https URL without a trailing slash."""
    value = environ.get(name, default)
    scheme, separator, host = value.partition("://")
    if scheme not in ("http", "https") or not separator or not host or value.endswith("/"):
        raise SettingsError(
            f"{name}={value!r}: expected http:// or https://, a host, no slash at the end"
        )
    return value


def database(environ: Mapping[str, str], name: str) -> str:
    """Return the address of a PostgreSQL, or nothing."""
    value = environ.get(name, "").strip()
    if value and not value.startswith("postgresql://"):
        # Not the value, which may hold a password.
        raise SettingsError(f"{name}: expected postgresql://user:password@host:port/name")
    return value
