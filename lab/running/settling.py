"""Waits until no request of one measurement is left to disturb the next one.

A load ends with unanswered requests. The driver closes their connections, but a server still serves
the requests in its backlog, one after the other.
"""

import time
from typing import Any

from lab.experiments.experiment import Cell, Experiment
from lab.running import warming
from lab.running.testbed import Testbed
from lab.targets import DATABASE_ROUTES, asks_database

BOUND_S = 3.0
POLL_S = 0.02
QUIET_POLLS = 2
EVERYBODY = "upstream"
"""Name for the upstream's total counts, used where the driver asks the upstream directly."""


def caller(cell: Cell) -> str:
    """Name under which the upstream counts the cell's requests."""
    return EVERYBODY if cell.direct else cell.shape


def bound_s(experiment: Experiment) -> float:
    """Settling timeout in seconds: BOUND_S plus one delay.

    The delay is needed because requests that the upstream holds must run out first.
    """
    return BOUND_S + float(warming.behaviour(experiment)["delay_ms"]) / 1000


def left_over_s(cell: Cell, abandoned: int) -> float:
    """Seconds a server works on abandoned requests, wave by wave; 0 where slots are unknown."""
    if not cell.slots or not cell.service_s:
        return 0.0
    # Each wave of the backlog takes one service time.
    return abandoned / cell.slots * cell.service_s


def waits_for_database(cell: Cell) -> bool:
    """Whether the cell's requests wait in PostgreSQL as long as the dial says."""
    return cell.route in DATABASE_ROUTES and not cell.direct


def is_in_database(cell: Cell) -> bool:
    """Whether PostgreSQL counts the cell's requests, and not the upstream."""
    return asks_database(cell.route) and not cell.direct


def is_settled(testbed: Testbed, name: str, bound_s: float, *, in_database: bool = False) -> bool:
    """Wait until nothing is held for the caller of that name, and its counts stop changing.

    The upstream counts, or PostgreSQL. Returns False where that takes longer than `bound_s`
    seconds.
    """
    give_up_s = time.monotonic() + bound_s
    before, quiet = None, 0
    # One quiet look is not enough: a server may be about to send its next backlogged request.
    while quiet < QUIET_POLLS:
        held, now = _held(testbed, name, in_database)
        quiet = quiet + 1 if not held and now == before else 0
        before = now
        if quiet < QUIET_POLLS:
            if time.monotonic() > give_up_s:
                return False
            time.sleep(POLL_S)
    return True


def wait_until_held(
    testbed: Testbed, name: str, requests: int, bound_s: float, *, in_database: bool = False
) -> int:
    """Wait at most `bound_s` seconds until `requests` are held for the caller of that name.

    Returns the number that is held.
    """
    give_up_s = time.monotonic() + bound_s
    while True:
        held = in_flight(testbed, name, in_database=in_database)
        if held >= requests or time.monotonic() > give_up_s:
            return held
        time.sleep(POLL_S)


def in_flight(testbed: Testbed, name: str, *, in_database: bool = False) -> int:
    """Number of requests that the upstream holds for the caller now, or of busy connections."""
    return _held(testbed, name, in_database)[0]


def _held(testbed: Testbed, name: str, in_database: bool) -> tuple[int, tuple[Any, ...]]:
    # What is held now, and counts that change while requests end.
    if in_database:
        connections = testbed.database()["clients"].get(name, {})
        return int(connections.get("busy", 0)), ()
    stats = testbed.stats(name)
    # in_flight alone can be 0 between two waves, so the counts of ended requests decide too.
    ended = tuple(stats.get(each, 0) for each in ("served", "errors", "cancelled"))
    return int(stats.get("in_flight", 0)), ended
