"""Open load: each request leaves at its due time, whether or not earlier ones were answered."""

import asyncio
import random
from collections.abc import Callable, Iterator
from math import ceil

from lab.driver import clock
from lab.driver.account import Account
from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.giving_up import AnswerDeadlines

EVEN, RANDOM = ARRIVALS = ("even", "random")
HEARD_AFTER = 50
UNANSWERED = "no answer when the measurement ended"

Told = Callable[[Connection, float], None]


def due_times(rate_rps: float, arrivals: str, seed: int, length_s: float) -> Iterator[float]:
    """Yield due times in seconds from the start, in order and below `length_s`.

    `arrivals` "even" has constant gaps of 1 / `rate_rps`. "random" is a Poisson process: gaps
    are exponentially distributed with that mean. The same `seed` gives the same times.
    """
    draw = random.Random(seed)
    due_s, number = 0.0, 0
    while True:
        if arrivals == RANDOM:
            due_s += draw.expovariate(rate_rps)
        else:
            due_s = number / rate_rps
        if due_s >= length_s:
            return
        yield due_s
        number += 1


class OpenLoad:
    """Requests at given due times. `told` gets each ended request, with its due time in seconds.

    An arrival at a moment with `max_in_flight` requests in flight is dropped.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        due_times_s: Iterator[float],
        *,
        max_in_flight: int,
        timeout_s: float,
        told: Told,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._endpoint = endpoint
        self._request = endpoint.request()
        self._due_times_s = due_times_s
        self._next_s = next(due_times_s, None)
        self._max_in_flight = max_in_flight
        self._timeout_s = timeout_s
        self._told = told
        self._origin_s = 0.0
        self._due_s: dict[Connection, float] = {}
        """Connections with a request in flight, with its due time."""
        self._idle: list[Connection] = []
        self._changed = asyncio.Event()

    async def run(
        self, origin_s: float, length_s: float, settle_s: float, account: Account
    ) -> None:
        """Send all requests, then wait for answers until `length_s` + `settle_s` after the start.

        `origin_s` is the start on `clock`. Requests without an answer then end with the error
        `UNANSWERED`.
        """
        self._origin_s = origin_s
        patience = AnswerDeadlines(self._loop, self._timeout_s, lambda: tuple(self._due_s))
        try:
            await self._send_all(account)
            await self._settle(origin_s + length_s + settle_s)
        finally:
            patience.end()
            for each in tuple(self._due_s):
                each.abandon(UNANSWERED)
            for each in self._idle:
                each.abandon()

    async def _send_all(self, account: Account) -> None:
        departures = 0
        while self._next_s is not None:
            left_s = self._origin_s + self._next_s - clock()
            if left_s > 0:
                # The loop rounds timers to the nearest millisecond, so round up here: never early.
                await asyncio.sleep(ceil(left_s * 1000) / 1000)
                continue
            due_s, self._next_s = self._next_s, next(self._due_times_s, None)
            account.late_s = max(account.late_s, -left_s)
            if len(self._due_s) < self._max_in_flight:
                self._depart(due_s)
            else:
                account.unsent += 1
            departures += 1
            if departures % HEARD_AFTER == 0:
                await asyncio.sleep(0)  # even a late sender must let the loop read answers

    def _depart(self, due_s: float) -> None:
        connection = None
        while self._idle and connection is None:
            kept = self._idle.pop()
            connection = kept if kept.is_ready else None
        connection = connection or Connection(self._loop, self._endpoint, self._ended)
        self._due_s[connection] = due_s
        connection.send(self._request)

    def _ended(self, connection: Connection) -> None:
        self._told(connection, self._due_s.pop(connection))
        if connection.is_ready:
            self._idle.append(connection)
        self._changed.set()

    async def _settle(self, until_s: float) -> None:
        while self._due_s and (left_s := until_s - clock()) > 0:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left_s)
            except TimeoutError:
                return
