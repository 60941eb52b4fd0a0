"""Sockets: WebSockets opened at the same instant, each held for `hold_s` after its handshake."""

import asyncio

from lab.driver.account import Account
from lab.driver.endpoint import Endpoint
from lab.driver.rows import Rows
from lab.driver.websocket import WebSocket


class Sockets:
    """WebSockets opened at the same instant; the latency of a row is that of the handshake.

    All must have ended within `timeout_s` + `hold_s` seconds; others end with an error.
    """

    def __init__(self, endpoint: Endpoint, requests: int, hold_s: float, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._hold_s = hold_s
        self._timeout_s = timeout_s
        self._left = requests
        self._changed = asyncio.Event()
        self._sockets = [WebSocket(loop, endpoint, hold_s, self._count) for _ in range(requests)]

    async def run(self, account: Account) -> Rows:
        """Open, hold and close all WebSockets; return one row for each."""
        for each in self._sockets:
            each.connection.prepare()
        for each in self._sockets:
            each.depart()
        for each in self._sockets:
            each.connection.listen()
        try:
            await asyncio.wait_for(self._all_over(), self._timeout_s + self._hold_s)
        except TimeoutError:
            self._give_up()
        starts_s = [each.connection.start_s for each in self._sockets]
        account.late_s = max(starts_s) - min(starts_s)
        rows = Rows()
        for each in self._sockets:
            each.connection.error = each.connection.error or each.lost
            rows.add(each.connection, min(starts_s))
        return rows

    def figures(self) -> dict[str, list[float]]:
        """Return "handshakes" and "makespan_s", each as a list with one number.

        "handshakes" counts the WebSockets that were open before the first one began to close, so
        all of these were open at once. "makespan_s" is the time to the end of the last one.
        """
        ends_s = [each.closing_s for each in self._sockets if each.closing_s is not None]
        first_s = min(ends_s, default=float("inf"))
        opened_s = [each.opened_s for each in self._sockets if each.opened_s is not None]
        begin_s = min(each.connection.start_s for each in self._sockets)
        over_s = max(each.over_s or 0.0 for each in self._sockets)
        return {
            "handshakes": [sum(each < first_s for each in opened_s)],
            "makespan_s": [round(over_s - begin_s, 6)],
        }

    def close(self) -> None:
        """Reset every connection that is still open."""
        for each in self._sockets:
            each.close()

    async def _all_over(self) -> None:
        while self._left:
            self._changed.clear()
            await self._changed.wait()

    def _give_up(self) -> None:
        for each in self._sockets:
            if each.over_s is not None:
                continue
            if each.opened_s is None:
                each.connection.give_up(f"no answer in {self._timeout_s + self._hold_s:g} s")
            else:
                each.lost = "connection lost: the server did not answer the WebSocket's end"
                each.end()

    def _count(self, _over: WebSocket) -> None:
        self._left -= 1
        self._changed.set()
