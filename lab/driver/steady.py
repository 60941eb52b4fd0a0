"""Commands that send for a given time: closed load, open load, and the driver's ceiling."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.driver import clock
from lab.driver.account import Account
from lab.driver.closed_load import ClosedLoad
from lab.driver.command_fields import (
    METHODS,
    Answer,
    CommandError,
    DriverCommand,
    destination,
    timeout_s,
)
from lab.driver.connection import Connection
from lab.driver.open_load import ARRIVALS, EVEN, OpenLoad, due_times
from lab.driver.rows import Rows
from lab.results.measurement import MEASURED, WARM_UP

_US = 1_000_000
Told = Callable[[Connection, float, str], None]
"""Callback for an ended request, with the start of the load on `clock` and the phase."""


class LatencyCounts:
    """Number of answers for each latency in whole microseconds, and number of failures.

    For loads with too many requests to keep every sample.
    """

    def __init__(self) -> None:
        self._by_us: dict[int, int] = {}
        self._failures: Counter[str] = Counter()

    def add(self, latency_s: float, error: str) -> None:
        """Count one request. A failure (non-empty `error`) adds no latency."""
        if error:
            self._failures[error] += 1
            return
        us = int(latency_s * _US)
        self._by_us[us] = self._by_us.get(us, 0) + 1

    @property
    def answered(self) -> int:
        """Number of complete answers."""
        return sum(self._by_us.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as in the answer to a command, in order of latency.

        "failure" is the most common error, "" without failures.
        """
        latencies_us = sorted(self._by_us)
        [(failure, _)] = self._failures.most_common(1) or [("", 0)]
        return {
            "counts": {
                "latency_us": latencies_us,
                "count": [self._by_us[each] for each in latencies_us],
            },
            "failed": self._failures.total(),
            "failure": failure,
        }


async def closed(command: DriverCommand) -> Answer:
    """Run `users` in a closed load, each on its own connection.

    With `keep_alive` false, a user opens a new connection for each request. `keeps` "counts"
    returns counts by latency instead of rows. Raises CommandError and ForeignAddressError.
    """
    users = command.whole("users")
    if command.one_of("keeps", ("samples", "counts"), "samples") == "counts":
        counts = LatencyCounts()
        account = await _closed(command, users, _counted(counts))
        return counts.as_dict() | {"driver": account.as_dict()}
    rows = Rows()

    def keep(ended: Connection, origin_s: float, phase: str) -> None:
        rows.add(ended, origin_s, phase=phase)

    account = await _closed(command, users, keep)
    return {"rows": rows.columns(), "driver": account.as_dict()}


async def ceiling(command: DriverCommand) -> Answer:
    """Measure the driver's own maximum rate over `connections`.

    Returns "rate_rps" and "cpu_share", the share of a core that the driver used. Raises
    CommandError where nothing was answered, and ForeignAddressError.
    """
    counts = LatencyCounts()
    account = await _closed(command, command.whole("connections", 64), _counted(counts))
    if not counts.answered:
        raise CommandError(f"ceiling: nothing was answered: {counts.as_dict()['failure']}")
    told = account.as_dict()
    return {
        "rate_rps": round(counts.answered / command.number("duration_s"), 1),
        "cpu_share": round(told["cpu_s"] / told["wall_s"], 4),
    }


async def open_(command: DriverCommand) -> Answer:
    """Run an open load of `rate_rps` arrivals per second.

    Rows whose due time lies in the first `warmup_s` are warm-up. `settle_s` is how long to wait
    for the last answers. Raises CommandError and ForeignAddressError.
    """
    endpoint, limit_s = await destination(command), timeout_s(command)
    warmup_s = command.number("warmup_s", 0.0)
    length_s = warmup_s + command.number("duration_s", above=0)
    settle_s = command.number("settle_s", 10.0)
    rows = Rows()

    def told(ended: Connection, due_s: float) -> None:
        phase = WARM_UP if due_s < warmup_s else MEASURED
        rows.add(ended, origin_s, phase=phase, due_s=due_s)

    load = OpenLoad(
        endpoint,
        due_times(
            command.number("rate_rps", above=0),
            command.one_of("arrivals", ARRIVALS, EVEN),
            command.whole("seed", 1),
            length_s,
        ),
        max_in_flight=command.whole("max_in_flight", 10_000),
        timeout_s=limit_s,
        told=told,
    )
    account = Account()
    origin_s = clock()
    await load.run(origin_s, length_s, settle_s, account)
    account.close()
    return {"rows": rows.columns(), "driver": account.as_dict()}


async def _closed(command: DriverCommand, users: int, told: Told) -> Account:
    # `told` gets only requests that ended before the load did; later ones count as abandoned.
    endpoint, limit_s = await destination(command), timeout_s(command)
    warmup_s = command.number("warmup_s", 0.0)
    length_s = warmup_s + command.number("duration_s", above=0)

    def within(ended: Connection) -> None:
        if ended.end_s > end_s:
            load.is_over = True
            account.abandoned += 1
        else:
            told(ended, origin_s, WARM_UP if ended.end_s < measured_s else MEASURED)

    load = ClosedLoad(
        endpoint,
        users=users,
        think_s=command.number("think_s", 0.0),
        ramp_s=command.number("ramp_s", 0.0),
        keep_alive=command.flag("keep_alive", True),
        timeout_s=limit_s,
        told=within,
        method=command.one_of("method", METHODS, "GET"),
    )
    account = Account()
    origin_s = clock()
    measured_s, end_s = origin_s + warmup_s, origin_s + length_s
    await load.run(end_s, account)
    account.close()
    return account


def _counted(counts: LatencyCounts) -> Told:
    def count(ended: Connection, _origin_s: float, phase: str) -> None:
        if phase == MEASURED:
            counts.add(ended.end_s - ended.start_s, ended.error)

    return count
