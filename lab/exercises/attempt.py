"""What came of trying: a run on disk, and what only the servers themselves could tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.exercises.exercise import Exercise
from lab.results.reading import Run
from lab.verdicts.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One check of an exercise, measured.

    `dial` is the upstream's after the load. `said` is what each server has written, by shape.
    """

    exercise: Exercise
    run: Run
    summary: Summary
    dial: Mapping[str, Any]
    said: Mapping[str, str] = field(default_factory=dict)
