"""Compares the measured numbers with the required ones."""

from dataclasses import dataclass, replace

from lab.experiments.experiment import Cell
from workshop.exercises import arranging, quantities
from workshop.exercises.attempt import Attempt
from workshop.exercises.exercise import Requirement
from workshop.exercises.quantities import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedRequirement:
    """One requirement and the measured value; `value` is None where nothing was measured."""

    requirement: Requirement
    cell: Cell
    value: Value | None

    @property
    def is_met(self) -> bool:
        """True where the value is within the bounds, edges included."""
        wanted = self.requirement
        if wanted.one_of:
            return self.value in wanted.one_of
        if not isinstance(self.value, float):
            return False
        is_enough = wanted.at_least is None or self.value >= wanted.at_least
        return is_enough and (wanted.at_most is None or self.value <= wanted.at_most)


def answers(attempt: Attempt) -> list[GradedRequirement]:
    """Grade every requirement, in order."""
    return [_answer(attempt, each) for each in attempt.exercise.requirements]


def _answer(attempt: Attempt, requirement: Requirement) -> GradedRequirement:
    cell = arranging.cell(attempt.run.experiment, requirement.cell)
    value = quantities.value(attempt.run, attempt.summary, cell, requirement.metric)
    if requirement.times and isinstance(value, float):
        other = replace(requirement, cell=requirement.times, times="")
        found = _answer(attempt, other).value
        # No ratio without a value on both sides.
        value = value / found if isinstance(found, float) and found else None
    return GradedRequirement(requirement=requirement, cell=cell, value=value)
