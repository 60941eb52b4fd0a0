"""Closed load: n users, each sends the next request when the last one is answered."""

import asyncio
from collections.abc import Callable

from lab.driver import clock
from lab.driver.account import Account
from lab.driver.connection import Connection
from lab.driver.endpoint import Endpoint
from lab.driver.giving_up import AnswerDeadlines

STARTED_AT_ONCE = 100
RAMP_TICK_S = 0.001
AFTER_FAILURE_S = 0.1
"""Pause of a user after a failure in seconds. Without it a refusing server would be flooded."""

Told = Callable[[Connection], None]


class ClosedLoadUser:
    """One user: sends, waits, thinks, sends again; replaces its connection when it has closed."""

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
    """A number of users who send in a loop. `told` is called for each request that ends."""

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
        method: str = "GET",
    ) -> None:
        self._ramp_s = ramp_s
        self._loop = asyncio.get_running_loop()
        self._endpoint = endpoint
        self._count = users
        self._keep_alive = keep_alive
        self._users: list[ClosedLoadUser] = []
        self._timeout_s = timeout_s
        self.later = self._loop.call_later
        self.request = endpoint.request(method, keep_alive=keep_alive)
        self.think_s = think_s
        self.told = told
        self.is_over = False

    def connection(self, ended: Told) -> Connection:
        """Return a new connection for a user."""
        return Connection(self._loop, self._endpoint, ended, keep_alive=self._keep_alive)

    def _due(self, began_s: float) -> int:
        if not self._ramp_s:
            return self._count
        return min(self._count, 1 + int((clock() - began_s) / self._ramp_s * self._count))

    async def run(self, end_s: float, account: Account) -> None:
        """Start the users, at once or evenly over `ramp_s`; stop them at `end_s` of `clock`.

        Users who start at once also get their answers at once, so answers come in waves. Requests
        in flight at the end count as abandoned.
        """
        began_s = clock()
        patience = AnswerDeadlines(
            self._loop, self._timeout_s, lambda: [each.connection for each in self._users]
        )
        try:
            while len(self._users) < self._count and clock() < end_s:
                # In batches, so that starting the last users does not delay the first answers.
                for _ in range(min(STARTED_AT_ONCE, self._due(began_s) - len(self._users))):
                    user = ClosedLoadUser(self)
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
