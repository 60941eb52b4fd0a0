"""How long a request holds its slot, and how often it fails, computed from the upstream's dial.

A behaviour is a mapping with the keys of the upstream's `GET /behaviour`. A request may ask in
several concurrent parts, each with its own share of a drawn delay. It holds its slot until the
slowest part has arrived or the first part fails. A part that hangs, or that takes longer than the
target's timeout, fails at the timeout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from statistics import NormalDist
from typing import Any, Self

LONGEST_DRAW_S = 60.0
"""Upper limit in seconds of any delay that the upstream draws."""
RARE = 0.001

_NORMAL = NormalDist()
_STEPS = 512
_REACH = 6.0  # standard deviations; one draw in a billion lies beyond


def expected_hold_s(behaviour: Mapping[str, Any], *, parts: int, timeout_s: float) -> float:
    """Mean time in seconds for which a request with `parts` concurrent calls holds its slot.

    `timeout_s` is the target's timeout for the upstream. The error is below 0.1 %, and 0 for a
    fixed delay. Raises KeyError for a missing key, ValueError for an unknown distribution.
    """
    return _mean_s(_Waiting.of(behaviour, parts, timeout_s))


def longest_hold_s(behaviour: Mapping[str, Any], *, parts: int, timeout_s: float) -> float:
    """The 99.9 % quantile of the hold time in seconds; arguments as for `expected_hold_s`."""
    return _rarely_exceeded_s(_Waiting.of(behaviour, parts, timeout_s))


def fault_share(behaviour: Mapping[str, Any], *, parts: int) -> float:
    """Share of requests in which the dial makes at least one part fail."""
    fails = behaviour["error_rate"] + behaviour["hang_rate"] + behaviour["reset_rate"]
    return float(1 - (1 - min(1.0, fails)) ** parts)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The fields of a behaviour that determine time. Hashable, so that results can be cached."""

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
        """Wait in seconds of one part whose standard normal draw is `z`."""
        match self.distribution:
            case "fixed":
                drawn_s = self.delay_s
            case "uniform":
                drawn_s = self.delay_s + self.spread_s * (2 * _NORMAL.cdf(z) - 1)
            case "lognormal":
                drawn_s = min(self.delay_s * exp(self.sigma * z), LONGEST_DRAW_S)
            case unknown:
                raise ValueError(f"distribution={unknown!r}: no rule for how long that holds")
        # Each part waits for its share of the drawn delay, but not beyond the timeout.
        return min(drawn_s / self.parts, self.timeout_s)

    def unfinished(self, u: float) -> float:
        """Share of requests still held when the share `u` of all waits is over.

        A request is held while no part has failed, (1 - f u)^p, and not all parts have arrived, (g
        u)^p. f is the share of parts that fail after their wait, g the share of parts that neither
        fail nor hang.
        """
        good = max(0.0, 1 - self.failing - self.hanging)
        not_failed = (1 - min(1.0, self.failing) * u) ** self.parts
        return float(not_failed - (good * u) ** self.parts)


def _shares(z: float) -> float:
    """Normal CDF, set to 0 and 1 at the ends of the grid."""
    if abs(z) >= _REACH:
        return 0.0 if z < 0 else 1.0
    return _NORMAL.cdf(z)


# Equal steps on the normal scale resolve the rare draws well, and these are the long waits of a
# lognormal distribution.
_EDGES = tuple(_REACH * (2 * step / _STEPS - 1) for step in range(_STEPS + 1))
_SHARES = tuple(_shares(z) for z in _EDGES)


@lru_cache(maxsize=256)
def _mean_s(waiting: _Waiting) -> float:
    """Numerical integral: the share of requests that end in a step, times its midpoint."""
    left = waiting.unfinished(1.0)
    # Requests that never end by themselves hold their slot until the timeout.
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
