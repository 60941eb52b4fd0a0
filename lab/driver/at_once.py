"""The commands that send everything at the same instant: burst, hold and release, sockets."""

import asyncio

from lab.driver.account import Account
from lab.driver.burst import Burst
from lab.driver.command import METHODS, Answer, Command, CommandError, destination, timeout_s
from lab.driver.rows import Rows
from lab.driver.sockets import Sockets

POLL_S = 0.005


async def burst(command: Command) -> Answer:
    """`bursts` of `requests`, one after the other with `pause_s` between."""
    endpoint, limit_s = await destination(command), timeout_s(command)
    requests, bursts = command.whole("requests"), command.whole("bursts", 1)
    pause_s = command.number("pause_s", 0.05)
    method = command.one_of("method", METHODS, "GET")
    rows, account = Rows(), Account()
    for number in range(bursts):
        if number:
            await asyncio.sleep(pause_s)
        each = Burst(endpoint, requests, limit_s)
        try:
            each.send(method)
            await each.answered()
        finally:
            each.close()
        each.write_down(rows, number)
        account.late_s = max(account.late_s, each.late_s)
    account.close()
    return {"rows": rows.columns(), "driver": account.as_dict()}


async def sockets(command: Command) -> Answer:
    """`requests` WebSockets at once, each held for `hold_s` after its handshake."""
    endpoint, limit_s = await destination(command), timeout_s(command)
    all_of_them = Sockets(endpoint, command.whole("requests"), command.number("hold_s"), limit_s)
    account = Account()
    try:
        rows = await all_of_them.run(account)
    finally:
        all_of_them.close()
    account.close()
    return {
        "rows": rows.columns(),
        "figures": all_of_them.figures(),
        "driver": account.as_dict(),
    }


class Holding:
    """A burst that stays in flight while somebody looks at the server, and other commands come."""

    def __init__(self) -> None:
        self._held: Burst | None = None
        self._account = Account()

    async def hold(self, command: Command) -> Answer:
        """Send `requests`; answer once nothing is left to send, with how many the kernel took."""
        if self._held is not None:
            raise CommandError("hold: one is under way; release it first")
        endpoint, limit_s = await destination(command), timeout_s(command)
        held = Burst(endpoint, command.whole("requests"), limit_s)
        self._held, self._account = held, Account()
        held.send()
        while held.unsent:  # noqa: ASYNC110  # the kernel takes bytes without a word
            await asyncio.sleep(POLL_S)
        return {"sent": held.sent, **self._account.so_far()}

    async def release(self, _command: Command) -> Answer:
        """Wait for all answers of the hold."""
        if self._held is None:
            raise CommandError("release: nothing is held")
        await self._held.answered()
        rows = Rows()
        self._held.write_down(rows)
        self._account.late_s = self._held.late_s
        self._account.close()
        self.close()
        return {"rows": rows.columns(), "driver": self._account.as_dict()}

    def close(self) -> None:
        """Forget what is held, if anything is."""
        held, self._held = self._held, None
        if held is not None:
            held.close()
