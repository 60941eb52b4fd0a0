"""The settings of this program. They are read once, from the environment."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

PAGE_ABOVE = 1000  # the page's port is so much above the server's


class SettingsError(ValueError):
    """A variable has an invalid value; the message has the variable, the value and the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; `data_dir` is the folder in which the server's folder is made.

    `password` is that of the database's user, `upstream_url` the upstream whose dial is copied.
    """

    listen_host: str
    listen_port: int
    password: str
    connections: int
    data_dir: str
    upstream_url: str

    @property
    def page_port(self) -> int:
        """Port of the page that says what the server is doing."""
        return self.listen_port + PAGE_ABOVE

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises SettingsError for the first invalid value."""
        return cls(
            listen_host=environ.get("LISTEN_HOST", "127.0.0.1"),
            listen_port=whole(environ, "LISTEN_PORT", 8004, low=1, high=64535),
            password=text(environ, "DB_PASSWORD"),
            connections=whole(environ, "DB_MAX_CONNECTIONS", 450, low=10, high=5000),
            data_dir=environ.get("DATA_DIR") or tempfile.gettempdir(),
            upstream_url=environ.get("UPSTREAM_URL", "http://127.0.0.1:8003"),
        )


def text(environ: Mapping[str, str], name: str) -> str:
    """Return a non-empty text."""
    value = environ.get(name, "")
    if not value.strip():
        raise SettingsError(f"{name}={value!r}: expected some text")
    return value


def whole(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, written in ASCII digits."""
    value = environ.get(name, str(default))
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
    if not low <= number <= high:
        raise SettingsError(f"{name}={value!r}: expected a whole number from {low} to {high}")
    return number
