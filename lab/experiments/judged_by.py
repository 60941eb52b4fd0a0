"""How a cell is judged: its metric, its prediction (or why there is none), its tolerance."""

from dataclasses import dataclass

from lab.experiments import predicting
from lab.experiments.metric_catalogue import METRICS
from lab.experiments.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Judging keys of a file (for all its cells) or of a group of cells (which wins).

    `predict` names a function of lab/theory.py; it is empty where `why_none` gives the reason
    for having no prediction. `predict_most` names the function of a range's upper end; it is
    empty where the prediction is one number. `tolerance` is a share of the prediction, 0 where only
    `tolerance_absolute` (in the metric's unit) is given.
    """

    measure: str = ""
    predict: str = ""
    predict_most: str = ""
    why_none: str = ""
    tolerance: float = 0.0
    tolerance_absolute: float | None = None
    fresh: bool = False


def read(table: TomlTable, quick: TomlTable, *, is_quick: bool, above: Judging) -> Judging:
    """Read the judging keys of a table, with defaults from `above`.

    Tolerances in `quick` win if `is_quick`. A tolerance of either kind replaces both kinds from
    `above`. Raises ExperimentFileError.
    """
    predict = table.text("predict", "", of=predicting.FUNCTIONS)
    predict_most = table.text("predict_most", "", of=predicting.FUNCTIONS)
    why_none = table.text("why_none", "")
    if predict and why_none:
        raise table.bad("why_none", why_none, f"no such reason beside predict = {predict}")
    if predict_most and not predict:
        raise table.bad("predict_most", predict_most, "predict beside it, for the lower end")
    if not predict and not why_none:
        predict, predict_most, why_none = above.predict, above.predict_most, above.why_none
    tolerances = _tolerances(table) or (above.tolerance, above.tolerance_absolute)
    wider = _tolerances(quick)
    tolerance, absolute = wider if is_quick and wider else tolerances
    return Judging(
        measure=table.text("measure", above.measure, of=METRICS),
        predict=predict,
        predict_most=predict_most,
        why_none=why_none,
        tolerance=tolerance,
        tolerance_absolute=absolute,
        fresh=table.flag("fresh", above.fresh),
    )


def require_whole(judging: Judging, table: TomlTable) -> None:
    """Check that the cells of that table can be judged. Raises ExperimentFileError if not."""
    if not judging.measure:
        raise table.bad("measure", "", f"one of {', '.join(METRICS)}, here or for all cells")
    if not judging.predict and not judging.why_none:
        raise table.bad(
            "predict", "", "a function of lab/theory.py or a why_none, here or for all cells"
        )
    if not judging.tolerance and judging.tolerance_absolute is None:
        raise table.bad("tolerance", 0, "a number above 0, or a tolerance_absolute")


def _tolerances(table: TomlTable) -> tuple[float, float | None] | None:
    # (relative, absolute); None where the table has neither kind.
    tolerance = table.number("tolerance", 0.0, above=0)
    absolute = table.number("tolerance_absolute", 0.0, above=0) or None
    return (tolerance, absolute) if tolerance or absolute else None
