"""An exercise as its folder in handouts/exercises/ describes it."""

from dataclasses import dataclass
from pathlib import Path

SETTINGS, CODE, FILE = CHANGES = ("settings", "code", "file")
OWN_LOAD, WORKSHEET = FILES = ("load.toml", "worksheet.toml")
"""What somebody may write in an exercise of the kind "file"."""

EXERCISE, LOAD, START, SOLUTION, MINE, ENV = (
    "exercise.toml",
    "load.toml",
    "start",
    "solution",
    "mine",
    "env",
)
"""What an exercise's folder has. `env`, in start/ and solution/, is lines of NAME=value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What one number of one cell has to be.

    `cell` is a cell's id, or its beginning up to a dot where that is one cell's alone. `metric`
    is one of docs/results.md, one of quantities.py, or the name of a setting. It is `at_least`
    and `at_most` so much, in its own unit; or, as a setting may be, `one_of` some words. With
    `times` it is divided by the same metric of that cell. `hint` is for who has tried and is not
    there yet. `told` are words that stand in the bound's place where the number itself is what
    is to be found out.
    """

    cell: str
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    times: str = ""
    hint: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest:
    """What the upstream must have seen for each answer, or nothing was gained by waiting less.

    `calls_per_request` calls, which it held for `held_s_per_request` in all; None for as long as
    its dial says, once.
    """

    calls_per_request: float = 1.0
    held_s_per_request: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A task. `change` says what the attendee changes: `settings` of .env.local, some files of
    the services' `edit`, or one file that is read as a load or a worksheet."""

    folder: Path
    title: str
    minutes: int
    task: str
    change: str
    edit: tuple[str, ...]
    settings: tuple[str, ...]
    hint: str
    requirements: tuple[Requirement, ...]
    honest: Honest

    @property
    def name(self) -> str:
        """The folder's, such as "03-three-calls"."""
        return self.folder.name

    @property
    def number(self) -> str:
        """Such as "03" or "05b": what make takes as N."""
        return self.name.partition("-")[0]

    @property
    def mine(self) -> Path:
        """Where the attendee's own files are."""
        return self.folder / MINE
