"""Read the fields of a command, a JSON object from stdin, and check each one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lab.driver.endpoint import Endpoint, endpoint

Answer = dict[str, Any]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST = 100_000
TIMEOUT_S = 30.0
_MISSING: Any = object()


class CommandError(Exception):
    """The command is invalid or cannot run; the message is one sentence with the reason."""


class DriverCommand:
    """A command with its fields. Raises CommandError where a field is missing or wrong.

    `name` is the value of "do".
    """

    def __init__(self, values: Any) -> None:
        if not isinstance(values, dict) or not isinstance(values.get("do"), str):
            raise CommandError('expected an object with "do"')
        self._values: Mapping[str, Any] = values
        self.name: str = values["do"]

    def has(self, name: str) -> bool:
        """Whether the field is present."""
        return name in self._values

    def any(self, name: str) -> Any:
        """Return the field's value of any type; None where it is missing."""
        return self._values.get(name)

    def text(self, name: str, default: str = _MISSING) -> str:
        """Read a text."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self._refusal(name, value, "a text")
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str = _MISSING) -> str:
        """Read one of the texts in `choices`."""
        value = self.text(name, default)
        if value not in choices:
            raise self._refusal(name, value, f"one of {', '.join(choices)}")
        return value

    def whole(self, name: str, default: int = _MISSING) -> int:
        """Read a whole number from 1 to `MOST`."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
            raise self._refusal(name, value, f"a whole number from 1 to {MOST}")
        return value

    def number(self, name: str, default: float = _MISSING, *, above: float = -1.0) -> float:
        """Read a finite number of at least 0, and greater than `above`."""
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(name, value, "a number")
        if not math.isfinite(value) or value < 0 or value <= above:
            raise self._refusal(name, value, "a number above 0" if above >= 0 else "0 or more")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """Read true or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self._refusal(name, value, "true or false")
        return value

    def _value(self, name: str, default: Any) -> Any:
        value = self._values.get(name, default)
        if value is _MISSING:
            raise CommandError(f"{self.name}: {name} is missing")
        return value

    def _refusal(self, name: str, value: Any, expected: str) -> CommandError:
        return CommandError(f"{self.name}: {name}={value!r}: expected {expected}")


async def destination(command: DriverCommand) -> Endpoint:
    """Look up the endpoint of the command's `url`.

    Raises ForeignAddressError where the address is not the lab's own.
    """
    return await endpoint(command.text("url"))


def timeout_s(command: DriverCommand, default: float = TIMEOUT_S) -> float:
    """Timeout of the command's requests in seconds."""
    return command.number("timeout_s", default, above=0)
