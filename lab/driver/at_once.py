"""Commands that send all requests at the same instant: burst, hold and release, sockets."""

import asyncio

from lab.driver.account import Account
from lab.driver.burst_load import BurstLoad
from lab.driver.command_fields import (
    METHODS,
    Answer,
    CommandError,
    DriverCommand,
    destination,
    timeout_s,
)
from lab.driver.rows import Rows
from lab.driver.sockets import Sockets

POLL_S = 0.005


async def burst(command: DriverCommand) -> Answer:
    """Send `bursts` of `requests`, one burst after the other, with `pause_s` between them.

    The next burst starts after all answers. Raises CommandError and ForeignAddressError.
    """
    endpoint, limit_s = await destination(command), timeout_s(command)
    requests, bursts = command.whole("requests"), command.whole("bursts", 1)
    pause_s = command.number("pause_s", 0.05)
    method = command.one_of("method", METHODS, "GET")
    rows, account = Rows(), Account()
    for number in range(bursts):
        if number:
            await asyncio.sleep(pause_s)
        each = BurstLoad(endpoint, requests, limit_s)
        try:
            each.send(method)
            await each.answered()
        finally:
            each.close()
        each.write_down(rows, number)
        account.late_s = max(account.late_s, each.late_s)
    account.close()
    return {"rows": rows.columns(), "driver": account.as_dict()}


async def sockets(command: DriverCommand) -> Answer:
    """Open `requests` WebSockets at once; hold each for `hold_s` after its handshake.

    Raises CommandError and ForeignAddressError.
    """
    endpoint, limit_s = await destination(command), timeout_s(command)
    all_of_them = Sockets(endpoint, command.whole("requests"), command.number("hold_s"), limit_s)
    account = Account()
    try:
        rows = await all_of_them.run(account)
    finally:
        all_of_them.close()
    account.close()
    return {"rows": rows.columns(), "figures": all_of_them.figures(), "driver": account.as_dict()}


class Holding:
    """A burst that stays in flight over several commands.

    The lab reads the server's processes meanwhile, and may send other commands.
    """

    def __init__(self) -> None:
        self._held: BurstLoad | None = None
        self._account = Account()

    async def hold(self, command: DriverCommand) -> Answer:
        """Send `requests`; answer as soon as the kernel has all of them, with their number.

        Requests that never reached the kernel do not count. Raises CommandError where a hold is
        active already, and ForeignAddressError.
        """
        if self._held is not None:
            raise CommandError("hold: one is under way; release it first")
        endpoint, limit_s = await destination(command), timeout_s(command)
        held = BurstLoad(endpoint, command.whole("requests"), limit_s)
        self._held, self._account = held, Account()
        held.send()
        while held.unsent:  # noqa: ASYNC110  # the kernel reports no event for sent bytes
            await asyncio.sleep(POLL_S)
        return {"sent": held.sent, **self._account.so_far()}

    async def release(self, _command: DriverCommand) -> Answer:
        """Wait for all answers of the hold; return its rows. Raises CommandError without a hold."""
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
        """Drop the held requests, if any."""
        held, self._held = self._held, None
        if held is not None:
            held.close()
