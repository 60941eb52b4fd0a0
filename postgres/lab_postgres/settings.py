"""The settings of this program. They are read once, from the environment."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

USER = PASSWORD = DATABASE = "lab"
"""What the services connect with. The role may do nothing outside of its own database."""


class SettingsError(ValueError):
    """A variable has an invalid value; the message has the variable, the value and the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings.

    `listen_host` and `listen_port` are the page's, `database_host` and `database_port` those of
    PostgreSQL: a whole room may see the page, and only the services the database. `data_dir` is the
    folder in which the server's folder is made. `connections` are those that the services can have
    together, and `bouncer_pool` those that pgbouncer lends them, 0 without it. With `own_url`, a
    server of the user's, none is started. `upstream_url` is the upstream whose dial is copied.
    """

    listen_host: str
    listen_port: int
    database_host: str
    database_port: int
    connections: int
    bouncer_pool: int
    data_dir: str
    own_url: str
    upstream_url: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises SettingsError for the first invalid value."""
        own_url = environ.get("DATABASE_URL", "").strip()
        if own_url and not own_url.startswith("postgresql://"):
            raise SettingsError("DATABASE_URL: expected postgresql://user:password@host:port/name")
        return cls(
            listen_host=environ.get("LISTEN_HOST", "127.0.0.1"),
            listen_port=_whole(environ, "LISTEN_PORT", 8004, low=1, high=65535),
            database_host=environ.get("DATABASE_HOST", "127.0.0.1"),
            database_port=_whole(environ, "DATABASE_PORT", 9004, low=1, high=65535),
            connections=_whole(environ, "DB_MAX_CONNECTIONS", 450, low=1, high=5000),
            bouncer_pool=_whole(environ, "DB_BOUNCER_POOL", 0, low=0, high=5000),
            data_dir=environ.get("DATA_DIR") or tempfile.gettempdir(),
            own_url=own_url,
            upstream_url=environ.get("UPSTREAM_URL", "http://127.0.0.1:8003"),
        )


def _whole(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    value = environ.get(name, str(default))
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
    if not low <= number <= high:
        raise SettingsError(f"{name}={value!r}: expected a whole number from {low} to {high}")
    return number
