"""Waits until no request of one measurement is left to disturb the next one.

A load ends with unanswered requests. The driver closes their connections, but a server still serves
the requests in its backlog, one after the other.
"""

import time
from collections.abc import Mapping
from typing import Any

from lab.experiments.experiment import Cell, Experiment
from lab.running import warming
from lab.running.testbed import Testbed

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


def is_settled(testbed: Testbed, name: str, bound_s: float) -> bool:
    """Wait until the upstream holds nothing for that caller and its counters stop changing.

    Returns False where that takes longer than `bound_s` seconds.
    """
    give_up_s = time.monotonic() + bound_s
    before, quiet = None, 0
    # One quiet look is not enough: a server may be about to send its next backlogged request.
    while quiet < QUIET_POLLS:
        stats = testbed.stats(name)
        now = _ended(stats)
        quiet = quiet + 1 if not stats.get("in_flight") and now == before else 0
        before = now
        if quiet < QUIET_POLLS:
            if time.monotonic() > give_up_s:
                return False
            time.sleep(POLL_S)
    return True


def wait_until_held(testbed: Testbed, name: str, requests: int, bound_s: float) -> int:
    """Wait at most `bound_s` seconds until the upstream holds `requests` for the caller.

    Returns the number it holds.
    """
    give_up_s = time.monotonic() + bound_s
    while True:
        held = int(testbed.stats(name).get("in_flight", 0))
        if held >= requests or time.monotonic() > give_up_s:
            return held
        time.sleep(POLL_S)


def _ended(stats: Mapping[str, Any]) -> tuple[Any, ...]:
    # in_flight alone can be 0 between two waves, so the counts of ended requests decide too.
    return tuple(stats.get(each, 0) for each in ("served", "errors", "cancelled"))
