"""Processor time of a request: in the target, in the load generator and in the upstream."""

import time
from typing import Any

from bench.theory.grid import DELAY_S
from lab.experiments.experiment import UPSTREAM
from lab.processor_time import Calibration, ProcessorTime
from lab.running.calibrating import used_s
from lab.running.testbed import Testbed

USERS = 50
"""At most so many users calibrate: enough that a batch of answers is taken at once, as under load,
and too few to fill two cores where a request waits."""
SPANS = 5
SPAN_S = 1.5
WARM_UP_S = 1.0


def calibrate(testbed: Testbed, target: str, route: str, slots: int | None) -> Calibration:
    """Measure the costs under a small closed load. Raises ValueError where nothing is answered."""
    users = warm(testbed, target, route, slots)
    spans = [_span(testbed, target, route, users) for _ in range(SPANS)]
    return Calibration([time for time, _ in spans], sum(answers for _, answers in spans))


def warm(testbed: Testbed, target: str, route: str, slots: int | None) -> int:
    """Send a small closed load, so that no start is measured; return its number of users."""
    users = min(USERS, slots or USERS)
    load(testbed, target, route, users, WARM_UP_S)
    return users


def load(
    testbed: Testbed, target: str, route: str, users: int, length_s: float, warmup_s: float = 0.0
) -> dict[str, Any]:
    """Drive a closed load; return the driver's answer, with every sample."""
    command = {
        "do": "closed",
        "url": f"{testbed.url(target)}/{route}",
        "users": users,
        "warmup_s": warmup_s,
        "duration_s": length_s,
        "timeout_s": 300.0,
    }
    return testbed.drive(command, warmup_s + length_s + 60.0)


def _span(testbed: Testbed, target: str, route: str, users: int) -> tuple[ProcessorTime, int]:
    before = [used_s(testbed, each) for each in (target, UPSTREAM)]
    found = load(testbed, target, route, users, SPAN_S)
    time.sleep(2 * DELAY_S)  # until what the load has left behind is answered, and paid for
    after = [used_s(testbed, each) for each in (target, UPSTREAM)]
    answers = len(found["rows"]["latency_s"]) + found["driver"]["abandoned"]
    if not answers:
        raise ValueError(f"{target} /{route}: nothing was answered in {SPAN_S} s")
    used = [(late - soon) / answers for soon, late in zip(before, after, strict=True)]
    time_s = ProcessorTime(used[0], found["driver"]["cpu_s"] / answers, used[1])
    return time_s, answers
