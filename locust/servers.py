"""Ask each target at /server for its shape: while no run lasts, and whenever a person asks.

During a run the question would wait in the target's own queue, and take one of its slots.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import gevent
import httpx

PATIENCE_S = 3.0
LONG_PATIENCE_S = 30.0  # for a person, who knows that the question waits in the queue


@dataclass(frozen=True, slots=True)
class TargetServer:
    """What the lab needs of a target's /server; the defaults stand for a target without answer.

    `slots` has, for each route, how many requests can wait on the upstream at once, None for no
    limit. `upstream_timeout_s` is the target's timeout for the upstream.
    """

    workers: int | None = None
    slots: Mapping[str, int | None] = field(default_factory=dict)
    upstream_timeout_s: float = 60.0

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read the answer of /server. Raises KeyError for a missing key."""
        return cls(told["workers"], told["slots"], told["settings"]["upstream_timeout_s"])


class Servers:
    """The targets' own descriptions, by name; a target that never answered is missing."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.described: dict[str, TargetServer] = {}

    def of(self, name: str) -> TargetServer:
        """Return what is known of a target."""
        return self.described.get(name) or TargetServer()

    def ask_all(self) -> None:
        """Ask every target, all at the same time."""
        gevent.joinall([gevent.spawn(self._try, name) for name in self.urls])

    def ask(self, name: str, *, patience_s: float = LONG_PATIENCE_S) -> httpx.Response:
        """Return the answer of one target. Raises httpx.HTTPError where there is none.

        Raises ValueError or KeyError where the answer is not that of a target.
        """
        url = f"{self.urls[name]}/server"
        answer = httpx.get(url, timeout=patience_s, trust_env=False)
        if answer.status_code == 200:
            self.described[name] = TargetServer.read(answer.json())
        return answer

    def _try(self, name: str) -> None:
        try:
            self.ask(name, patience_s=PATIENCE_S)
        except (httpx.HTTPError, ValueError, KeyError):
            return  # not there yet, or another program on its port: the lab asks again soon
