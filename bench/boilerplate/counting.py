"""Counts an implementation: every line of its definitions has one purpose."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.boilerplate import lines
from bench.boilerplate.comparison import Comparison, CountedFile, Implementation, Purpose
from bench.boilerplate.definitions import Definition, definitions
from bench.boilerplate.lines import LineKind

SEE = "see bench/boilerplate/table.py"


class CountError(Exception):
    """The services and the table do not match; names the file and the problem."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of code."""

    code_lines: int = 0
    statements: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.code_lines + other.code_lines, self.statements + other.statements)


@dataclass(frozen=True, slots=True)
class CountedDefinition:
    """A counted definition, its purpose and its amount."""

    name: str
    purpose: Purpose
    amount: Amount


@dataclass(frozen=True, slots=True)
class FileCount:
    """Contribution of one file to one implementation."""

    path: str
    sha256: str
    whole: bool  # True where every definition counts
    lines: Mapping[LineKind, int]  # of the whole file
    apart: Mapping[LineKind, int]  # non-code lines: of the file if `whole`, else of what counts
    definitions: tuple[CountedDefinition, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """The counted files of one implementation."""

    implementation: Implementation
    files: tuple[FileCount, ...]

    def of(self, *purposes: Purpose) -> Amount:
        """Amount of code for these purposes."""
        found = (each for file in self.files for each in file.definitions)
        return sum((each.amount for each in found if each.purpose in purposes), Amount())

    @property
    def total(self) -> Amount:
        """Amount for the routes themselves, without their documentation."""
        return self.of(*(each for each in Purpose if each is not Purpose.DOCUMENTATION))

    @property
    def documented_total(self) -> Amount:
        """Amount for the routes with their documentation."""
        return self.of(*Purpose)

    @property
    def apart(self) -> dict[LineKind, int]:
        """Number of lines of each other kind."""
        kinds = [kind for kind in LineKind if kind is not LineKind.CODE]
        return {kind: sum(file.apart[kind] for file in self.files) for kind in kinds}


@dataclass(frozen=True, slots=True)
class Counted:
    """A comparison with one count per implementation, in the same order."""

    comparison: Comparison
    counts: tuple[Count, ...]


def count(implementation: Implementation, root: Path) -> Count:
    """Read and count the implementation's files below `root`.

    Raises CountError where a file lacks a named definition.
    """
    files = (_count_file(file, read(root, file.path)) for file in implementation.files)
    return Count(implementation, tuple(files))


def less_percent(small: int, large: int) -> float:
    """Percentage by which `small` is less than `large`; negative where it is more."""
    return 100 * (1 - small / large)


def read(root: Path, path: str) -> str:
    """Read a Python source. Raises CountError where it is missing or not valid Python."""
    try:
        source = (root / path).read_text(encoding="utf-8")
        ast.parse(source)
    except OSError as error:
        raise CountError(f"{path}: cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise CountError(f"{path}: line {error.lineno} is no Python ({error.msg})") from error
    return source


def refuse(path: str, problem: str, names: set[str]) -> None:
    """Raise CountError if `names` is not empty."""
    if names:
        raise CountError(f"{path}: {problem.format(', '.join(sorted(names)))}; {SEE}")


def twice(names: list[str]) -> set[str]:
    """Names that occur more than once."""
    return {name for name in names if names.count(name) > 1}


def _count_file(file: CountedFile, source: str) -> FileCount:
    purposes = {name: purpose for purpose, names in file.purposes.items() for name in names}
    found = {each.name: each for each in definitions(source, named=file.names)}
    refuse(file.path, "the table names {} twice", twice(file.names))
    refuse(file.path, "has no {}, which the table names", set(purposes) - set(found))

    kinds = lines.kinds(source)
    inside = [kinds[line - 1] for name in purposes for line in found[name].own_lines]
    whole = set(found) == set(purposes)
    apart = lines.tally(kind for kind in (kinds if whole else inside) if kind is not LineKind.CODE)
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


def _amount(definition: Definition, kinds: list[LineKind]) -> Amount:
    code = [line for line in definition.own_lines if kinds[line - 1] is LineKind.CODE]
    return Amount(len(code), definition.statements)
