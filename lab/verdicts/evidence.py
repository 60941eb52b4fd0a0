"""The evidence for judging one cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.experiments.experiment import Cell
from lab.results.measurement import Measurement, Row
from lab.verdicts.judgement import Measured
from lab.verdicts.metrics import has_failed, measured


def allowed(cell: Cell, predicted: float) -> float:
    """Allowed distance from a predicted value, in the metric's unit."""
    if cell.tolerance_absolute is not None:
        return cell.tolerance_absolute
    return cell.tolerance * abs(predicted)


def holding(cell: Cell) -> tuple[float, float] | None:
    """Return (low, high), between which the prediction holds; None without a prediction.

    Each end of a predicted range has the tolerance.
    """
    low, most = cell.prediction.value, cell.prediction.most
    if low is None:
        return None
    high = low if most is None else most
    return low - allowed(cell, low), high + allowed(cell, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A cell, its measurements, and the circumstances of the run.

    `metrics` cover all series. `series` is the planned number, `fewest_series` the minimum
    for a verdict. `hold_s` is the mean time in seconds that the upstream holds a request, 0 where
    it is unknown. `ceiling_rps` and `upstream_ceiling_rps` are the maximum rates of the driver and
    of the upstream alone, None where they were not measured. `server_slots` is the answer of
    /server for the cell's route, None for no limit; it counts only if `server_slots_known`.
    `state` and `reason` are the run's. `busy_before` is the largest share (0 to 1) of all cores
    that other processes used before or after a series, and `work_s` are the seconds that the same
    piece of computing took at each of these moments.
    """

    cell: Cell
    measurements: Sequence[Measurement]
    metrics: Mapping[str, Measured]
    series: int
    fewest_series: int
    hold_s: float = 0.0
    ceiling_rps: float | None = None
    upstream_ceiling_rps: float | None = None
    server_slots: int | None = None
    server_slots_known: bool = False
    state: str = "complete"
    reason: str = ""
    busy_before: float = 0.0
    work_s: Sequence[float] = ()

    @property
    def judged(self) -> Measured | None:
        """The metric that decides the cell; None where it was not measured."""
        return self.metrics.get(self.cell.measure)

    @property
    def reference(self) -> float:
        """Base of the relative tolerance: the prediction, else the measured middle, else 0.

        Of a predicted range it is the lower end, whose tolerance is the narrower one.
        """
        if self.cell.prediction.value is not None:
            return self.cell.prediction.value
        return self.judged.middle if self.judged else 0.0

    @property
    def allowed(self) -> float:
        """Allowed distance from the prediction, in the metric's unit."""
        return allowed(self.cell, self.reference)

    @property
    def allowed_share(self) -> float:
        """`allowed` as a share of `reference`; 0 where that is 0."""
        return self.allowed / abs(self.reference) if self.reference else 0.0

    @property
    def rows(self) -> list[Row]:
        """Rows of all series, without the warm-up."""
        return [row for each in self.measurements for row in measured(each)]

    @property
    def failures(self) -> list[str]:
        """The error of each failed request; counted failures all have the most common error."""
        said = [row.sample.error for row in self.rows if has_failed(self.cell, row)]
        for each in self.measurements:
            said += [str(each.driver.get("failure", ""))] * each.failed
        return said

    @property
    def answers(self) -> int:
        """Number of measured requests, answered or failed."""
        counted = sum(sum(each.counts.values()) + each.failed for each in self.measurements)
        return len(self.rows) + counted
