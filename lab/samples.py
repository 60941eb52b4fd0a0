"""Samples: each request of a load as the client saw it.

Times are seconds. Offsets count from the start of the burst, so only samples of the same burst can
be compared.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# An entry may carry other parameters; only name and dur are read.
_DURATION = re.compile(r"(?:^|,)\s*([\w-]+)\s*;\s*dur=(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One request and its answer, or the reason why there was no answer.

    `start_s` is when the client began, so waiting for a connection counts as latency. `sent_s` is
    when the kernel had taken the request. `status` is 0 where no answer came. `worker_pid`,
    `upstream_s` and `app_s` come from the service's own headers; None where it sent none. `error`
    is a sentence; it is empty for a complete answer with status 200.
    """

    start_s: float
    latency_s: float
    status: int
    target: str
    route: str
    worker_pid: int | None = None
    upstream_s: float | None = None
    app_s: float | None = None
    error: str = ""
    sent_s: float | None = None

    @property
    def end_s(self) -> float:
        """Offset in seconds at which the answer was complete or the request was given up."""
        return self.start_s + self.latency_s

    @property
    def picked_up_s(self) -> float:
        """Offset in seconds at which the worker took the request.

        It is `end_s` minus all time that the service reports: `upstream_s` and `app_s`.
        """
        return self.end_s - (self.upstream_s or 0.0) - (self.app_s or 0.0)


def server_timing_s(header: str) -> dict[str, float]:
    """Parse a `Server-Timing` header into seconds by name.

    >>> server_timing_s("upstream;dur=1000.4, app;dur=1.9")
    {'upstream': 1.0004, 'app': 0.0019}

    The header's unit is the millisecond (W3C Server Timing, "dur"). Entries without a duration are
    left out.
    """
    return {name: round(float(ms) / 1000, 9) for name, ms in _DURATION.findall(header)}


def makespan_s(samples: Sequence[Sample]) -> float:
    """Length of a burst in seconds: last end minus first start; 0 for no samples."""
    if not samples:
        return 0.0
    return max(each.end_s for each in samples) - min(each.start_s for each in samples)


def departure_spread_s(samples: Sequence[Sample]) -> float:
    """Seconds between the first and the last request handed to the kernel; 0 for fewer than two."""
    # Requests that never reached the kernel have no departure time.
    sent = [each.sent_s for each in samples if each.sent_s is not None]
    return max(sent) - min(sent) if sent else 0.0


def failed(samples: Sequence[Sample]) -> list[Sample]:
    """Samples without a complete answer, or with a status other than 200."""
    return [each for each in samples if each.error]
