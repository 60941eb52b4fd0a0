"""Look-ups that a block can make in a report: experiment, cell, metric, claim."""

from dataclasses import dataclass

from lab.claims.rule import Decision
from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import METRICS
from lab.report.report_data import Gathered, Judged
from lab.verdicts.judgement import Measured


class BlockProblem(Exception):
    """A block asks for something that does not exist; the message lists what exists."""


@dataclass(frozen=True, slots=True)
class MeasuredReport:
    """A report's folder in memory.

    A look-up returns None where this report lacks the item: a quick report leaves out experiments
    and cells. It raises BlockProblem where no report could have the item.
    """

    gathered: Gathered

    def judged(self, number: str) -> Judged | None:
        """The experiment with that number or name."""
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
        """The cell with that id; None where only the full experiment has it."""
        experiment = judged.run.experiment
        ids = {each.id: each for each in experiment.cells}
        if id in ids:
            return ids[id]
        # The full experiment's file tells a cell that was left out from a misspelt one.
        whole = catalogue.FOLDER / f"{experiment.name}.toml"
        known = (
            [each.id for each in experiment_file.read(whole).cells]
            if whole.is_file()
            else list(ids)
        )
        if id in known:
            return None
        raise BlockProblem(
            f"no cell {id} in experiment {judged.number}: expected one of " + ", ".join(known)
        )

    def measured(self, judged: Judged, cell: Cell, metric: str) -> Measured | None:
        """That metric of a cell; None where the run ended before the measurement."""
        if metric not in METRICS:
            raise BlockProblem(f"no metric {metric}: expected one of {', '.join(METRICS)}")
        found = judged.summary.cells.get(cell.id)
        if found is None or not found.metrics:
            return None
        if metric not in found.metrics:
            known = ", ".join(found.metrics)
            raise BlockProblem(f"{metric} is not measured of {cell.id}: expected one of {known}")
        return found.metrics[metric]

    def decided(self, id: str) -> Decision:
        """The claim with that id. Raises BlockProblem where there is none."""
        for each in self.gathered.claims:
            if each.claim.id == id:
                return each
        known = ", ".join(each.claim.id for each in self.gathered.claims)
        raise BlockProblem(f"no claim {id}: expected one of {known}")
