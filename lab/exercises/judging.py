"""Whether the numbers are those required."""

from dataclasses import dataclass, replace

from lab.exercises import arranging, quantities
from lab.exercises.attempt import Attempt
from lab.exercises.exercise import Requirement
from lab.exercises.quantities import Value
from lab.experiments.experiment import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One requirement against what was measured; `value` is None where nothing was."""

    requirement: Requirement
    cell: Cell
    value: Value | None

    @property
    def is_met(self) -> bool:
        """Whether it is as required, edges included."""
        wanted = self.requirement
        if wanted.one_of:
            return self.value in wanted.one_of
        if not isinstance(self.value, float):
            return False
        is_enough = wanted.at_least is None or self.value >= wanted.at_least
        return is_enough and (wanted.at_most is None or self.value <= wanted.at_most)


def answers(attempt: Attempt) -> list[Answer]:
    """Each requirement's, in their order."""
    return [_answer(attempt, each) for each in attempt.exercise.requirements]


def _answer(attempt: Attempt, requirement: Requirement) -> Answer:
    cell = arranging.cell(attempt.run.experiment, requirement.cell)
    value = quantities.value(attempt.run, attempt.summary, cell, requirement.metric)
    if requirement.times and isinstance(value, float):
        other = replace(requirement, cell=requirement.times, times="")
        found = _answer(attempt, other).value
        value = value / found if isinstance(found, float) and found else None
    return Answer(requirement=requirement, cell=cell, value=value)
