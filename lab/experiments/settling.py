"""Waiting until nothing of one measurement is left that could leak into the next.

A load ends with requests unanswered: the driver closes their connections, but a server
that has them in its backlog serves them all the same, one after the other.
"""

import time
from collections.abc import Mapping
from typing import Any

from lab.experiments import warming
from lab.experiments.experiment import Cell, Experiment
from lab.experiments.stand import Stand

BOUND_S = 3.0
POLL_S = 0.02
QUIET_POLLS = 2
EVERYBODY = "upstream"
"""Whom the upstream's counts are of where the driver asks it directly."""


def caller(cell: Cell) -> str:
    """Under which name the upstream counts the cell's requests."""
    return EVERYBODY if cell.direct else cell.shape


def bound_s(experiment: Experiment) -> float:
    """So long it may take: what the upstream holds has to run out, at least."""
    return BOUND_S + float(warming.behaviour(experiment)["delay_ms"]) / 1000


def left_over_s(cell: Cell, abandoned: int) -> float:
    """How long a server works on requests that were abandoned, wave by wave; 0 without slots."""
    if not cell.slots or not cell.service_s:
        return 0.0
    return abandoned / cell.slots * cell.service_s


def is_settled(stand: Stand, name: str, bound_s: float) -> bool:
    """Wait until the upstream holds nothing for that caller, and gets nothing more of it.

    False where that is not so within `bound_s`.
    """
    give_up_s = time.monotonic() + bound_s
    before, quiet = None, 0
    while quiet < QUIET_POLLS:
        stats = stand.stats(name)
        now = _ended(stats)
        quiet = quiet + 1 if not stats.get("in_flight") and now == before else 0
        before = now
        if quiet < QUIET_POLLS:
            if time.monotonic() > give_up_s:
                return False
            time.sleep(POLL_S)
    return True


def wait_until_held(stand: Stand, name: str, requests: int, bound_s: float) -> int:
    """Wait until the upstream holds that many for the caller, or `bound_s`; how many it holds."""
    give_up_s = time.monotonic() + bound_s
    while True:
        held = int(stand.stats(name).get("in_flight", 0))
        if held >= requests or time.monotonic() > give_up_s:
            return held
        time.sleep(POLL_S)


def _ended(stats: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(stats.get(each, 0) for each in ("served", "errors", "cancelled"))
