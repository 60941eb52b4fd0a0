"""What each target says of itself at /server: asked while no run lasts, and whenever somebody asks.

During a run the question would wait in the target's own queue, and take one of its slots.
"""

from collections.abc import Mapping
from typing import Any

import gevent
import httpx

PATIENCE_S = 3.0
LONG_PATIENCE_S = 30.0  # of somebody who asked for it, and knows that it waits in the queue


class Servers:
    """The targets' own descriptions, by name; those that never answered are missing."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.described: dict[str, dict[str, Any]] = {}

    def ask_all(self) -> None:
        """Ask every target, side by side."""
        gevent.joinall([gevent.spawn(self._try, name) for name in self.urls])

    def ask(self, name: str, *, patience_s: float = LONG_PATIENCE_S) -> httpx.Response:
        """The answer of one target; httpx.HTTPError where there is none."""
        url = f"{self.urls[name]}/server"
        answer = httpx.get(url, timeout=patience_s, trust_env=False)
        if answer.status_code == 200:
            self.described[name] = answer.json()
        return answer

    def slots(self, name: str, route: str) -> int | None:
        """How many requests to a route can wait at once; None for no limit, or where unknown."""
        slots: Mapping[str, int | None] = self.described.get(name, {}).get("slots", {})
        return slots.get(route)

    def _try(self, name: str) -> None:
        try:
            self.ask(name, patience_s=PATIENCE_S)
        except (httpx.HTTPError, ValueError):
            return
