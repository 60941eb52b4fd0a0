"""What the room guesses of the next run: one number of each guesser, for each target.

Nothing personal is kept: a browser makes up a name for itself, which only lets it change its own
guess. All is gone with this process. A new round begins with the first guess after a run, or when
the room is asked for another unit: numbers of different units make no histogram.
"""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

MOST_GUESSERS = 500
MOST_TARGETS = 20
MOST = 1e6
"""Largest guess: no machine answers a million requests a second, and no burst takes so long."""
LONGEST_NAME = 64
UNITS = {"rps": "answers a second", "s": "seconds to the last answer"}


class RefusedError(ValueError):
    """A guess that is not taken; the text is a sentence for the page."""


@dataclass(slots=True)
class Guesses:
    """The guesses of one round, by target and guesser; `is_over` once their run has begun.

    `unit` is the key of UNITS that the numbers have; `asked` is the one that the next guess must
    have. Each is None while there is none.
    """

    by_target: dict[str, dict[str, float]] = field(default_factory=dict)
    unit: str | None = None
    asked: str | None = None
    is_over: bool = False

    def ask(self, unit: object, *, is_on: bool) -> None:
        """Ask the room for numbers of this unit; those of a run that is over stay in sight.

        Raises RefusedError for an unknown unit, and during a run.
        """
        _check_time(is_on=is_on)
        self.asked = _checked_unit(unit)
        if not self.is_over and self.unit != self.asked:
            self._begin()

    def add(self, target: str, guesser: str, number: object, unit: object, *, is_on: bool) -> None:
        """Keep a guess.

        Raises RefusedError for one that is none, is late, is one too many, or is a number of
        another unit than the room's.
        """
        _check_time(is_on=is_on)
        found_unit = _checked_unit(unit)
        if self.asked and self.asked != found_unit:
            raise RefusedError(f"The room guesses {UNITS[self.asked]} now: guess again.")
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise RefusedError("Your guess: expected a number.")
        if not 0 <= number <= MOST:
            raise RefusedError(f"Your guess: expected a number from 0 to {MOST:,.0f}.")
        if not 0 < len(guesser) <= LONGEST_NAME:
            raise RefusedError(f"guesser: expected 1 to {LONGEST_NAME} characters.")
        if self.is_over:
            self._begin()
        self.unit = self.asked = found_unit
        found = self.by_target.setdefault(target, {})
        if guesser not in found and len(found) >= MOST_GUESSERS:
            raise RefusedError(f"{MOST_GUESSERS} have guessed already: no more are counted.")
        found[guesser] = float(number)

    def end_round(self) -> None:
        """Call it when a run begins: what was guessed is for that run."""
        self.is_over, self.asked = bool(self.by_target), None

    def described(self) -> dict[str, Any]:
        """Return the round as docs/state.md has it: the numbers by target, sorted, no names."""
        return {
            "unit": self.unit,
            "asked": self.asked,
            "is_over": self.is_over,
            "targets": {target: sorted(found.values()) for target, found in self.by_target.items()},
        }

    def _begin(self) -> None:
        self.by_target, self.unit, self.is_over = {}, None, False


def _check_time(*, is_on: bool) -> None:
    if is_on:
        raise RefusedError("This run has begun: guess again when it is over.")


def _checked_unit(unit: object) -> str:
    if not isinstance(unit, str) or unit not in UNITS:
        raise RefusedError(f"unit: expected one of {', '.join(UNITS)}.")
    return unit
