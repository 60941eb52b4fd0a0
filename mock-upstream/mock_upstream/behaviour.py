"""The settings of the dial, with the range of each.

The fields are also the keys of the JSON that `/behaviour` accepts and returns:

    delay_ms      0 to 60000: the wait; the mean under "uniform", the median under "lognormal"
    distribution  "fixed": every wait is delay_ms
                  "uniform": from delay_ms - spread_ms to delay_ms + spread_ms
                  "lognormal": delay_ms is the median, sigma the standard deviation of the
                  logarithm; a draw above 60 s waits 60 s
    spread_ms     0 to 60000; under "uniform" at most delay_ms, and no wait may exceed 60 s
    sigma         0 to 3
    error_rate    0 to 1: share of requests that get error_status, after the wait
    error_status  500 to 599
    hang_rate     0 to 1: share that never gets an answer and is held until the client leaves
    reset_rate    0 to 1: share whose connection is reset, after the wait
    seed          a whole number, or null for a different random sequence each time

The sum of the three rates is at most 1, because a request has at most one fault.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from mock_upstream.problems import Problem, bad_request, shown

MAX_MS = 60_000
DISTRIBUTIONS = ("fixed", "uniform", "lognormal")
RANGES: Mapping[str, tuple[float, float]] = {
    "delay_ms": (0, MAX_MS),
    "spread_ms": (0, MAX_MS),
    "sigma": (0, 3),
    "error_rate": (0, 1),
    "hang_rate": (0, 1),
    "reset_rate": (0, 1),
}
ROUNDING = 1e-9  # float error: 0.7 + 0.2 + 0.1 is not exactly 1


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One position of the dial. The module's docstring defines the fields and their units."""

    delay_ms: float = 1000.0
    distribution: str = "fixed"
    spread_ms: float = 0.0
    sigma: float = 0.0
    error_rate: float = 0.0
    error_status: int = 503
    hang_rate: float = 0.0
    reset_rate: float = 0.0
    seed: int | None = None

    def changed(self, fields: Mapping[str, object]) -> Self:
        """Return a copy with some fields changed; the other fields keep their values.

        Raises Problem (400) for an unknown field, a wrong type, a value out of range, or a
        combination of values that is not allowed.
        """
        for name, value in fields.items():
            _check(name, value)
        behaviour = replace(self, **_typed(fields))
        behaviour._check_together()
        return behaviour

    def as_dict(self) -> dict[str, Any]:
        """Return all fields by name: the body of an answer of `/behaviour`."""
        return asdict(self)

    def _check_together(self) -> None:
        rates = self.error_rate + self.hang_rate + self.reset_rate
        if rates > 1 + ROUNDING:
            raise Problem(
                400,
                "bad_request",
                f"error_rate={self.error_rate}, hang_rate={self.hang_rate}, "
                f"reset_rate={self.reset_rate}: expected rates that add up to 1 at most",
            )
        if self.distribution != "uniform":
            return
        most = min(self.delay_ms, MAX_MS - self.delay_ms)
        if self.spread_ms > most:
            expected = f"at most {most} around delay_ms={self.delay_ms}, so that waits stay in 0 to"
            raise bad_request("spread_ms", self.spread_ms, f"{expected} {MAX_MS} ms")


def _check(name: str, value: object) -> None:
    if name in RANGES:
        low, high = RANGES[name]
        # bool is a subclass of int, so it needs its own check; NaN fails the comparison.
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise bad_request(name, value, f"a number from {low} to {high}")
    elif name == "distribution":
        if value not in DISTRIBUTIONS:
            raise bad_request(name, value, f"one of {', '.join(DISTRIBUTIONS)}")
    elif name == "error_status":
        if type(value) is not int or not 500 <= value <= 599:
            raise bad_request(name, value, "a whole number from 500 to 599")
    elif name == "seed":
        if value is not None and type(value) is not int:
            raise bad_request(name, value, "a whole number or null")
    else:
        known = ", ".join(Behaviour.__dataclass_fields__)
        raise Problem(400, "bad_request", f"{shown(name)} is no field: expected {known}")


def _typed(fields: Mapping[str, object]) -> dict[str, Any]:
    # 1000 and 1000.0 are the same delay; `/behaviour` always shows 1000.0.
    return {
        name: float(value) if name in RANGES and isinstance(value, int) else value
        for name, value in fields.items()
    }
