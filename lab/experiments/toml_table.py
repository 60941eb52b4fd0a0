"""A TOML table that is read key by key, so that no key goes unread or unchecked.

Each reader method takes its key out of the table, or returns the default where the key is
missing. Without a default a missing key raises ExperimentFileError, and so does a wrong value.
`finish` raises it for keys that were not read.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

REQUIRED: Any = object()
"""Default of a required key."""


class ExperimentFileError(Exception):
    """An experiment file is invalid; one sentence with file, key, value and what was expected."""


class TomlTable:
    """A TOML table with its place: the file's name and the dotted path of keys to it."""

    def __init__(self, values: Mapping[str, Any], file: str, path: str = "") -> None:
        self._values = dict(values)
        self._known: list[str] = []
        self.file = file
        self.path = path

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def has(self, key: str, below: str) -> bool:
        """Whether `key` is a table that contains the key `below`."""
        inner = self._values.get(key)
        return isinstance(inner, dict) and below in inner

    def names(self) -> list[str]:
        """Keys that were not read yet."""
        return list(self._values)

    def text(self, key: str, default: Any = REQUIRED, *, of: Iterable[str] = ()) -> str:
        """Read a text, its runs of spaces joined to one; if `of` is given, one of these words."""
        words = list(of)
        expected = f"one of {', '.join(words)}" if words else "some text"
        value = self._take(key, default, expected)
        if value is default:
            return str(value)
        if not isinstance(value, str) or not value.strip() or (words and value not in words):
            raise self.bad(key, value, expected)
        return " ".join(value.split())

    def texts(self, key: str, default: Any = REQUIRED, *, of: Iterable[str] = ()) -> list[str]:
        """Read a list of distinct texts, not empty; if `of` is given, of these words."""
        words = list(of)
        expected = "a list of texts" + (f" of {', '.join(words)}" if words else "")
        value = self._take(key, default, expected)
        if value is default:
            return list(value)
        if not isinstance(value, list) or not value:
            raise self.bad(key, value, expected)
        for each in value:
            if not isinstance(each, str) or not each or (words and each not in words):
                raise self.bad(key, each, expected)
        if len(set(value)) < len(value):
            raise self.bad(key, value, "each of them once")
        return value

    def flag(self, key: str, default: Any = REQUIRED) -> bool:
        """Read true or false."""
        value = self._take(key, default, "true or false")
        if not isinstance(value, bool):
            raise self.bad(key, value, "true or false")
        return value

    def whole(self, key: str, default: Any = REQUIRED, *, least: int = 1) -> int:
        """Read a whole number of at least `least`."""
        expected = f"a whole number from {least}"
        value = self._take(key, default, expected)
        if value is default:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.bad(key, value, expected)
        return value

    def number(self, key: str, default: Any = REQUIRED, *, above: float | None = None) -> float:
        """Read a number of at least 0, or greater than `above` if that is given."""
        expected = "a number from 0" if above is None else f"a number above {above:g}"
        value = self._take(key, default, expected)
        if value is default:
            return float(value)
        return self._checked(key, value, above, expected)

    def numbers(self, key: str, default: Any = REQUIRED, *, least: float = 0) -> list[float]:
        """Read a number or a non-empty list of distinct numbers, each at least `least`."""
        expected = f"a number from {least:g}, or a list of them"
        value = self._take(key, default, expected)
        if value is default:
            return list(value)
        several = value if isinstance(value, list) else [value]
        if not several or len(set(map(str, several))) < len(several):
            raise self.bad(key, value, expected)
        for each in several:
            if self._checked(key, each, None, expected) < least:
                raise self.bad(key, each, expected)
        return several

    def anything(self, key: str, default: Any = REQUIRED) -> Any:
        """Read a value of any type."""
        return self._take(key, default, "a value")

    def table(self, key: str, default: Any = REQUIRED) -> "TomlTable":
        """Read the table `key` below this one; any default stands for an empty table."""
        value = self._take(key, default, "a table")
        if value is default:
            value = {}
        if not isinstance(value, dict):
            raise self.bad(key, value, "a table")
        return TomlTable(value, self.file, self._below(key))

    def tables(self, key: str, default: Any = REQUIRED) -> list["TomlTable"]:
        """Read an array of tables, such as [[cells]]; the path of the first is `cells[1]`."""
        value = self._take(key, default, f"a table, as [[{self._below(key)}]]")
        if value is default:
            value = []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.bad(key, value, f"tables, as [[{self._below(key)}]]")
        return [
            TomlTable(each, self.file, f"{self._below(key)}[{number}]")
            for number, each in enumerate(value, start=1)
        ]

    def rest(self) -> dict[str, Any]:
        """Read all remaining keys at once, with their values."""
        rest, self._values = self._values, {}
        return rest

    def finish(self) -> None:
        """Check that every key was read. Raises ExperimentFileError if not."""
        for key in self._values:
            known = ", ".join(sorted(set(self._known)))
            expected = f"expected one of {known}" if known else "expected no key here"
            raise ExperimentFileError(f"{self.file}: {self._below(key)} is no key here: {expected}")

    def bad(self, key: str, value: object, expected: str) -> ExperimentFileError:
        """Return the error for a wrong value; the caller raises it."""
        return self.refused(key, value, f"expected {expected}")

    def refused(self, key: str, value: object, why: str) -> ExperimentFileError:
        """Return the error for a value whose problem another function has found."""
        shown = value if isinstance(value, Sequence) else repr(value)
        if isinstance(value, str):
            shown = f'"{value}"'
        return ExperimentFileError(f"{self.file}: {self._below(key)} = {shown}: {why}")

    def _take(self, key: str, default: Any, expected: str) -> Any:
        self._known.append(key)
        if key in self._values:
            return self._values.pop(key)
        if default is REQUIRED:
            alike = get_close_matches(key, self._values, n=1)
            hint = f" (did you mean {key} instead of {alike[0]}?)" if alike else ""
            raise ExperimentFileError(
                f"{self.file}: {self._below(key)} is missing{hint}: expected {expected}"
            )
        return default

    def _checked(self, key: str, value: object, above: float | None, expected: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(key, value, expected)
        if not (value >= 0 if above is None else value > above) or value == float("inf"):
            raise self.bad(key, value, expected)
        return value

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
