"""Ask the mock upstream twice a second what it holds, and how its dial is set.

The questions go beside the load and never delay it. A frozen upstream accepts a question and
does not answer, so the timeout is short.
"""

import logging
import time
from typing import Any

import gevent
import httpx

from lab.live import tick
from lab.live.dead_calls import DeadCalls

PATIENCE_S = 0.5
EVERY_S = 0.5
ASK_BACK_S = 5  # seconds of timeline to ask for, so that one missed answer loses nothing


class Gauge:
    """The upstream at `url`, as of its last answer.

    `held` has the calls that it held for each caller, by tick (lab/live/tick.py), `faults` those
    that it ended with a fault of its dial, and `dead` those that it will never answer. `late_ms` is
    its worst lateness in the last seconds, without the worst tenth of the ticks, because a busy
    machine has a hiccup now and then; None where it answered nothing, and before its first
    answer. `behaviour` is the dial, None before the first answer.
    """

    def __init__(self, url: str) -> None:
        # One line per question would bury Locust's log, and the log's tab on the page.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.client = httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False)
        self.behaviour: dict[str, Any] | None = None
        self.late_ms: float | None = None
        self.held: dict[str, dict[int, int]] = {}
        self.faults: dict[str, dict[int, int]] = {}
        self.dead: dict[str, DeadCalls] = {}
        self.ticks: list[int] = []
        self.answered_at_s = time.time()
        self.is_silent = False

    def watch(self) -> None:
        """Ask every EVERY_S seconds, for ever."""
        while True:
            self.ask()
            gevent.sleep(EVERY_S)

    def ask(self) -> None:
        """Ask once. Without an answer all values stay as they were."""
        try:
            timeline = self._get("/stats/timeline", seconds=ASK_BACK_S)
            self.behaviour = self._get("/behaviour")
        except (httpx.HTTPError, ValueError):
            self.is_silent = True
            return
        self.is_silent = False
        self.answered_at_s = time.time()
        self._read(timeline)

    def silent_s(self, now_s: float) -> float:
        """Seconds without an answer; 0 while each question gets one."""
        return now_s - self.answered_at_s if self.is_silent else 0.0

    def held_for(self, caller: str) -> dict[int, int]:
        """Calls held for one caller, by tick; 0 for a tick without any."""
        return self.held.get(caller) or dict.fromkeys(self.ticks, 0)

    def faults_for(self, caller: str) -> dict[int, int]:
        """Calls of one caller that ended with a fault of the dial, by tick; 0 for one without."""
        return self.faults.get(caller) or dict.fromkeys(self.ticks, 0)

    def dead_for(self, caller: str) -> DeadCalls:
        """Calls of one caller that never get an answer; none before the first answer."""
        return self.dead.get(caller) or DeadCalls()

    def held_now(self, caller: str) -> int:
        """Calls held for one caller at the upstream's last answer; 0 before the first answer."""
        return self.held_for(caller).get(self.ticks[-1], 0) if self.ticks else 0

    def _get(self, path: str, **parameters: int) -> Any:
        answer = self.client.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()

    def _read(self, timeline: dict[str, Any]) -> None:
        count, ended_at_s = len(timeline["all"]), timeline["ended_at"] or 0.0
        step_s = timeline["step_ms"] / 1000
        self.ticks = [tick.number(ended_at_s - step_s * (count - 1 - n)) for n in range(count)]
        self.held, self.faults = (
            {name: dict(zip(self.ticks, counts, strict=True)) for name, counts in callers.items()}
            for callers in (timeline["callers"], timeline["faults"])
        )
        self.dead = {
            name: DeadCalls(each["calls"], each["oldest_at"], each["newest_at"])
            for name, each in timeline["hung"].items()
        }
        late_ms = sorted(each for each in timeline["late_ms"] if each is not None)
        self.late_ms = late_ms[int(0.9 * (len(late_ms) - 1))] if late_ms else None
