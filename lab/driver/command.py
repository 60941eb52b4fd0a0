"""A command as it came over the line: an object of JSON that is not to be trusted blindly."""

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
    """A command that cannot be obeyed; a sentence on why."""


class Command:
    """Its values by name, each read as what it must be; CommandError where it is not."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, dict) or not isinstance(values.get("do"), str):
            raise CommandError('expected an object with "do"')
        self._values: Mapping[str, Any] = values
        self.name: str = values["do"]

    def has(self, name: str) -> bool:
        """Whether it was given at all."""
        return name in self._values

    def any(self, name: str) -> Any:
        """Whatever was given, of any type; None where nothing was."""
        return self._values.get(name)

    def text(self, name: str, default: str = _MISSING) -> str:
        """A text."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self._refusal(name, value, "a text")
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str = _MISSING) -> str:
        """One of these texts."""
        value = self.text(name, default)
        if value not in choices:
            raise self._refusal(name, value, f"one of {', '.join(choices)}")
        return value

    def whole(self, name: str, default: int = _MISSING) -> int:
        """A whole number, 1 or more."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
            raise self._refusal(name, value, f"a whole number from 1 to {MOST}")
        return value

    def number(self, name: str, default: float = _MISSING, *, above: float = -1.0) -> float:
        """A number, 0 or more, or above the given one."""
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(name, value, "a number")
        if not math.isfinite(value) or value < 0 or value <= above:
            raise self._refusal(name, value, "a number above 0" if above >= 0 else "0 or more")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
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


async def destination(command: Command) -> Endpoint:
    """Where the command's requests go; ForeignAddressError where that is not the lab's own."""
    return await endpoint(command.text("url"))


def timeout_s(command: Command, default: float = TIMEOUT_S) -> float:
    """How long the command's requests may take."""
    return command.number("timeout_s", default, above=0)
