"""What a block may ask of a report: an experiment, a cell of it, a metric, a claim."""

from dataclasses import dataclass

from lab.experiments import catalogue, file
from lab.experiments.experiment import Cell
from lab.report.gathering import Decided, Gathered, Judged
from lab.verdicts.judgement import Measured
from lab.verdicts.words import METRICS


class BlockProblem(Exception):
    """A block asks for what there is not; what it may ask for instead."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report's folder as it was read.

    What it lacks is None: a quick report leaves experiments and cells out. What no report could
    have is a BlockProblem.
    """

    gathered: Gathered

    def judged(self, number: str) -> Judged | None:
        """The experiment of that number, or of that name."""
        for each in self.gathered.judged:
            if number in (each.number, each.run.experiment.name):
                return each
        left = {each.name for each in self.gathered.left}
        names = sorted(left | set(catalogue.names()))
        if any(number in (name[:2], name) for name in names):
            return None
        known = sorted(
            {name[:2] for name in names} | {each.number for each in self.gathered.judged}
        )
        raise BlockProblem(f"no experiment {number}: expected one of {', '.join(known)}")

    def cell(self, judged: Judged, id: str) -> Cell | None:
        """The cell of that id; None where only the whole experiment has it."""
        experiment = judged.run.experiment
        ids = {each.id: each for each in experiment.cells}
        if id in ids:
            return ids[id]
        whole = catalogue.FOLDER / f"{experiment.name}.toml"
        known = [each.id for each in file.read(whole).cells] if whole.is_file() else list(ids)
        if id in known:
            return None
        raise BlockProblem(
            f"no cell {id} in experiment {judged.number}: expected one of " + ", ".join(known)
        )

    def measured(self, judged: Judged, cell: Cell, metric: str) -> Measured | None:
        """That metric of a cell; None where the run ended before it was measured."""
        if metric not in METRICS:
            raise BlockProblem(f"no metric {metric}: expected one of {', '.join(METRICS)}")
        found = judged.summary.cells.get(cell.id)
        if found is None or not found.metrics:
            return None
        if metric not in found.metrics:
            known = ", ".join(found.metrics)
            raise BlockProblem(f"{metric} is not measured of {cell.id}: expected one of {known}")
        return found.metrics[metric]

    def decided(self, id: str) -> Decided:
        """The claim of that id."""
        for each in self.gathered.claims:
            if each.claim.id == id:
                return each
        known = ", ".join(each.claim.id for each in self.gathered.claims)
        raise BlockProblem(f"no claim {id}: expected one of {known}")
