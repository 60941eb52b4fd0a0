"""The number of requests held, caller by caller, in steps of 100 ms."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

STEP_S = 0.1
STEPS_PER_S = 10
MAX_S = 300

Count = Callable[[], Mapping[str, int]]


class Timeline:
    """The last five minutes of what `count` says is held.

    `count` gives a number for each caller that has any. All times are in seconds.
    """

    def __init__(self, count: Count) -> None:
        self._count = count
        self._samples: deque[Mapping[str, int]] = deque(maxlen=MAX_S * STEPS_PER_S)
        self._due_s: float | None = None
        self._ended_at: float | None = None

    def advance(self, now_s: float, epoch_s: float) -> float:
        """Take the samples that are due; the seconds until the next one is.

        `now_s` is a monotonic clock and `epoch_s` the time of day. A loop that was held up
        for several steps fills them with what it finds now, so that the axis stays true.
        """
        due_s = now_s if self._due_s is None else self._due_s
        if due_s <= now_s:
            sample = self._count()
            steps = int((now_s - due_s) / STEP_S) + 1
            self._samples.extend([sample] * min(steps, MAX_S * STEPS_PER_S))
            due_s += steps * STEP_S
            self._ended_at = epoch_s - (now_s - (due_s - STEP_S))
        self._due_s = due_s
        return due_s - now_s

    def as_dict(self, seconds: int) -> dict[str, Any]:
        """The last `seconds`, or as many as there are since the start.

        `{"step_ms": 100, "ended_at": epoch seconds of the last sample,
        "all": [n, ...], "callers": {name: [n, ...]}}`, every list equally long, oldest first.
        """
        samples = list(self._samples)[-seconds * STEPS_PER_S :]
        names = sorted({name for sample in samples for name in sample})
        return {
            "step_ms": round(STEP_S * 1000),
            "ended_at": self._ended_at,
            "all": [sum(sample.values()) for sample in samples],
            "callers": {name: [sample.get(name, 0) for sample in samples] for name in names},
        }
