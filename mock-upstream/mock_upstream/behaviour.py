"""What the dial can be set to, and what it refuses.

The fields, which are also the keys of the JSON that `/behaviour` takes and gives:

    delay_ms      0 to 60000: the wait, or the middle of it where it is spread
    distribution  "fixed": every wait is delay_ms
                  "uniform": anything from delay_ms - spread_ms to delay_ms + spread_ms
                  "lognormal": delay_ms is the median, sigma the spread of the logarithm;
                  a draw above 60 s waits 60 s
    spread_ms     0 to 60000; under "uniform" at most delay_ms, and no wait may pass 60 s
    sigma         0 to 3
    error_rate    0 to 1: this share of requests is answered with error_status, after the wait
    error_status  500 to 599
    hang_rate     0 to 1: this share is never answered, and held until the client leaves
    reset_rate    0 to 1: the connection of this share is reset, after the wait
    seed          a whole number, or null for a sequence that nobody can repeat

The three rates together are at most 1: a request has at most one fault.
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
ROUNDING = 1e-9  # 0.7 + 0.2 + 0.1 need not be 1 to the last bit


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One position of the dial; the module's docstring says what each field means."""

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
        """This behaviour with some fields set anew; those left out keep their value.

        Raises Problem (400) for an unknown field, a wrong type or an impossible value, and
        for values that do not go together.
        """
        for name, value in fields.items():
            _check(name, value)
        behaviour = replace(self, **_typed(fields))
        behaviour._check_together()
        return behaviour

    def as_dict(self) -> dict[str, Any]:
        """Every field by name, as `/behaviour` answers."""
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
    """Raises Problem (400) where one value alone would not do."""
    if name in RANGES:
        low, high = RANGES[name]
        # bool is an int to Python; NaN fails the comparison.
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
    """1000 and 1000.0 are one delay; the dial always shows it as the second."""
    return {
        name: float(value) if name in RANGES and isinstance(value, int) else value
        for name, value in fields.items()
    }
