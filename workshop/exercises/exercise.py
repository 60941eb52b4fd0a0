"""An exercise, as described by its folder in handouts/exercises/."""

from dataclasses import dataclass
from pathlib import Path

SETTINGS, CODE, FILE = CHANGES = ("settings", "code", "file")
OWN_LOAD, WORKSHEET = FILES = ("load.toml", "worksheet.toml")
"""File names that an exercise of the kind "file" may ask for."""

EXERCISE, LOAD, START, SOLUTION, MINE, ENV = (
    "exercise.toml",
    "load.toml",
    "start",
    "solution",
    "mine",
    "env",
)
"""Names in an exercise's folder. `env`, in start/ and solution/, holds lines of NAME=value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Required value of one number of one cell.

    `cell` is a cell's id, or its beginning up to a dot where only one cell starts with it. `metric`
    is a metric of docs/results.md, a quantity of quantities.py, or the name of a setting. The value
    must be `at_least` and `at_most` these bounds, in its own unit, or for a setting `one_of` some
    words. With `times` it is divided by the same metric of that cell. `hint` is shown to an
    attendee who has tried without success. `told` replaces the bound in the output where the number
    itself is the answer to find.
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
    """Work that the upstream must have seen for each answer, so that a skipped wait is found.

    That is `calls_per_request` calls, held for `held_s_per_request` seconds in total; None: one
    delay of the dial.
    """

    calls_per_request: float = 1.0
    held_s_per_request: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A task.

    `change` says what the attendee changes: `settings` of .env.local, the files in `edit` of the
    services, or one file that is read as a load or a worksheet.
    """

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
        """Name of the folder, for example "03-three-calls"."""
        return self.folder.name

    @property
    def number(self) -> str:
        """Number for make's N, for example "03" or "05b"."""
        return self.name.partition("-")[0]

    @property
    def mine(self) -> Path:
        """Folder with the attendee's own files."""
        return self.folder / MINE
