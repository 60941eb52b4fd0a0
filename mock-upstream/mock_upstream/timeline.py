"""A history per caller, in steps of 100 ms: requests held, injected faults, and the lateness."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

STEP_S = 0.1
STEPS_PER_S = 10
MAX_S = 300

Count = Callable[[], Mapping[str, int]]
TakeLate = Callable[[], float | None]


class Sample(NamedTuple):
    """The requests held at the end of a step by caller, and the worst lateness within the step.

    `late_ms` is in milliseconds; None if the step had no answer. `faults` are the calls that ended
    with an injected fault within the step, by caller.
    """

    held: Mapping[str, int]
    late_ms: float | None
    faults: Mapping[str, int]


class Timeline:
    """The last MAX_S seconds (five minutes) of samples from `count`, `take_late`, `take_faults`.

    `count` returns the requests held by caller, without callers that have none. `take_late`
    returns the worst lateness in milliseconds since its last call, `take_faults` the injected
    faults since its last call, by caller. All times are in seconds.
    """

    def __init__(self, count: Count, take_late: TakeLate, take_faults: Count) -> None:
        self._count = count
        self._take_late = take_late
        self._take_faults = take_faults
        self._samples: deque[Sample] = deque(maxlen=MAX_S * STEPS_PER_S)
        self._due_s: float | None = None
        self._ended_at: float | None = None

    def advance(self, now_s: float, epoch_s: float) -> float:
        """Take all due samples, and return the seconds until the next one is due.

        `now_s` is a monotonic clock, `epoch_s` the time of day. If the event loop was blocked
        for several steps, all of them get the current sample, so that the time axis stays true.
        Only the last of them gets the faults, so that each fault counts once.
        """
        due_s = now_s if self._due_s is None else self._due_s
        if due_s <= now_s:
            sample = Sample(self._count(), self._take_late(), faults={})
            steps = int((now_s - due_s) / STEP_S) + 1
            self._samples.extend([sample] * min(steps, MAX_S * STEPS_PER_S))
            self._samples[-1] = sample._replace(faults=self._take_faults())
            due_s += steps * STEP_S
            self._ended_at = epoch_s - (now_s - (due_s - STEP_S))
        self._due_s = due_s
        return due_s - now_s

    def as_dict(self, seconds: int) -> dict[str, Any]:
        """Return the last `seconds` of samples, or fewer if the process is younger.

        `{"step_ms": 100, "ended_at": epoch seconds of the last sample,
        "all": [n, ...], "callers": {name: [n, ...]}, "faults": {name: [n, ...]},
        "late_ms": [ms or null, ...]}`; all lists have the same length, oldest sample first.
        `faults` are the calls that ended with an injected fault within the step. `late_ms` is the
        worst lateness of the answers written within the step, null if there was none.
        """
        samples = list(self._samples)[-seconds * STEPS_PER_S :]
        return {
            "step_ms": round(STEP_S * 1000),
            "ended_at": self._ended_at,
            "all": [sum(sample.held.values()) for sample in samples],
            "callers": _by_name([sample.held for sample in samples]),
            "faults": _by_name([sample.faults for sample in samples]),
            "late_ms": [
                None if sample.late_ms is None else round(sample.late_ms, 2) for sample in samples
            ],
        }


def _by_name(steps: Sequence[Mapping[str, int]]) -> dict[str, list[int]]:
    names = sorted({name for step in steps for name in step})
    return {name: [step.get(name, 0) for step in steps] for name in names}
