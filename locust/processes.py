"""The processes that make the load, as the process with the page knows them."""

import time
from collections.abc import Mapping
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner

ALONE = "this process"
LOST = "missing"
LATE_S = 2.5
"""Seconds. Each process reports once a second; Locust calls one missing after about four."""
SETTLE_S = 3.0
"""Seconds until the charts show only the time after the others took over a lost worker's users."""


class Processes:
    """Locust's workers by name, or the one process that makes the load alone.

    `lost` has the workers of this run that are gone, until they come back.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.cpu: dict[str, float] = {}
        self.reported_at_s: dict[str, float] = {}
        self.lost: set[str] = set()
        self._lacked_at_s = 0.0

    @property
    def are_workers(self) -> bool:
        """Whether other processes than this one make the load."""
        return isinstance(self.environment.runner, MasterRunner)

    def begin(self) -> None:
        """Forget the workers that the last run lost: they have no part in the new one."""
        self.lost = set()

    def take(self, name: str, report: Mapping[str, Any]) -> None:
        """Store the report of one process."""
        self.cpu[name] = report["cpu"]
        self.reported_at_s[name] = time.time()

    def newly_lost(self) -> list[str]:
        """Return the names of workers that have been lost since the last call, sorted."""
        if not self.are_workers:
            return []
        runner: Any = self.environment.runner
        missing = {name for name, each in runner.clients.items() if each.state == LOST}
        found = sorted(missing - self.lost)
        # Keeps the lost workers that Locust has forgotten by now.
        self.lost = missing | (self.lost - set(runner.clients))
        return found

    def busiest_cpu(self) -> float:
        """Largest share of a core that one load process uses, 0 to 1."""
        there = set(self._states()) - self.lost
        return max((self.cpu[name] for name in there & self.cpu.keys()), default=0.0)

    def amiss(self, now_s: float, *, is_on: bool) -> tuple[str, ...]:
        """Names of load workers whose share of the load is unknown or was assigned just now."""
        if not is_on or not self.are_workers:
            return ()
        runner: Any = self.environment.runner
        # The others have not taken over the users of the lost worker yet.
        if self.lost and runner.user_count < runner.target_user_count:
            self._lacked_at_s = now_s
        lost = self.lost if now_s - self._lacked_at_s < SETTLE_S else set()
        there = set(runner.clients) - self.lost
        return tuple(sorted(lost | {n for n in there if (self._silent_s(n, now_s) or 0) > LATE_S}))

    def described(self, now_s: float) -> list[dict[str, Any]]:
        """Return `load_workers` as docs/state.md has it."""
        return [
            {
                "name": name,
                "state": state,
                "users": users,
                "cpu": self.cpu.get(name),
                "silent_s": self._silent_s(name, now_s),
            }
            for name, (state, users) in self._states().items()
        ]

    def _silent_s(self, name: str, now_s: float) -> float | None:
        reported_at_s = self.reported_at_s.get(name)
        return None if reported_at_s is None else round(now_s - reported_at_s, 1)

    def _states(self) -> dict[str, tuple[str, int]]:
        """State and number of users of each process, by name."""
        runner: Any = self.environment.runner
        if not self.are_workers:
            return {ALONE: (runner.state, runner.user_count)}
        there = {name: (each.state, each.user_count) for name, each in runner.clients.items()}
        return dict.fromkeys(sorted(self.lost), (LOST, 0)) | there
