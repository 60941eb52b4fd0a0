"""All there is to know of one cell when it is to be judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.experiments.experiment import Cell
from lab.results.measurement import Measurement, Row
from lab.verdicts.judgement import Measured
from lab.verdicts.metrics import has_failed, measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A cell, what was measured of it, and under what circumstances.

    `metrics` are those of all repeats; `fewest_repeats` is how many a verdict needs. `hold_s` is
    how long the upstream holds a request on average, 0 where it does not know.
    `ceiling_rps` is what the driver itself can do, None where that was not measured.
    `server_slots` is what /server says for the cell's route; None where nothing limits it.
    `busy_before` is what other processes used of all cores just before the run.
    """

    cell: Cell
    measurements: Sequence[Measurement]
    metrics: Mapping[str, Measured]
    repeats: int
    fewest_repeats: int
    hold_s: float = 0.0
    ceiling_rps: float | None = None
    server_slots: int | None = None
    server_slots_known: bool = False
    state: str = "complete"
    reason: str = ""
    busy_before: float = 0.0
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def judged(self) -> Measured | None:
        """The metric that the cell is about."""
        return self.metrics.get(self.cell.measure)

    @property
    def reference(self) -> float:
        """What the tolerance is a part of: the prediction, or the middle where there is none."""
        if self.cell.prediction.value is not None:
            return self.cell.prediction.value
        return self.judged.middle if self.judged else 0.0

    @property
    def allowed(self) -> float:
        """How far from the prediction the metric may lie, in its own unit."""
        if self.cell.tolerance_absolute is not None:
            return self.cell.tolerance_absolute
        return self.cell.tolerance * abs(self.reference)

    @property
    def allowed_share(self) -> float:
        """The same as a part of the prediction; 0 where that is 0."""
        return self.allowed / abs(self.reference) if self.reference else 0.0

    @property
    def rows(self) -> list[Row]:
        """All measured rows of all repeats."""
        return [row for each in self.measurements for row in measured(each)]

    @property
    def failures(self) -> list[str]:
        """What each failed request said; a count without sentences says the commonest."""
        said = [row.sample.error for row in self.rows if has_failed(self.cell, row)]
        for each in self.measurements:
            said += [str(each.driver.get("failure", ""))] * each.failed
        return said

    @property
    def answers(self) -> int:
        """How many requests were measured, answered or not."""
        counted = sum(sum(each.counts.values()) + each.failed for each in self.measurements)
        return len(self.rows) + counted
