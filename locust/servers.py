"""What each target says of itself at /server: asked while no run lasts, and whenever somebody asks.

During a run the question would wait in the target's own queue, and take one of its slots.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import gevent
import httpx

PATIENCE_S = 3.0
LONG_PATIENCE_S = 30.0  # of somebody who asked for it, and knows that it waits in the queue


@dataclass(frozen=True, slots=True)
class Server:
    """What matters of it here; as if nothing were known where the target never answered.

    `slots` has the number of requests to each route that can wait on the upstream at
    once, None for no limit. `upstream_timeout_s` is how long the target waits for it.
    """

    workers: int | None = None
    slots: Mapping[str, int | None] = field(default_factory=dict)
    upstream_timeout_s: float = 60.0

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """From the answer of /server."""
        return cls(told["workers"], told["slots"], told["settings"]["upstream_timeout_s"])


class Servers:
    """The targets' own descriptions, by name; those that never answered are missing."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.described: dict[str, Server] = {}

    def of(self, name: str) -> Server:
        """What is known of a target."""
        return self.described.get(name) or Server()

    def ask_all(self) -> None:
        """Ask every target, side by side."""
        gevent.joinall([gevent.spawn(self._try, name) for name in self.urls])

    def ask(self, name: str, *, patience_s: float = LONG_PATIENCE_S) -> httpx.Response:
        """The answer of one target; httpx.HTTPError where there is none."""
        url = f"{self.urls[name]}/server"
        answer = httpx.get(url, timeout=patience_s, trust_env=False)
        if answer.status_code == 200:
            self.described[name] = Server.read(answer.json())
        return answer

    def _try(self, name: str) -> None:
        try:
            self.ask(name, patience_s=PATIENCE_S)
        except (httpx.HTTPError, ValueError, KeyError):
            return  # not there yet, or somebody else on its port: asked again soon
