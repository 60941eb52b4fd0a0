"""The exercises that attendees passed, as their own machines reported them.

Only an attendee who has joined the room by name is here. All is gone with this process.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from lab import attendee

MOST_NAMES = 500
MOST_EXERCISES = 40
EXERCISE = re.compile(r"[0-9]{2}[a-z]?")


class RefusedError(ValueError):
    """A pass that is not taken; the text is a sentence for the attendee."""


@dataclass(slots=True)
class Passes:
    """Time of each pass, seconds since 1970, by name and exercise; `newest`: (name, exercise)."""

    by_name: dict[str, dict[str, float]] = field(default_factory=dict)
    newest: tuple[str, str] | None = None

    def add(self, name: object, exercise: object, at_s: float) -> None:
        """Keep a pass; of the same one twice, the first. Raises RefusedError."""
        if not isinstance(name, str):
            raise RefusedError("name: expected a text.")
        try:
            name = attendee.name(name)
        except ValueError as error:
            raise RefusedError(f"name: {error}.") from None
        if not (isinstance(exercise, str) and EXERCISE.fullmatch(exercise)):
            raise RefusedError("exercise: expected a number as 03 or 05b.")
        if name not in self.by_name and len(self.by_name) >= MOST_NAMES:
            raise RefusedError(f"{MOST_NAMES} names are here already: no more are taken.")
        known = self._exercises()
        if exercise not in known and len(known) >= MOST_EXERCISES:
            raise RefusedError(f"{MOST_EXERCISES} exercises are here already: no more are taken.")
        passed = self.by_name.setdefault(name, {})
        if exercise not in passed:
            passed[exercise] = at_s
            self.newest = (name, exercise)

    def described(self) -> dict[str, Any]:
        """Return the rows by name, the exercises with their counts, and the newest pass."""
        rows = sorted(self.by_name.items(), key=lambda row: (row[0].casefold(), row[0]))
        counts = {
            each: sum(each in passed for passed in self.by_name.values())
            for each in sorted(self._exercises())
        }
        newest = None
        if self.newest:
            name, exercise = self.newest
            at_s = self.by_name[name][exercise]
            newest = {"name": name, "exercise": exercise, "at_s": at_s}
        return {
            "names": [{"name": name, "passed": passed} for name, passed in rows],
            "exercises": [{"number": each, "passed_by": count} for each, count in counts.items()],
            "newest": newest,
        }

    def _exercises(self) -> set[str]:
        return {each for passed in self.by_name.values() for each in passed}
