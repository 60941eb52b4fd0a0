"""Ask each target at /server what it is: its supervisor at any time, or the target itself.

During a run the question to a target would wait in its own queue, and take one of its slots: it is
asked only while no run lasts, and whenever a person asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import gevent
import httpx
from supervisors import above

from lab import server_shape
from lab.live.server_words import words

PATIENCE_S = 3.0
SUPERVISOR_PATIENCE_S = 1.0
LONG_PATIENCE_S = 30.0  # for a person, who knows that the question waits in the queue
START_S = 70.0
"""Longest time of a replacement beyond SHUTDOWN_S: a supervisor kills and starts within 65 s."""


@dataclass(frozen=True, slots=True)
class TargetServer:
    """What the lab needs of a target's /server; the defaults stand for a target without answer.

    `slots` has, for each route, how many requests can wait on the upstream at once, None for no
    limit. `upstream_timeout_s` is the target's timeout for the upstream. `pool` has the connections
    of all its workers' clients together, None for no limit, and `database_pool` those of one pool
    to the database in all its workers. `statement_timeout_s` is its timeout for the database.
    `told` is the whole answer. `shape` is in words, None if unknown. For `shutdown_s` seconds a
    server that ends may answer what it has begun.
    """

    workers: int | None = None
    slots: Mapping[str, int | None] = field(default_factory=dict)
    upstream_timeout_s: float = 60.0
    pool: int | None = None
    database_pool: int | None = None
    statement_timeout_s: float = 65.0
    told: Mapping[str, Any] = field(default_factory=dict)
    shape: str | None = None
    shutdown_s: float = 30.0

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read the answer of /server. Raises KeyError for a missing key."""
        settings, workers = told["settings"], told["workers"]
        return cls(
            workers=workers,
            slots=told["slots"],
            upstream_timeout_s=settings["upstream_timeout_s"],
            pool=settings["client_connections"] * workers or None,
            database_pool=_database_pool(settings, workers),
            statement_timeout_s=settings["db_statement_timeout_s"],
            shape=server_shape.in_words(told["framework"]["name"], settings),
            shutdown_s=settings["shutdown_s"],
            told=told,
        )


def _database_pool(settings: Mapping[str, Any], workers: int) -> int | None:
    return settings["db_pool"] * workers if settings["db_lifetime"] == "worker" else None


class Servers:
    """The targets' own descriptions, by name; a target that never answered is missing."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.described: dict[str, TargetServer] = {}

    def of(self, name: str) -> TargetServer:
        """Return what is known of a target."""
        return self.described.get(name) or TargetServer()

    def ask_all(self, *, waits: bool) -> None:
        """Ask every target, all at the same time; with `waits` also those without a supervisor."""
        gevent.joinall([gevent.spawn(self._try, name, waits) for name in self.urls])

    def ask(self, name: str, *, patience_s: float = LONG_PATIENCE_S) -> httpx.Response:
        """Return the answer of one target: its supervisor's, or its own where it has none.

        Raises httpx.HTTPError where there is none, ValueError or KeyError where it is not that of a
        target.
        """
        try:
            return self._told(
                name, above(self.urls[name]), SUPERVISOR_PATIENCE_S
            ).raise_for_status()
        except (httpx.HTTPError, ValueError, KeyError):
            return self._told(name, self.urls[name], patience_s)

    def ask_supervisor(self, name: str) -> None:
        """Ask one target's supervisor again, because it has another server now."""
        self._try(name, waits=False)

    def shape(self, name: str, method: str, body: bytes) -> httpx.Response:
        """Return the answer of one target's supervisor at /shape. Raises httpx.HTTPError.

        A change takes as long as the requests in flight need, and the new server's start.
        """
        patience_s = PATIENCE_S if method == "GET" else self.of(name).shutdown_s + START_S
        url = f"{above(self.urls[name])}/shape"
        return httpx.request(method, url, content=body, timeout=patience_s, trust_env=False)

    def introduce(self, name: str) -> httpx.Response:
        """Return the answer of one target with `words`, what it is in words; raises as `ask`."""
        answer = self.ask(name)
        if answer.status_code != 200:
            return answer
        told = answer.json()
        return httpx.Response(200, json=told | {"words": words(told)})

    def _told(self, name: str, url: str, patience_s: float) -> httpx.Response:
        answer = httpx.get(f"{url}/server", timeout=patience_s, trust_env=False)
        if answer.status_code == 200:
            self.described[name] = TargetServer.read(answer.json())
        return answer

    def _try(self, name: str, waits: bool) -> None:
        try:
            if waits:
                self.ask(name, patience_s=PATIENCE_S)
            else:
                self._told(name, above(self.urls[name]), SUPERVISOR_PATIENCE_S)
        except (httpx.HTTPError, ValueError, KeyError):
            return  # not there yet, or another program on its port: the lab asks again soon
