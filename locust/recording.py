"""What this load process counts for the dashboard, per target; it reports once a second."""

import time
from collections.abc import Iterable
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner

from lab.live.record import Record

KEY = "lab"  # the lab's key in a load worker's report to Locust's master


class Recorder:
    """The records of all targets, and the processor time that this process used."""

    def __init__(self, targets: Iterable[str]) -> None:
        self.records = {name: Record(time.time) for name in targets}
        self._cpu_s, self._at_s = time.process_time(), time.perf_counter()

    def report(self) -> dict[str, Any]:
        """Return the counts since the last call; `cpu` is the share of a core used meanwhile."""
        cpu_s, at_s = time.process_time(), time.perf_counter()
        share = (cpu_s - self._cpu_s) / max(at_s - self._at_s, 1e-3)
        self._cpu_s, self._at_s = cpu_s, at_s
        return {
            "cpu": share,
            "targets": {name: each.take().as_list() for name, each in self.records.items()},
        }

    def reset(self) -> None:
        """Set all counts to zero, because a new run begins."""
        for each in self.records.values():
            each.reset()


def install(recorder: Recorder) -> None:
    """Add the counts to Locust's report to its master, and reset them when a run begins."""
    hooks: Any = events

    def tell(data: dict[str, Any], **_: Any) -> None:
        data[KEY] = recorder.report()

    def begin(environment: Environment, **_: Any) -> None:
        if not isinstance(environment.runner, MasterRunner):
            recorder.reset()

    hooks.report_to_master.add_listener(tell)
    hooks.test_start.add_listener(begin)
