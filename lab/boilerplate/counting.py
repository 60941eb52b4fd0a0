"""Counting an implementation: every line of its definitions has one purpose."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.boilerplate import lines
from lab.boilerplate.comparison import Comparison, CountedFile, Implementation, Purpose
from lab.boilerplate.definitions import Definition, definitions
from lab.boilerplate.lines import Kind

SEE = "see lab/boilerplate/table.py"


class CountError(Exception):
    """The services and the table do not fit; names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So much code."""

    code_lines: int = 0
    statements: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.code_lines + other.code_lines, self.statements + other.statements)


@dataclass(frozen=True, slots=True)
class CountedDefinition:
    """A definition that counts."""

    name: str
    purpose: Purpose
    amount: Amount


@dataclass(frozen=True, slots=True)
class FileCount:
    """What one file gives to one implementation."""

    path: str
    sha256: str
    whole: bool  # every definition of it counts
    lines: Mapping[Kind, int]  # of all of the file
    apart: Mapping[Kind, int]  # without the code: of all of a whole file, else of what counts
    definitions: tuple[CountedDefinition, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """What one implementation takes."""

    implementation: Implementation
    files: tuple[FileCount, ...]

    def of(self, *purposes: Purpose) -> Amount:
        """The code for these purposes."""
        found = (each for file in self.files for each in file.definitions)
        return sum((each.amount for each in found if each.purpose in purposes), Amount())

    @property
    def total(self) -> Amount:
        """All code for the routes themselves, their documentation not among it."""
        return self.of(*(each for each in Purpose if each is not Purpose.DOCUMENTATION))

    @property
    def documented_total(self) -> Amount:
        """The same with their documentation."""
        return self.of(*Purpose)

    @property
    def apart(self) -> dict[Kind, int]:
        """Lines of the other kinds."""
        kinds = [kind for kind in Kind if kind is not Kind.CODE]
        return {kind: sum(file.apart[kind] for file in self.files) for kind in kinds}


@dataclass(frozen=True, slots=True)
class Counted:
    """A comparison with one count for each of its implementations, in its order."""

    comparison: Comparison
    counts: tuple[Count, ...]


def count(implementation: Implementation, root: Path) -> Count:
    """Read and count its files below `root`; CountError where one has not what is named."""
    files = (_count_file(file, read(root, file.path)) for file in implementation.files)
    return Count(implementation, tuple(files))


def less_percent(small: int, large: int) -> float:
    """By how many per cent `small` is less than `large`; below 0 where it is more."""
    return 100 * (1 - small / large)


def read(root: Path, path: str) -> str:
    """A source that can be counted; CountError where it is not there or no Python."""
    try:
        source = (root / path).read_text(encoding="utf-8")
        ast.parse(source)
    except OSError as error:
        raise CountError(f"{path}: cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise CountError(f"{path}: line {error.lineno} is no Python ({error.msg})") from error
    return source


def refuse(path: str, problem: str, names: set[str]) -> None:
    """Raise CountError if there are such names."""
    if names:
        raise CountError(f"{path}: {problem.format(', '.join(sorted(names)))}; {SEE}")


def twice(names: list[str]) -> set[str]:
    """Those that are there more than once."""
    return {name for name in names if names.count(name) > 1}


def _count_file(file: CountedFile, source: str) -> FileCount:
    purposes = {name: purpose for purpose, names in file.purposes.items() for name in names}
    found = {each.name: each for each in definitions(source, named=file.names)}
    refuse(file.path, "the table names {} twice", twice(file.names))
    refuse(file.path, "has no {}, which the table names", set(purposes) - set(found))

    kinds = lines.kinds(source)
    inside = [kinds[line - 1] for name in purposes for line in found[name].own_lines]
    whole = set(found) == set(purposes)
    apart = lines.tally(kind for kind in (kinds if whole else inside) if kind is not Kind.CODE)
    return FileCount(
        path=file.path,
        sha256=hashlib.sha256(source.encode()).hexdigest(),
        whole=whole,
        lines=lines.tally(kinds),
        apart=apart,
        definitions=tuple(
            CountedDefinition(name, purposes[name], _amount(each, kinds))
            for name, each in found.items()
            if name in purposes
        ),
    )


def _amount(definition: Definition, kinds: list[Kind]) -> Amount:
    code = [line for line in definition.own_lines if kinds[line - 1] is Kind.CODE]
    return Amount(len(code), definition.statements)
