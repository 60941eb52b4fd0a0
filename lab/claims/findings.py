"""Results of the experiments, in the form that the claims use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lab.claims.code_count import Amounts
from lab.results.measurement import Measurement
from lab.verdicts.absence import Reason
from lab.verdicts.doubt_rules import Doubt
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import FEWEST_SERIES

GENERATOR: tuple[Doubt, ...] = ("generator", "ceiling")
"""Kinds of doubt that do not matter where the server's processor time is measured."""
ERRORS: tuple[Doubt, ...] = ("errors",)
"""Kinds of doubt that are the finding itself where failures are measured."""


class Doubted(NamedTuple):
    """A doubt about a cell, of a kind of lab/verdicts/doubt_rules.py."""

    kind: Doubt
    sentence: str


class MissingError(Exception):
    """A measurement that a claim needs is missing; the message says which, `reason` says why."""

    def __init__(self, sentence: str, reason: Reason = Reason.NOT_RUN) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Results of one experiment.

    `problem` is a part of a sentence such as "was interrupted", "" for a complete run, with its
    `reason`. `series` is the number of series. `delay_s` is the time in seconds that the upstream
    held a request. `python` is the version that runs the services, "" where it is unknown.
    `metrics`, `predicted` and `doubts` are by cell id. `fits` maps each fit to its cells and their
    x. `doubts` has none about the spread of series, because the interval of the claim's own number
    shows it.
    """

    problem: str = ""
    reason: Reason = Reason.NOT_RUN
    quick: bool = False
    series: int = 3
    delay_s: float = 1.0
    cores: int = 1
    python: str = ""
    metrics: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)
    predicted: Mapping[str, float | None] = field(default_factory=dict)
    doubts: Mapping[str, Sequence[Doubted]] = field(default_factory=dict)
    fits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    measurements: Sequence[Measurement] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Results of all experiments by number ("02"), and the count of the services' code.

    `hashes` are those of the claims' readings for which the runs were made, by claim. Methods raise
    MissingError for anything that is not there.
    """

    found: Mapping[str, Found]
    amounts: Amounts | None = None
    hashes: Mapping[str, Collection[str]] = field(default_factory=dict)

    def experiment(self, number: str) -> Found:
        """Return the results of a complete run; MissingError for an incomplete one."""
        if number not in self.found:
            raise MissingError(f"experiment {number} was not run")
        found = self.found[number]
        if found.problem:
            raise MissingError(f"experiment {number} {found.problem}", found.reason)
        return found

    def is_provisional(self, number: str) -> bool:
        """Whether the experiment was run, but by a quick run or with too few series."""
        found = self.found.get(number)
        return found is not None and (found.quick or found.series < FEWEST_SERIES)

    def metric(self, experiment: str, cell: str, name: str) -> Measured:
        """Return a metric of a cell; docs/results.md has the names and units."""
        found = self.experiment(experiment)
        metrics = found.metrics.get(cell)
        if metrics is None:
            reason = Reason.QUICK if found.quick else Reason.NOT_RUN
            raise MissingError(f"experiment {experiment} did not measure {cell}", reason)
        if name not in metrics:
            raise MissingError(f"experiment {experiment} has no {name} of {cell}")
        return metrics[name]

    def doubts(self, experiment: str, cell: str, but: Collection[str] = ()) -> list[Doubted]:
        """Return the doubts about a cell, with the number of the experiment in each sentence.

        `but` are kinds of doubt to ignore.
        """
        return [
            Doubted(doubt.kind, f"experiment {experiment}: {doubt.sentence}")
            for doubt in self.experiment(experiment).doubts.get(cell, ())
            if doubt.kind not in but
        ]

    def predicted(self, experiment: str, cell: str) -> float:
        """Return the prediction for the cell's own metric."""
        value = self.experiment(experiment).predicted.get(cell)
        if value is None:
            raise MissingError(f"experiment {experiment} predicts nothing of {cell}")
        return value

    def fitted(self, experiment: str, fit: str) -> Mapping[str, float]:
        """Return the cells of a fit with their x."""
        fits = self.experiment(experiment).fits
        if fit not in fits:
            raise MissingError(f"experiment {experiment} has no fit {fit}")
        return fits[fit]

    def delay_s(self, experiment: str) -> float:
        """Return the task's length: seconds that the upstream holds a request."""
        return self.experiment(experiment).delay_s

    def python_minor(self, experiment: str) -> int:
        """Return the minor version of the Python 3 that runs the services."""
        version = self.experiment(experiment).python
        if not version:
            raise MissingError(f"experiment {experiment} does not know the Python of its servers")
        return int(version.split(".")[1])

    def measurements(self, experiment: str, cell: str) -> list[Measurement]:
        """Return the cell's measurements, one per series, with their samples."""
        found = [each for each in self.experiment(experiment).measurements if each.cell == cell]
        if not found:
            raise MissingError(f"experiment {experiment} did not measure {cell}")
        return found

    @property
    def count(self) -> Amounts:
        """Amounts of code for the small API in each framework."""
        if self.amounts is None:
            raise MissingError("the services' code was not counted")
        return self.amounts
