"""Health probes of one target in a run, judged as an orchestrator judges them.

TIMEOUT_S and FAILURES are the defaults of a Kubernetes liveness probe. Kubernetes asks every 10 s;
the lab asks once a second, so that a run of a minute has enough probes to judge by.
"""

from dataclasses import dataclass
from typing import Any

from lab.rounded import count

EVERY_S = 1.0
TIMEOUT_S = 1.0
"""Seconds until an orchestrator counts a probe as failed."""
FAILURES = 3
"""Failed probes in a row from which an orchestrator restarts the target."""
PATIENCE_S = 10.0
"""Seconds for which the lab waits for an answer, to know how late it is."""


@dataclass(slots=True)
class Probed:
    """What the probes of one target have shown in this run.

    `late` counts the probes without a good answer within TIMEOUT_S, `restarts` how often FAILURES
    of them came in a row. `last_s` and `worst_s` are seconds until an answer or a refusal, at most
    PATIENCE_S; None before the first.
    """

    asked: int = 0
    late: int = 0
    restarts: int = 0
    last_s: float | None = None
    worst_s: float | None = None
    _in_a_row: int = 0

    def judge(self, *, is_good: bool) -> None:
        """Count a probe by what was known of it after TIMEOUT_S."""
        if is_good:
            self._in_a_row = 0
            return
        self.late += 1
        self._in_a_row += 1
        if self._in_a_row == FAILURES:
            self.restarts += 1
            self._in_a_row = 0

    def end(self, took_s: float) -> None:
        """Store how long a probe took."""
        self.last_s = round(took_s, 3)
        self.worst_s = max(self.last_s, self.worst_s or 0.0)

    @property
    def sentence(self) -> str:
        """What an orchestrator would have done; "" while each probe had a good answer in time."""
        if not self.late:
            return ""
        probe = f"a probe with a time-out of {TIMEOUT_S:g} s"
        restarted = f" and restarted it {_often(self.restarts)}" if self.restarts else ""
        return f"{probe} would have failed {_often(self.late)}{restarted}"

    def described(self) -> dict[str, Any]:
        """Return `probe` of a target as docs/state.md has it."""
        return {
            "asked": self.asked,
            "late": self.late,
            "restarts": self.restarts,
            "last_s": self.last_s,
            "worst_s": self.worst_s,
            "sentence": self.sentence,
        }


def _often(number: int) -> str:
    return "once" if number == 1 else f"{count(number)} times"
