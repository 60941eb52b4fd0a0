"""What a cell is judged by: a metric, a prediction or why there is none, a tolerance."""

from dataclasses import dataclass

from lab.experiments import predicting
from lab.experiments.table import Table
from lab.verdicts.words import METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What a file says for all of its cells, and a group of cells over that.

    `predict` is a function of lab/theory.py, empty where `why_none` says why there is none.
    `tolerance` is 0 where only `tolerance_absolute` is given.
    """

    measure: str = ""
    predict: str = ""
    why_none: str = ""
    tolerance: float = 0.0
    tolerance_absolute: float | None = None
    fresh: bool = False


def read(table: Table, quick: Table, *, is_quick: bool, above: Judging) -> Judging:
    """What a table says, and its quick one over it if `is_quick`, over what stands `above`.

    A tolerance of either kind replaces both of those above.
    """
    predict = table.text("predict", "", of=predicting.FUNCTIONS)
    why_none = table.text("why_none", "")
    if predict and why_none:
        raise table.bad("why_none", why_none, f"no such reason beside predict = {predict}")
    if not predict and not why_none:
        predict, why_none = above.predict, above.why_none
    tolerances = _tolerances(table) or (above.tolerance, above.tolerance_absolute)
    wider = _tolerances(quick)
    tolerance, absolute = wider if is_quick and wider else tolerances
    return Judging(
        measure=table.text("measure", above.measure, of=METRICS),
        predict=predict,
        why_none=why_none,
        tolerance=tolerance,
        tolerance_absolute=absolute,
        fresh=table.flag("fresh", above.fresh),
    )


def require_whole(judging: Judging, table: Table) -> None:
    """Raise ExperimentFileError where a cell of that table could not be judged."""
    if not judging.measure:
        raise table.bad("measure", "", f"one of {', '.join(METRICS)}, here or for all cells")
    if not judging.predict and not judging.why_none:
        raise table.bad(
            "predict", "", "a function of lab/theory.py or a why_none, here or for all cells"
        )
    if not judging.tolerance and judging.tolerance_absolute is None:
        raise table.bad("tolerance", 0, "a number above 0, or a tolerance_absolute")


def _tolerances(table: Table) -> tuple[float, float | None] | None:
    """What a table says of either kind; None where of neither."""
    tolerance = table.number("tolerance", 0.0, above=0)
    absolute = table.number("tolerance_absolute", 0.0, above=0) or None
    return (tolerance, absolute) if tolerance or absolute else None
