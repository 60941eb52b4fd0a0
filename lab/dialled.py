"""What the upstream's dial makes of one request: how long it holds its slot, how often it fails.

A behaviour is a mapping with the keys of the upstream's `GET /behaviour`. A request may
ask in several parts at once, each for its share of a delay of its own: it holds its slot
until the slowest part is there, or the first one fails. A part that hangs fails when the
target's time-out ends it, and so does one that takes longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from statistics import NormalDist
from typing import Any, Self

LONGEST_DRAW_S = 60.0
"""The upstream waits no longer, whatever it draws."""
RARE = 0.001

_NORMAL = NormalDist()
_STEPS = 512
_REACH = 6.0  # standard deviations; one draw in a billion lies beyond


def expected_hold_s(behaviour: Mapping[str, Any], *, parts: int, timeout_s: float) -> float:
    """Seconds that a request in so many concurrent parts holds its slot, on average.

    `timeout_s` is how long the target waits for the upstream. The error is below 0.1 %,
    and nothing for a fixed delay. Raises KeyError for a missing key, ValueError for an
    unknown distribution.
    """
    return _mean_s(_Waiting.of(behaviour, parts, timeout_s))


def longest_hold_s(behaviour: Mapping[str, Any], *, parts: int, timeout_s: float) -> float:
    """Seconds that one request in a thousand exceeds; arguments as for `expected_hold_s`."""
    return _rarely_exceeded_s(_Waiting.of(behaviour, parts, timeout_s))


def fault_share(behaviour: Mapping[str, Any], *, parts: int) -> float:
    """The share of requests with at least one part that the dial makes fail."""
    fails = behaviour["error_rate"] + behaviour["hang_rate"] + behaviour["reset_rate"]
    return float(1 - (1 - min(1.0, fails)) ** parts)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The part of a behaviour that decides about time; hashable, so that results are kept."""

    distribution: str
    delay_s: float
    spread_s: float
    sigma: float
    failing: float
    hanging: float
    parts: int
    timeout_s: float

    @classmethod
    def of(cls, behaviour: Mapping[str, Any], parts: int, timeout_s: float) -> Self:
        if parts < 1:
            raise ValueError(f"parts={parts}: expected a whole number above 0")
        return cls(
            behaviour["distribution"],
            behaviour["delay_ms"] / 1000,
            behaviour["spread_ms"] / 1000,
            behaviour["sigma"],
            behaviour["error_rate"] + behaviour["reset_rate"],
            behaviour["hang_rate"],
            parts,
            timeout_s,
        )

    def wait_s(self, z: float) -> float:
        """What a part waits that drew the value `z` of a standard normal distribution."""
        match self.distribution:
            case "fixed":
                drawn_s = self.delay_s
            case "uniform":
                drawn_s = self.delay_s + self.spread_s * (2 * _NORMAL.cdf(z) - 1)
            case "lognormal":
                drawn_s = min(self.delay_s * exp(self.sigma * z), LONGEST_DRAW_S)
            case unknown:
                raise ValueError(f"distribution={unknown!r}: no rule for how long that holds")
        return min(drawn_s / self.parts, self.timeout_s)

    def unfinished(self, u: float) -> float:
        """The share of requests still held when the share `u` of all waits is over.

        Held means that no part has failed, (1 - f u)^p, and that not all have come,
        (g u)^p, where f is the share of parts that fail after their wait, and g the
        share of those that neither fail nor hang.
        """
        good = max(0.0, 1 - self.failing - self.hanging)
        not_failed = (1 - min(1.0, self.failing) * u) ** self.parts
        return float(not_failed - (good * u) ** self.parts)


def _shares(z: float) -> float:
    """The share of draws up to `z`; all of them where the grid ends."""
    if abs(z) >= _REACH:
        return 0.0 if z < 0 else 1.0
    return _NORMAL.cdf(z)


# Steps of equal width on a normal scale are fine where draws are rare, which is where
# the long waits of a lognormal distribution lie.
_EDGES = tuple(_REACH * (2 * step / _STEPS - 1) for step in range(_STEPS + 1))
_SHARES = tuple(_shares(z) for z in _EDGES)


@lru_cache(maxsize=256)
def _mean_s(waiting: _Waiting) -> float:
    """The sum over all steps: the share of requests that end in it, times its middle."""
    left = waiting.unfinished(1.0)
    hung_s = left * waiting.timeout_s
    if waiting.distribution == "fixed":
        return (1 - left) * waiting.wait_s(0.0) + hung_s
    held = [waiting.unfinished(u) for u in _SHARES]
    ended_s = sum(
        (held[step] - held[step + 1]) * waiting.wait_s((_EDGES[step] + _EDGES[step + 1]) / 2)
        for step in range(_STEPS)
    )
    return ended_s + hung_s


@lru_cache(maxsize=256)
def _rarely_exceeded_s(waiting: _Waiting) -> float:
    for z, u in zip(_EDGES, _SHARES, strict=True):
        if waiting.unfinished(u) <= RARE:
            return waiting.wait_s(z)
    return waiting.timeout_s
