"""Ask each target's supervisor once a second what it counts, also while the target is busy.

The supervisor is a process of its own beside the target's workers, so the question takes no slot.
"""

import time
from collections.abc import Callable, Mapping

import gevent
import httpx

from lab.live.counters import Counters

ABOVE = 1000
"""A supervisor's port is so much above its target's."""
EVERY_S = 1.0
PATIENCE_S = 0.8
STALE_S = 3.0


class Supervisors:
    """The last two counts of each target, by name; `urls` are the targets' own.

    `replaced` is called with the name of a target whose server has no worker, or has been replaced
    since the last count.
    """

    def __init__(self, urls: Mapping[str, str], replaced: Callable[[str], None]) -> None:
        self.replaced = replaced
        self.clients = {
            name: httpx.Client(base_url=above(url), timeout=PATIENCE_S, trust_env=False)
            for name, url in urls.items()
        }
        self.now: dict[str, Counters] = {}
        self.earlier: dict[str, Counters] = {}

    def watch(self) -> None:
        """Ask every EVERY_S seconds, for ever."""
        while True:
            gevent.joinall([gevent.spawn(self.ask, name) for name in self.clients])
            gevent.sleep(EVERY_S)

    def ask(self, name: str) -> None:
        """Ask one. Without an answer its counts stay as they were, and soon are old."""
        try:
            found = self.told(name)
        except (httpx.HTTPError, ValueError):
            return  # a target without a supervisor, or one that is not there
        if name in self.now:
            self.earlier[name] = self.now[name]
        self.now[name] = found
        is_other = name in self.earlier and self.earlier[name].shape_changes != found.shape_changes
        if is_other or not found.workers:
            self.replaced(name)

    def told(self, name: str) -> Counters:
        """Return the counts of one now. Raises httpx.HTTPError or ValueError without them."""
        at_s = time.time()
        answer = self.clients[name].get("/metrics")
        return Counters.read(answer.raise_for_status().text, at_s)

    def of(self, name: str, now_s: float) -> tuple[Counters | None, Counters | None]:
        """Return the last counts of a target and those before; None for what is old or unknown."""
        found = self.now.get(name)
        if found is None or now_s - found.at_s > STALE_S:
            return None, None
        return found, self.earlier.get(name)


def above(url: str) -> str:
    """Return the base URL of the supervisor of the target at `url`."""
    address, _, port = url.rpartition(":")
    return f"{address}:{int(port) + ABOVE}"
