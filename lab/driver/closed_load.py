"""Closed load: n users, each sends the next request when the last one is answered."""

import asyncio
from collections.abc import Callable

from lab.driver import clock
from lab.driver.account import Account
from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.patience import Patience

STARTED_AT_ONCE = 100
RAMP_TICK_S = 0.001
AFTER_FAILURE_S = 0.1
"""So long a user waits after a failure: a server that refuses would otherwise be flooded."""

Told = Callable[[Connection], None]


class User:
    """Sends, waits, thinks, and sends again, over one connection for as long as it lives."""

    def __init__(self, load: "ClosedLoad") -> None:
        self._load = load
        self.connection = load.connection(self._ended)

    def ask(self) -> None:
        """Send the next request, unless the load is over."""
        load = self._load
        if load.is_over:
            return
        if not self.connection.is_ready:
            self.connection = load.connection(self._ended)
        self.connection.send(load.request)

    def _ended(self, connection: Connection) -> None:
        load = self._load
        load.told(connection)
        if connection.error and not connection.status:
            load.later(AFTER_FAILURE_S, self.ask)
        elif load.think_s:
            load.later(load.think_s, self.ask)
        else:
            self.ask()


class ClosedLoad:
    """`users` at work; `told` hears of each request that ends."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        users: int,
        think_s: float,
        keep_alive: bool,
        timeout_s: float,
        told: Told,
        ramp_s: float = 0.0,
    ) -> None:
        self._ramp_s = ramp_s
        self._loop = asyncio.get_running_loop()
        self._endpoint = endpoint
        self._count = users
        self._keep_alive = keep_alive
        self._users: list[User] = []
        self._timeout_s = timeout_s
        self.later = self._loop.call_later
        self.request = endpoint.request(keep_alive=keep_alive)
        self.think_s = think_s
        self.told = told
        self.is_over = False

    def connection(self, ended: Told) -> Connection:
        """A new connection for a user."""
        return Connection(self._loop, self._endpoint, ended, keep_alive=self._keep_alive)

    def _due(self, began_s: float) -> int:
        """How many users are to be at work by now."""
        if not self._ramp_s:
            return self._count
        return min(self._count, 1 + int((clock() - began_s) / self._ramp_s * self._count))

    async def run(self, end_s: float, account: Account) -> None:
        """Start the users, at once or evenly over `ramp_s`; end them at `end_s` on the clock.

        Started at once, all are answered at once too, and their answers come in waves.
        """
        began_s = clock()
        patience = Patience(
            self._loop, self._timeout_s, lambda: [each.connection for each in self._users]
        )
        try:
            while len(self._users) < self._count and clock() < end_s:
                # In parts, so that the first answers are not kept waiting by the last users.
                for _ in range(min(STARTED_AT_ONCE, self._due(began_s) - len(self._users))):
                    user = User(self)
                    self._users.append(user)
                    user.ask()
                await asyncio.sleep(RAMP_TICK_S if self._ramp_s else 0)
            await asyncio.sleep(max(0.0, end_s - clock()))
        finally:
            self.is_over = True
            patience.end()
            for each in self._users:
                account.abandoned += each.connection.in_flight
                each.connection.abandon()
