"""Burst: n requests at the same instant, each on its own connection.

Requests do not share connections: a kept-alive connection pins its requests to the worker that
accepted it, so the burst would measure the client's pool.
"""

import asyncio

from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.giving_up import AnswerDeadlines
from lab.driver.rows import Rows


class BurstLoad:
    """One burst of `requests`: call `send` once, then await `answered`."""

    def __init__(self, endpoint: Endpoint, requests: int, timeout_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._endpoint = endpoint
        self._left = requests
        self._all_ended = asyncio.Event()
        self._patience: AnswerDeadlines | None = None
        # Creating connections takes time, so it happens before the clock starts.
        self._connections = [
            Connection(self._loop, endpoint, self._count, keep_alive=False) for _ in range(requests)
        ]

    def send(self, method: str = "GET") -> None:
        """Send all requests. Reading starts after the last one: answers must delay no departure."""
        request = self._endpoint.request(method, keep_alive=False)
        for each in self._connections:
            each.prepare()
        for each in self._connections:
            each.depart(request)
        for each in self._connections:
            each.listen()
        self._patience = AnswerDeadlines(self._loop, self._timeout_s, lambda: self._connections)

    async def answered(self) -> None:
        """Wait until each request is answered, lost or timed out."""
        await self._all_ended.wait()

    @property
    def unsent(self) -> int:
        """Number of requests that are neither handed to the kernel nor lost."""
        return sum(each.in_flight and each.sent_s is None for each in self._connections)

    @property
    def sent(self) -> int:
        """Number of requests that were handed to the kernel."""
        return sum(each.sent_s is not None for each in self._connections)

    @property
    def late_s(self) -> float:
        """Seconds from the first departure to the last."""
        starts_s = [each.start_s for each in self._connections]
        return max(starts_s) - min(starts_s)

    def write_down(self, rows: Rows, number: int = 0) -> None:
        """Add all requests to `rows` in the order of departure, as burst `number` (0-based)."""
        origin_s = min(each.start_s for each in self._connections)
        for each in self._connections:
            rows.add(each, origin_s, burst=number)

    def close(self) -> None:
        """Close all connections; requests in flight get no result."""
        if self._patience is not None:
            self._patience.end()
        for each in self._connections:
            if each.in_flight:
                each.abandon()
            else:
                each.close()

    def _count(self, _ended: Connection) -> None:
        self._left -= 1
        if not self._left:
            self._all_ended.set()
