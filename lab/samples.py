"""Samples: each request of a load as the client saw it.

Times are seconds. Offsets count from the start of the burst, so samples of one
burst compare with each other and with no other clock.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DURATION = re.compile(r"(?:^|,)\s*([\w-]+)\s*;\s*dur=(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One request and its answer, or why there was none.

    `start_s` is when the client set out (so waiting for a connection counts as
    latency), `sent_s` when the request had been handed to the kernel. `status` is
    0 where no answer came. `worker_pid`, `upstream_s` and `app_s` are what the
    service said of itself; None where it said nothing. `error` is a sentence, and
    empty for an answer in full with status 200.
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
        """When the answer was complete, or the request was given up."""
        return self.start_s + self.latency_s

    @property
    def picked_up_s(self) -> float:
        """When the worker took the request: the end less all the time the service accounts for."""
        return self.end_s - (self.upstream_s or 0.0) - (self.app_s or 0.0)


def server_timing_s(header: str) -> dict[str, float]:
    """The durations in a `Server-Timing` header, by name, in seconds.

    >>> server_timing_s("upstream;dur=1000.4, app;dur=1.9")
    {'upstream': 1.0004, 'app': 0.0019}

    The header's unit is the millisecond (W3C Server Timing, "dur"). Entries
    without a duration are left out.
    """
    return {name: round(float(ms) / 1000, 9) for name, ms in _DURATION.findall(header)}


def makespan_s(samples: Sequence[Sample]) -> float:
    """Length of a burst: last end less first start; 0 for no samples."""
    if not samples:
        return 0.0
    return max(each.end_s for each in samples) - min(each.start_s for each in samples)


def departure_spread_s(samples: Sequence[Sample]) -> float:
    """From the first request handed to the kernel to the last; 0 for fewer than two."""
    sent = [each.sent_s for each in samples if each.sent_s is not None]
    return max(sent) - min(sent) if sent else 0.0


def failed(samples: Sequence[Sample]) -> list[Sample]:
    """Those without an answer in full, or with another status than 200."""
    return [each for each in samples if each.error]
