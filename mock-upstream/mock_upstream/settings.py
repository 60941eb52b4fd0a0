"""The settings of the server. They are read once, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mock_upstream.decimals import decimal, whole


class SettingsError(Exception):
    """A setting has an invalid value; the message has the variable, the value and the range."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The address to listen on, and the behaviour at the start.

    `upstream_delay_ms` is the initial delay of the dial, in milliseconds. `shutdown_s` is the
    time after SIGTERM in which requests in flight still get their answers, in seconds.
    `listen_port` 0 takes a free port. `hosts` are the names with a dot under which the dial
    and the statistics answer.
    """

    listen_host: str = "127.0.0.1"
    listen_port: int = 8003
    listen_backlog: int = 4096
    upstream_delay_ms: float = 1000.0
    shutdown_s: float = 30.0
    hosts: frozenset[str] = frozenset()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; an unset variable keeps its default.

        Raises SettingsError for the first invalid value.
        """
        host = environ.get("LISTEN_HOST", cls().listen_host)
        if not host or host != host.strip():
            raise SettingsError(f"LISTEN_HOST={host!r}: expected a host name or an address")
        return cls(
            listen_host=host,
            listen_port=_whole(environ, "LISTEN_PORT", cls().listen_port, 0, 65535),
            listen_backlog=_whole(environ, "LISTEN_BACKLOG", cls().listen_backlog, 1, 65535),
            upstream_delay_ms=_number(
                environ, "UPSTREAM_DELAY_MS", cls().upstream_delay_ms, 0, 60_000
            ),
            shutdown_s=_number(environ, "SHUTDOWN_S", cls().shutdown_s, 0, 3600),
            hosts=frozenset(environ.get("LAB_HOSTS", "").lower().replace(",", " ").split()),
        )


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name)
    if text is None:
        return default
    value = whole(text)
    if value is None or not low <= value <= high:
        raise SettingsError(f"{name}={text!r}: expected a whole number from {low} to {high}")
    return value


def _number(environ: Mapping[str, str], name: str, default: float, low: int, high: int) -> float:
    text = environ.get(name)
    if text is None:
        return default
    value = decimal(text)
    if value is None or not low <= value <= high:
        raise SettingsError(f"{name}={text!r}: expected a number from {low} to {high}")
    return value
