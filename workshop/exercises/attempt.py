"""The result of one attempt: a run on disk, and facts that only the servers could report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.results.reading import Run
from lab.verdicts.summary import Summary
from workshop.exercises.exercise import Exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One measured check of an exercise.

    `dial` is the upstream's dial after the load. `said` is each server's output by shape.
    """

    exercise: Exercise
    run: Run
    summary: Summary
    dial: Mapping[str, Any]
    said: Mapping[str, str] = field(default_factory=dict)
