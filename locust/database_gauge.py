"""Ask the database's page twice a second what its connections do, if this lab has a database.

The page is a program beside PostgreSQL, so the question takes no connection of a target. A lab
without a database has no page: it is then looked for now and then, because it may start later.
"""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import gevent
import httpx

from lab.live import tick
from lab.live.database import Activity, Client

PATIENCE_S = 1.0
EVERY_S = 0.5
LOOK_EVERY_S = 5.0
"""Seconds between two looks for a page that has never answered."""
KEEP_TICKS = 5 * tick.PER_S
BETWEEN_TICKS = tick.PER_S
"""Longest gap between two counts for which the earlier one stands until the later one."""
UNREACHABLE = 503
"""Status of the page where the database behind it does not answer."""


class DatabaseGauge:
    """The database whose page is at `url`, as of its last answer.

    `bouncer_pool` are the connections that pgbouncer lends before it, 0 without pgbouncer.
    `is_there` says whether the page has ever answered, so that the lab has a database, and
    `is_silent` whether the last question got no answer.
    """

    def __init__(self, url: str, bouncer_pool: int = 0) -> None:
        self.bouncer_pool = bouncer_pool
        self.client = httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False)
        self.is_there = False
        self.is_silent = False
        self.answered_at_s = time.time()
        self._lasting: Activity | None = None
        self._last: Activity | None = None
        self._counted: deque[tuple[int, Mapping[str, Client]]] = deque(maxlen=KEEP_TICKS)

    def watch(self) -> None:
        """Ask every EVERY_S seconds, for ever."""
        while True:
            self.ask()
            gevent.sleep(EVERY_S if self.is_there else LOOK_EVERY_S)

    def ask(self) -> None:
        """Ask once."""
        try:
            answer = self.client.get("/activity")
            self.is_there = self.is_there or answer.status_code == UNREACHABLE
            found = Activity.read(answer.raise_for_status().json(), time.time())
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            self.is_silent = True  # or another program listens there
            return
        self.is_there, self.is_silent = True, False
        self.answered_at_s = found.at_s
        self._lasting, self._last = found.lasting(self._last), found
        self._count(found)

    def is_found(self) -> bool:
        """Whether the lab has a database; the page is asked now if it has not answered before."""
        if not self.is_there:
            self.ask()
        return self.is_there

    @property
    def activity(self) -> Activity | None:
        """What lasted between its last two answers (lab/live/database.py); None while silent."""
        return None if self.is_silent else self._lasting

    def silent_s(self, now_s: float) -> float:
        """Seconds without an answer; 0 while each question gets one, and without a database."""
        return now_s - self.answered_at_s if self.is_silent and self.is_there else 0.0

    def busy_for(self, target: str) -> dict[int, int]:
        """Busy connections of a target, by tick; nothing for a tick without a count."""
        return {number: of.get(target, Client()).busy for number, of in self._counted}

    def busy_now(self, target: str) -> int | None:
        """Busy connections of a target at the last answer; None while there is none."""
        if self._last is None or self.is_silent:
            return None
        return self._last.of(target).busy

    def described(self, now_s: float) -> dict[str, Any] | None:
        """Return `database` of docs/state.md; None in a lab without one."""
        if not self.is_there:
            return None
        last = self._last
        return {
            "silent_s": self.silent_s(now_s),
            "max_connections": last and last.max_connections,
            "connections": None if last is None or self.is_silent else last.connections,
        }

    def _count(self, found: Activity) -> None:
        number = tick.number(found.at_s)
        if self._counted:
            before, clients = self._counted[-1]
            if number - before <= BETWEEN_TICKS:
                self._counted.extend((each, clients) for each in range(before + 1, number))
        self._counted.append((number, found.clients))
