"""Processor time of a request in each program that takes part, and the stations made of cores.

It is measured on the machine that runs them, never typed in. The stations are bounds: the kernel's
own work, and whatever else runs on the machine, takes cores as well.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from lab.theory import Station, Way


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Processor seconds of one request: in the target, in the load generator, in the upstream."""

    target_s: float
    generator_s: float
    upstream_s: float

    @property
    def whole_s(self) -> float:
        """Processor seconds of one request on a machine that runs all three."""
        return self.target_s + self.generator_s + self.upstream_s

    def stations(self, *, workers: int, cores: int) -> Way:
        """Return the stations whose slots are cores.

        A worker is one process and computes on one core at a time, and so do the load generator and
        the upstream. All of them share the machine's `cores`.
        """
        return (
            Station("processor", min(workers, cores), self.target_s),
            Station("load generator", 1, self.generator_s),
            Station("upstream", 1, self.upstream_s),
            Station("machine", cores, self.whole_s),
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Processor times of `requests` requests in several spans, the basis of their median."""

    spans: Sequence[ProcessorTime]
    requests: int

    @property
    def time(self) -> ProcessorTime:
        """Median of each part."""
        return ProcessorTime(*(median(part) for part in zip(*map(_parts, self.spans), strict=True)))

    @property
    def spread(self) -> tuple[float, float]:
        """Least and most processor seconds of a request in the target."""
        found = [each.target_s for each in self.spans]
        return min(found), max(found)

    def as_dict(self) -> dict[str, Any]:
        """Return it as run.json has it."""
        least_s, most_s = self.spread
        return {
            **{name: round(value, 9) for name, value in asdict(self.time).items()},
            "target_least_s": round(least_s, 9),
            "target_most_s": round(most_s, 9),
            "requests": self.requests,
        }


def _parts(time: ProcessorTime) -> tuple[float, float, float]:
    return time.target_s, time.generator_s, time.upstream_s
