"""What a request costs in processor time: measured before a run, never typed in.

A calibration belongs to one target and one route. A small load of its own asks the target for some
spans of time, and at their bounds the supervisor tells the processor time of all the target's
processes and the number of its answers:

    held_s of a span = (processor time - what an idle target uses in that time) / answers

A calibration holds for one fingerprint: for the same programs with the same settings. Nothing here
reads a file or a clock, or asks a target.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from lab.live.counters import Counters, processor_s

LEAST_SPANS = 5
WITHOUT_COST = frozenset(
    {"workers", "listen_host", "listen_port", "supervisor_host", "data_dir", "upstream_url"}
)
"""Settings that do not change what a request costs. All others count, so that one that nobody
thought of leads to a new calibration and not to a wrong one."""
PROGRAMS = ("target", "framework", "server", "python", "packages", "worker_class")
"""Keys of /server that name the programs that answer, with their versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCost:
    """Processor time of one request in seconds: the median of the spans, their least and most.

    `requests` is the number of answers in all spans, `at_s` the time of day at their end.
    """

    held_s: float
    least_s: float
    most_s: float
    requests: int
    at_s: float


def calibrated(bounds: Sequence[Counters], *, idle_cores: float) -> RequestCost | None:
    """Return the calibration of the spans between these counts, the oldest first.

    `idle_cores` is what the target uses without a request, in cores. None for fewer than
    LEAST_SPANS spans, and where one of them has no answer, no known processor time, or none that is
    above that of an idle target.
    """
    costs_s = [_cost_s(earlier, now, idle_cores) for earlier, now in pairwise(bounds)]
    known_s = [each for each in costs_s if each is not None and each > 0]
    if len(costs_s) < LEAST_SPANS or len(known_s) < len(costs_s):
        return None
    return RequestCost(
        held_s=median(known_s),
        least_s=min(known_s),
        most_s=max(known_s),
        requests=bounds[-1].answered - bounds[0].answered,
        at_s=bounds[-1].at_s,
    )


def fingerprint(told: Mapping[str, Any], route: str) -> str:
    """Return a text that is equal for equal costs. `told` is the target's answer at /server.

    Raises KeyError for a missing key.
    """
    settings = {name: each for name, each in told["settings"].items() if name not in WITHOUT_COST}
    programs = {name: told[name] for name in PROGRAMS}
    return json.dumps([route, programs, settings], sort_keys=True)


def _cost_s(earlier: Counters, now: Counters, idle_cores: float) -> float | None:
    gross_s = processor_s(earlier, now)
    if gross_s is None:
        return None
    answers = now.answered - earlier.answered
    return gross_s - idle_cores * (now.at_s - earlier.at_s) / answers
