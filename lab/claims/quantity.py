"""Quantities that claims are about, built from the metrics of cells by arithmetic.

    FLASK = Metric("12", "flask-1.json.closed-64", "requests_per_cpu_s")
    FASTAPI = Metric("12", "fastapi-1.json.closed-64", "requests_per_cpu_s")
    ratio = FASTAPI / FLASK

A quantity knows the cells that it rests on, so that no doubt about one of them is lost, and it has
a definition in words, so that a changed reading of a claim is seen (lock.py).
"""

import ast
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.claims.findings import Doubted, Findings, MissingError
from lab.verdicts.absence import Reason
from lab.verdicts.doubt_rules import Doubt
from lab.verdicts.estimates import interval
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import SHARES_OF_BURSTS

CellName = tuple[str, str]
"""Number of an experiment and id of one of its cells."""


class Quantity:
    """A number with one value for each series, and its 95 % interval."""

    def measure(self, findings: Findings) -> Measured:
        """Return the values, their mean, and the interval. Raises MissingError."""
        raise NotImplementedError

    def cells(self) -> tuple[CellName, ...]:
        """Return the cells that the quantity rests on, each once."""
        raise NotImplementedError

    def doubts(self, findings: Findings) -> list[Doubted]:
        """Return the doubts about these cells that matter here, each once."""
        raise NotImplementedError

    def definition(self) -> str:
        """Return the quantity as an expression of metrics, the same on every machine."""
        raise NotImplementedError

    def __truediv__(self, other: "Quantity") -> "Quantity":
        return Combined("/", self, other)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Combined("-", self, other)

    def __mul__(self, factor: float) -> "Quantity":
        return Scaled(self, factor)


@dataclass(frozen=True, slots=True)
class Metric(Quantity):
    """A metric of a cell; docs/results.md has the names and units.

    `but` are kinds of doubt that do not matter, such as those about the load generator where the
    server's own processor time is read.
    """

    experiment: str
    cell: str
    name: str
    but: tuple[Doubt, ...] = ()

    def measure(self, findings: Findings) -> Measured:
        """Return the metric by series."""
        found = findings.metric(self.experiment, self.cell, self.name)
        # Shares of bursts come with an interval that takes the series as clusters.
        return found if self.name in SHARES_OF_BURSTS else mean_of_series(found.values)

    def cells(self) -> tuple[CellName, ...]:
        """Return the one cell."""
        return ((self.experiment, self.cell),)

    def doubts(self, findings: Findings) -> list[Doubted]:
        """Return the doubts about the cell."""
        return findings.doubts(self.experiment, self.cell, but=self.but)

    def definition(self) -> str:
        """Return the metric's name with experiment and cell."""
        ignoring = f" ignoring {', '.join(self.but)}" if self.but else ""
        return f"{self.name}({self.experiment} {self.cell}){ignoring}"


@dataclass(frozen=True, slots=True)
class Combined(Quantity):
    """Two quantities, divided ("/") or subtracted ("-") series by series."""

    symbol: str
    one: Quantity
    other: Quantity

    def measure(self, findings: Findings) -> Measured:
        """Return the combined values. Raises MissingError."""
        function = {"/": _divided, "-": _less}[self.symbol]
        return paired(function, self.one.measure(findings), self.other.measure(findings))

    def cells(self) -> tuple[CellName, ...]:
        """Return the cells of both."""
        return tuple(dict.fromkeys((*self.one.cells(), *self.other.cells())))

    def doubts(self, findings: Findings) -> list[Doubted]:
        """Return the doubts about both."""
        return list(dict.fromkeys([*self.one.doubts(findings), *self.other.doubts(findings)]))

    def definition(self) -> str:
        """Return both with the sign between them."""
        return f"({self.one.definition()} {self.symbol} {self.other.definition()})"


@dataclass(frozen=True, slots=True)
class Scaled(Quantity):
    """A quantity in another unit: times a `factor` above 0."""

    quantity: Quantity
    factor: float

    def measure(self, findings: Findings) -> Measured:
        """Return the scaled values. Raises MissingError."""
        return self.quantity.measure(findings).scaled(self.factor)

    def cells(self) -> tuple[CellName, ...]:
        """Return the cells of the quantity."""
        return self.quantity.cells()

    def doubts(self, findings: Findings) -> list[Doubted]:
        """Return the doubts about the quantity."""
        return self.quantity.doubts(findings)

    def definition(self) -> str:
        """Return the quantity with the factor."""
        return f"{self.quantity.definition()} * {self.factor:g}"


@dataclass(frozen=True, slots=True)
class Computed(Quantity):
    """What a function makes of the findings: one value for each series.

    `of` are the cells it reads. `arguments` are handed to the function after the findings.
    """

    function: Callable[..., Sequence[float]]
    of: tuple[CellName, ...] = ()
    arguments: tuple[object, ...] = ()
    but: tuple[Doubt, ...] = ()

    def measure(self, findings: Findings) -> Measured:
        """Return the computed values. Raises MissingError."""
        return mean_of_series(self.function(findings, *self.arguments))

    def cells(self) -> tuple[CellName, ...]:
        """Return the cells."""
        return self.of

    def doubts(self, findings: Findings) -> list[Doubted]:
        """Return the doubts about the cells."""
        found = [findings.doubts(number, cell, but=self.but) for number, cell in self.of]
        return list(dict.fromkeys(doubt for each in found for doubt in each))

    def definition(self) -> str:
        """Return the function's name, a hash of its code, its arguments and its cells.

        The code includes functions of the claims that it calls, and constants that it reads.
        """
        cells = ", ".join(f"{number} {cell}" for number, cell in self.of)
        given = "".join(f", {each!r}" for each in self.arguments)
        ignoring = f" ignoring {', '.join(self.but)}" if self.but else ""
        return f"{self.function.__name__}#{_code(self.function)}({cells}{given}){ignoring}"


def mean_of_series(values: Sequence[float]) -> Measured:
    """Return one value for each series with mean and 95 % interval. Raises ValueError for none."""
    middle = sum(values) / len(values)
    return Measured(tuple(values), middle, *interval(values))


def paired(function: Callable[[float, float], float], one: Measured, other: Measured) -> Measured:
    """Combine two numbers series by series, because cells of one series share the machine's state.

    Raises MissingError where they do not have the same number of series.
    """
    if len(one.values) != len(other.values):
        raise MissingError("its cells do not have the same series", Reason.FEW)
    return mean_of_series([function(a, b) for a, b in zip(one.values, other.values, strict=True)])


def _divided(one: float, other: float) -> float:
    if other == 0:
        raise MissingError("nothing to divide by: no answer was measured", Reason.DISTURBED)
    return one / other


def _less(one: float, other: float) -> float:
    return one - other


def _code(function: Callable[..., object]) -> str:
    return hashlib.sha256("\n".join(sorted(_parts(function, {}).values())).encode()).hexdigest()[:8]


def _parts(function: Callable[..., object], found: dict[str, str]) -> dict[str, str]:
    # The code of the function, of the lab's claims that it calls, and the constants that it reads.
    # Of the parsed code: comments, docstrings and line breaks change no reading.
    if function.__name__ in found:
        return found
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    found[function.__name__] = ast.unparse(tree)
    # Not inspect.getclosurevars: it misses what only a comprehension reads.
    known = vars(sys.modules[function.__module__])
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in sorted(names & known.keys()):
        value = known[name]
        if isinstance(value, int | float | str | tuple):
            found[name] = f"{name} = {value!r}"
        elif inspect.isfunction(value) and value.__module__.startswith("lab.claims"):
            _parts(value, found)
    return found
