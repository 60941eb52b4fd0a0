"""Ask each target's supervisor once a second what it counts, also while the target is busy.

The supervisor is a process of its own beside the target's workers, so the question takes no slot.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping

import gevent
import httpx

from lab.live.counters import STALE_S, Counters, Usage, usage

ABOVE = 1000
"""A supervisor's port is so much above its target's."""
EVERY_S = 1.0
PATIENCE_S = 0.8
KEEP = 20
"""Counts kept of each target: as many seconds as an average over some of them needs."""


class Supervisors:
    """The last counts of each target, by name; `urls` are the targets' own.

    `probes_of` returns the number of health probes that a target has answered. `replaced` is called
    with the name of a target whose server has no worker, or has been replaced since the last count.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        probes_of: Callable[[str], int],
        replaced: Callable[[str], None],
    ) -> None:
        self.probes_of = probes_of
        self.replaced = replaced
        self.clients = {
            name: httpx.Client(base_url=above(url), timeout=PATIENCE_S, trust_env=False)
            for name, url in urls.items()
        }
        self.counted: dict[str, deque[Counters]] = {name: deque(maxlen=KEEP) for name in urls}

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
        counted = self.counted[name]
        is_other = bool(counted) and counted[-1].shape_changes != found.shape_changes
        counted.append(found)
        if is_other or not found.workers:
            self.replaced(name)

    def told(self, name: str) -> Counters:
        """Return the counts of one now. Raises httpx.HTTPError or ValueError without them."""
        at_s = time.time()
        answer = self.clients[name].get("/metrics")
        return Counters.read(answer.raise_for_status().text, at_s, probes=self.probes_of(name))

    def of(self, name: str, now_s: float) -> tuple[Counters | None, Counters | None]:
        """Return the last counts of a target and those before; None for what is old or unknown."""
        counted = self.counted[name]
        if not counted or now_s - counted[-1].at_s > STALE_S:
            return None, None
        return counted[-1], counted[-2] if len(counted) > 1 else None

    def used(self, name: str, at_s: float) -> Usage:
        """Return what a target used of processor and memory at a time of day, in seconds."""
        return usage(self.counted[name], at_s)


def above(url: str) -> str:
    """Return the base URL of the supervisor of the target at `url`."""
    address, _, port = url.rpartition(":")
    return f"{address}:{int(port) + ABOVE}"
