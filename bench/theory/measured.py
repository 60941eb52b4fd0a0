"""Measure a cell once: throughput and response under its closed load."""

from dataclasses import dataclass
from statistics import mean

from bench.theory import costs
from bench.theory.grid import DELAY_S, LEAST_S, LONGEST_S, Cell
from bench.theory.predicted import Predicted
from lab.results.measurement import MEASURED
from lab.running import settling
from lab.running.testbed import Testbed

SETTLED_S = 1.0
"""Least warm-up: every user has had an answer, and every worker has its connections."""
LEFT_OVER_S = 3.0
"""A server that would work on abandoned requests for longer is replaced by a new one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers per second, and the mean response in seconds; None where it is not yet steady."""

    throughput_rps: float
    response_s: float | None
    failed: int


def measure(testbed: Testbed, cell: Cell, expected: Predicted, slots: int | None) -> Measured:
    """Drive the cell's load once."""
    is_steady = 2 * expected.response_s <= LONGEST_S
    warmup_s = max(SETTLED_S, 2 * expected.response_s) if is_steady else SETTLED_S
    length_s = min(LONGEST_S, max(LEAST_S, 2 * expected.response_s))
    found = costs.load(testbed, cell.target, cell.route, cell.users, length_s, warmup_s)["rows"]
    rows = [
        (start_s + latency_s, latency_s)
        for start_s, latency_s, phase in zip(
            found["start_s"], found["latency_s"], found["phase"], strict=True
        )
        if phase == MEASURED
    ]
    failed = sum(1 for each in found.get("error") or () if each)
    response_s = mean(latency_s for _, latency_s in rows) if is_steady and rows else None
    ends_s = sorted(end_s for end_s, _ in rows)
    wave = min(cell.users, slots or cell.users)
    if len(ends_s) <= wave:
        return Measured(len(ends_s) / length_s, response_s, failed)
    # Answers come in waves. From the last answer of one wave to the last answer of another there
    # are whole waves, however long the load was.
    throughput_rps = (len(ends_s) - wave) / (ends_s[-1] - ends_s[wave - 1])
    return Measured(throughput_rps, response_s, failed)


def rest(testbed: Testbed, cell: Cell, slots: int | None) -> None:
    """Leave the cell's server without a request of the cell."""
    waves = cell.users / (slots or cell.users)
    if waves * DELAY_S <= LEFT_OVER_S and settling.is_settled(testbed, cell.target, LEFT_OVER_S):
        return
    testbed.restart(cell.target)
    costs.warm(testbed, *cell.place, slots)
