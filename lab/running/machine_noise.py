"""Probes of this machine while nothing of the lab is asked: what others use, how fast it computes.

A run takes one before and one after each series, so that a verdict can doubt a machine that was
busy with other things, or whose speed changed meanwhile.
"""

from time import perf_counter
from typing import Any

from lab.running import machine_facts

ROUNDS = 100_000
"""Rounds of one part of the work: about 5 ms of a free core in 2026."""
PARTS = 40


def probe() -> dict[str, float | None]:
    """Return one probe: `busy` and `work_s` of `noise` in run.json. Takes about 0.5 s."""
    # The work comes second: after the watch, the core has the same idle time behind it each time.
    return {"busy": machine_facts.busy(), "work_s": work_s()}


def work_s() -> float:
    """Seconds of a fixed piece of computing on one core: the fastest of many parts.

    A machine's neighbours can slow a core to two thirds for some 50 ms, many times in a second. A
    measurement lasts longer and meets as many of them as the next, so they do not count here; a
    core that stays slower does.
    """
    return round(min(_part_s() for _ in range(PARTS)), 9)


def largest_busy(noise: list[dict[str, Any]]) -> float | None:
    """Return the largest `busy` of all probes; None where none is known."""
    probes = [each[name] for each in noise for name in ("before", "after") if each[name]]
    return max((each["busy"] for each in probes if each["busy"] is not None), default=None)


def _part_s() -> float:
    began_s = perf_counter()
    total = 0
    for number in range(ROUNDS):
        total += number & 7
    return perf_counter() - began_s
