"""The kinds of load, and the part of a load that this process makes.

closed  N users; each sends its next request when the last one is answered
burst   n requests at the same instant, again and again
open    arrivals at a rate, whether or not earlier ones were answered
steps   closed, with 1, 4, 16, 64 and 256 users for each target in turn

Burst and open have a schedule instead of users: one user of each class drives it on each
load worker, so that the number of users is not the number of requests.
"""

import time
from typing import Any

from arrivals import Part
from locust.env import Environment

from lab.live.load import BURST, CLOSED, LOADS, OPEN, SCHEDULED, STEPS

__all__ = ["BURST", "CLOSED", "LOADS", "OPEN", "SCHEDULED", "STEPS", "UNSCHEDULED"]

UNSCHEDULED = tuple(load for load in LOADS if load not in SCHEDULED)

# By then every load worker has its users, so that the first burst leaves from all at once.
LEAD_S = 0.2


def of(environment: Environment) -> str:
    """Name of the load that the options ask for."""
    options: Any = environment.parsed_options
    return str(options.load)


def begin(environment: Environment) -> None:
    """Set the start of a new load, a time of day in seconds, where the users are dealt out."""
    options: Any = environment.parsed_options
    options.load_begins_s = time.time() + LEAD_S


def share(environment: Environment, worker_ids: list[str]) -> None:
    """Store which load workers take part; the options carry that from Locust's master to them."""
    options: Any = environment.parsed_options
    options.load_workers = worker_ids


def part_of(environment: Environment) -> Part:
    """Part of the load that this process has now: load workers come and go."""
    runner: Any = environment.runner
    workers: list[str] = vars(environment.parsed_options).get("load_workers", [])
    if runner.client_id not in workers:  # one process makes the whole load
        return Part()
    return Part(workers.index(runner.client_id), len(workers))


def now_s(environment: Environment) -> float:
    """Seconds since the start of the load; negative before it."""
    return time.time() - float(vars(environment.parsed_options)["load_begins_s"])
