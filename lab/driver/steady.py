"""The commands that send for a while: closed load, open load, and the driver's own ceiling."""

from collections.abc import Callable

from lab.driver import clock
from lab.driver.account import Account
from lab.driver.closed_load import ClosedLoad
from lab.driver.command import Answer, Command, CommandError, destination, timeout_s
from lab.driver.connection import Connection
from lab.driver.counting import Counts
from lab.driver.open_load import ARRIVALS, EVEN, OpenLoad, due_times
from lab.driver.rows import Rows
from lab.results.measurement import MEASURED, WARM_UP

Told = Callable[[Connection, float, str], None]
"""Hears of a request that ended, with the load's origin and the phase."""


async def closed(command: Command) -> Answer:
    """`users`, each over a connection that it keeps or, without `keep_alive`, opens anew."""
    users = command.whole("users")
    if command.one_of("keeps", ("samples", "counts"), "samples") == "counts":
        counts = Counts()
        account = await _closed(command, users, _counted(counts))
        return counts.as_dict() | {"driver": account.as_dict()}
    rows = Rows()

    def keep(ended: Connection, origin_s: float, phase: str) -> None:
        rows.add(ended, origin_s, phase=phase)

    account = await _closed(command, users, keep)
    return {"rows": rows.columns(), "driver": account.as_dict()}


async def ceiling(command: Command) -> Answer:
    """The most that the driver sends over `connections`, and the share of a core that it took."""
    counts = Counts()
    account = await _closed(command, command.whole("connections", 64), _counted(counts))
    if not counts.answered:
        raise CommandError(f"ceiling: nothing was answered: {counts.as_dict()['failure']}")
    told = account.as_dict()
    return {
        "rate_rps": round(counts.answered / command.number("duration_s"), 1),
        "cpu_share": round(told["cpu_s"] / told["wall_s"], 4),
    }


async def open_(command: Command) -> Answer:
    """`rate_rps` arrivals, by the clock and not by the answers."""
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


async def _closed(command: Command, users: int, told: Told) -> Account:
    """Run a closed load; `told` hears of each request that ended before the load did."""
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
    )
    account = Account()
    origin_s = clock()
    measured_s, end_s = origin_s + warmup_s, origin_s + length_s
    await load.run(end_s, account)
    account.close()
    return account


def _counted(counts: Counts) -> Told:
    def count(ended: Connection, _origin_s: float, phase: str) -> None:
        if phase == MEASURED:
            counts.add(ended.end_s - ended.start_s, ended.error)

    return count
