"""The processes that make the load, as the one with the page knows them."""

import time
from collections.abc import Mapping
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner

ALONE = "this process"
LOST = "missing"
LATE_S = 2.5
"""Each reports once a second; Locust calls one missing after some four."""
SETTLE_S = 3.0
"""Until what the charts show is from after its users were dealt out to the others."""


class Processes:
    """Locust's workers, or the one process that is all there is; by name.

    `lost` are those of this run that are gone, for as long as they do not come back.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.cpu: dict[str, float] = {}
        self.reported_at_s: dict[str, float] = {}
        self.lost: set[str] = set()
        self._lacked_at_s = 0.0

    @property
    def are_workers(self) -> bool:
        """Whether they are others than this process."""
        return isinstance(self.environment.runner, MasterRunner)

    def begin(self) -> None:
        """A new run begins: who was lost in the last one has no part in it."""
        self.lost = set()

    def take(self, name: str, report: Mapping[str, Any]) -> None:
        """One has reported."""
        self.cpu[name] = report["cpu"]
        self.reported_at_s[name] = time.time()

    def newly_lost(self) -> list[str]:
        """Those that were there when this was asked last."""
        if not self.are_workers:
            return []
        runner: Any = self.environment.runner
        missing = {name for name, each in runner.clients.items() if each.state == LOST}
        found = sorted(missing - self.lost)
        # Also those that Locust has forgotten by now.
        self.lost = missing | (self.lost - set(runner.clients))
        return found

    def busiest_cpu(self) -> float:
        """The largest share of a core that one of them uses, 0 to 1."""
        there = set(self._states()) - self.lost
        return max((self.cpu[name] for name in there & self.cpu.keys()), default=0.0)

    def amiss(self, now_s: float, *, is_on: bool) -> tuple[str, ...]:
        """Those of whose part of the load nobody knows, or that was dealt out just now."""
        if not is_on or not self.are_workers:
            return ()
        runner: Any = self.environment.runner
        if self.lost and runner.user_count < runner.target_user_count:
            self._lacked_at_s = now_s
        lost = self.lost if now_s - self._lacked_at_s < SETTLE_S else set()
        there = set(runner.clients) - self.lost
        return tuple(sorted(lost | {n for n in there if (self._silent_s(n, now_s) or 0) > LATE_S}))

    def described(self, now_s: float) -> list[dict[str, Any]]:
        """As docs/state.md has them."""
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
        """The state and the users of each."""
        runner: Any = self.environment.runner
        if not self.are_workers:
            return {ALONE: (runner.state, runner.user_count)}
        there = {name: (each.state, each.user_count) for name, each in runner.clients.items()}
        return dict.fromkeys(sorted(self.lost), (LOST, 0)) | there
