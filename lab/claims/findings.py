"""What the experiments found, as the claims look at it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lab.claims.amounts import Amounts
from lab.results.measurement import Measurement
from lab.verdicts.doubts import Doubt
from lab.verdicts.judgement import Measured
from lab.verdicts.lines import Line

GENERATOR: tuple[Doubt, ...] = ("generator", "ceiling")
"""Doubts that change nothing where the processor time of the server is what is measured."""
ERRORS: tuple[Doubt, ...] = ("errors",)
"""Doubts that are the finding itself where failures are what is measured."""


class Doubted(NamedTuple):
    """A doubt about a cell: its sentence, and its kind in lab/verdicts/doubts.py where a claim
    tells it from others."""

    kind: str
    sentence: str


class MissingError(Exception):
    """Something that a claim needs was not measured; says what, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One experiment as it came out.

    `problem` is a part of a sentence where it did not come out whole, as "was interrupted".
    `delay_s` is how long the upstream held a request. `metrics`, `predicted` and the doubts
    are by cell, `lines` by the name of the fit, `workers` by shape; `fits` are each line's
    cells with their place on its axis. How far repeats spread is among no doubts: it is for
    the claim's own rule to see.
    """

    problem: str = ""
    quick: bool = False
    delay_s: float = 1.0
    cores: int = 1
    workers: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)
    predicted: Mapping[str, float | None] = field(default_factory=dict)
    doubts: Mapping[str, Sequence[Doubted]] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    fits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    measurements: Sequence[Measurement] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All of them by the number of their experiment, and the count of the services' code.

    Whatever is not there raises MissingError.
    """

    found: Mapping[str, Found]
    amounts: Amounts | None = None

    @property
    def quick(self) -> bool:
        """Whether any of it was shortened, so that tolerances are wider."""
        return any(each.quick for each in self.found.values())

    def experiment(self, number: str) -> Found:
        """One that came out whole."""
        if number not in self.found:
            raise MissingError(f"experiment {number} was not run")
        found = self.found[number]
        if found.problem:
            raise MissingError(f"experiment {number} {found.problem}")
        return found

    def metric(self, experiment: str, cell: str, name: str) -> Measured:
        """A metric of docs/results.md, in its unit."""
        metrics = self.experiment(experiment).metrics.get(cell)
        if metrics is None:
            raise MissingError(f"experiment {experiment} did not measure {cell}")
        if name not in metrics:
            raise MissingError(f"experiment {experiment} has no {name} of {cell}")
        return metrics[name]

    def has(self, experiment: str, cell: str) -> bool:
        """Whether it was measured: quick runs leave some cells out."""
        return cell in self.experiment(experiment).metrics

    def doubts(self, experiment: str, *cells: str, but: Collection[str] = ()) -> tuple[str, ...]:
        """What makes those measurements doubtful, each with the number of the experiment.

        `but` are kinds of doubt that change nothing here.
        """
        doubts = self.experiment(experiment).doubts
        sentences = [
            doubt.sentence
            for cell in cells
            for doubt in doubts.get(cell, ())
            if doubt.kind not in but
        ]
        return tuple(f"experiment {experiment}: {each}" for each in dict.fromkeys(sentences))

    def predicted(self, experiment: str, cell: str) -> float:
        """What theory says of the cell's own metric."""
        value = self.experiment(experiment).predicted.get(cell)
        if value is None:
            raise MissingError(f"experiment {experiment} predicts nothing of {cell}")
        return value

    def line(self, experiment: str, fit: str) -> Line:
        """A straight line through an experiment's cells."""
        lines = self.experiment(experiment).lines
        if fit not in lines:
            raise MissingError(f"experiment {experiment} has no line {fit}")
        return lines[fit]

    def fitted(self, experiment: str, fit: str) -> Mapping[str, float]:
        """The cells of a line, each with its place on the axis."""
        fits = self.experiment(experiment).fits
        if fit not in fits:
            raise MissingError(f"experiment {experiment} has no line {fit}")
        return fits[fit]

    def delay_s(self, experiment: str) -> float:
        """The task's length: how long the upstream holds a request."""
        return self.experiment(experiment).delay_s

    def workers(self, experiment: str, shape: str) -> int:
        """Worker processes of a server, as it said itself."""
        workers = self.experiment(experiment).workers
        if shape not in workers:
            raise MissingError(f"experiment {experiment} does not know the workers of {shape}")
        return workers[shape]

    def measurements(self, experiment: str, cell: str) -> list[Measurement]:
        """The cell's measurements by repeat, with their samples."""
        found = [each for each in self.experiment(experiment).measurements if each.cell == cell]
        if not found:
            raise MissingError(f"experiment {experiment} did not measure {cell}")
        return found

    @property
    def count(self) -> Amounts:
        """How much code the small API takes in each framework."""
        if self.amounts is None:
            raise MissingError("the services' code was not counted")
        return self.amounts
