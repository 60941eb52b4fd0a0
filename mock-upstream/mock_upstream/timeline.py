"""The number of requests held, caller by caller, and the lateness, in steps of 100 ms."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

STEP_S = 0.1
STEPS_PER_S = 10
MAX_S = 300

Count = Callable[[], Mapping[str, int]]
TakeLate = Callable[[], float | None]


class Sample(NamedTuple):
    """What is held at the end of a step, and the worst lateness within it, if any."""

    held: Mapping[str, int]
    late_ms: float | None


class Timeline:
    """The last five minutes of what `count` says is held and `take_late` was late.

    `count` gives a number for each caller that has any, `take_late` the worst lateness
    in milliseconds since it was last called. All times are in seconds.
    """

    def __init__(self, count: Count, take_late: TakeLate) -> None:
        self._count = count
        self._take_late = take_late
        self._samples: deque[Sample] = deque(maxlen=MAX_S * STEPS_PER_S)
        self._due_s: float | None = None
        self._ended_at: float | None = None

    def advance(self, now_s: float, epoch_s: float) -> float:
        """Take the samples that are due; the seconds until the next one is.

        `now_s` is a monotonic clock and `epoch_s` the time of day. A loop that was held up
        for several steps fills them with what it finds now, so that the axis stays true.
        """
        due_s = now_s if self._due_s is None else self._due_s
        if due_s <= now_s:
            sample = Sample(self._count(), self._take_late())
            steps = int((now_s - due_s) / STEP_S) + 1
            self._samples.extend([sample] * min(steps, MAX_S * STEPS_PER_S))
            due_s += steps * STEP_S
            self._ended_at = epoch_s - (now_s - (due_s - STEP_S))
        self._due_s = due_s
        return due_s - now_s

    def as_dict(self, seconds: int) -> dict[str, Any]:
        """The last `seconds`, or as many as there are since the start.

        `{"step_ms": 100, "ended_at": epoch seconds of the last sample,
        "all": [n, ...], "callers": {name: [n, ...]}, "late_ms": [ms or null, ...]}`, every
        list equally long, oldest first. Lateness is the worst of the answers written within
        the step, null where there was none.
        """
        samples = list(self._samples)[-seconds * STEPS_PER_S :]
        names = sorted({name for sample in samples for name in sample.held})
        return {
            "step_ms": round(STEP_S * 1000),
            "ended_at": self._ended_at,
            "all": [sum(sample.held.values()) for sample in samples],
            "callers": {name: [sample.held.get(name, 0) for sample in samples] for name in names},
            "late_ms": [
                None if sample.late_ms is None else round(sample.late_ms, 2) for sample in samples
            ],
        }
