"""Predictions against measurements: each cell's verdict, and the experiment's."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.experiments.experiment import Cell
from lab.results.reading import Run
from lab.verdicts.judgement import Judgement, Measured, Verdict, worst
from lab.verdicts.summary import CellSummary, Summary
from lab.verdicts.words import digits, said, words

ROUNDING = 1e-9
"""A value at the edge of its tolerance is inside it, whatever the last bit says."""


@dataclass(frozen=True, slots=True)
class ExperimentVerdict:
    """A judgement for each cell by id, and one for all of them.

    None for a cell that has no prediction, and for an experiment in which none has: there
    is nothing to hold the numbers against.
    """

    cells: Mapping[str, Judgement | None]
    judgement: Judgement | None


def judge(run: Run, summary: Summary) -> ExperimentVerdict:
    """Hold every prediction against what was measured.

    A cell holds where its metric lies within the tolerance of the prediction, and fails where it
    does not; with a doubt it is neither, but inconclusive.
    """
    cells = {cell.id: judge_cell(cell, summary.cells[cell.id]) for cell in run.experiment.cells}
    return ExperimentVerdict(cells, _of_all(run, cells))


def judge_cell(cell: Cell, found: CellSummary) -> Judgement | None:
    """The judgement of one cell; None where nothing was predicted."""
    predicted = cell.prediction.value
    if predicted is None:
        return None
    measured = found.metrics.get(cell.measure)
    if measured is None:
        reasons = found.doubts or ("it was not measured",)
        return Judgement(
            Verdict.INCONCLUSIVE,
            f"{words(cell.measure)}: {said(cell.measure, predicted)} predicted, nothing measured",
            reasons,
        )
    sentence = (
        f"{words(cell.measure)} {said(cell.measure, measured.middle)}, "
        f"predicted {said(cell.measure, predicted)}: {_deviation(cell, measured, predicted)}"
    )
    if found.doubts:
        return Judgement(Verdict.INCONCLUSIVE, sentence, found.doubts)
    within = abs(measured.middle - predicted) <= allowed(cell, predicted) + ROUNDING
    return Judgement(Verdict.HOLDS if within else Verdict.FAILS, sentence)


def allowed(cell: Cell, predicted: float) -> float:
    """How far from the prediction the metric may lie, in its own unit."""
    if cell.tolerance_absolute is not None:
        return cell.tolerance_absolute
    return cell.tolerance * abs(predicted)


def _deviation(cell: Cell, measured: Measured, predicted: float) -> str:
    away = measured.middle - predicted
    if cell.tolerance_absolute is not None or not predicted:
        most = said(cell.measure, allowed(cell, predicted))
        more = "more" if away >= 0 else "less"
        return f"{said(cell.measure, abs(away))} {more}, {most} allowed"
    return f"{away / abs(predicted) * 100:+.1f} %, {digits(cell.tolerance * 100)} % allowed"


def _of_all(run: Run, cells: Mapping[str, Judgement | None]) -> Judgement | None:
    judged = {id: each for id, each in cells.items() if each is not None}
    ended = _ended(run)
    if not judged and not ended:
        return None
    verdicts = [each.verdict for each in judged.values()]
    reasons = tuple(
        f"{id}: {reason}"
        for id, each in judged.items()
        if each.verdict is Verdict.INCONCLUSIVE
        for reason in each.reasons
    )
    if ended:
        verdicts.append(Verdict.INCONCLUSIVE)
        reasons = (ended, *reasons)
    return Judgement(worst(verdicts), _sentence(judged), reasons)


def _ended(run: Run) -> str:
    state, reason = run.metadata["state"], run.metadata.get("reason") or ""
    if state == "complete":
        return ""
    ended = {"interrupted": "was interrupted", "failed": "failed"}.get(state, "has not ended")
    return f"the run {ended}" + (f": {reason}" if reason else "")


def _sentence(judged: Mapping[str, Judgement]) -> str:
    """How many there are of each verdict, and which one failed first."""
    if not judged:
        return "nothing was predicted"
    number = {
        verdict: [id for id, each in judged.items() if each.verdict is verdict]
        for verdict in Verdict
    }
    if len(number[Verdict.HOLDS]) == len(judged):
        return "the prediction held" if len(judged) == 1 else f"all {len(judged)} predictions held"
    of = f"of {len(judged)} predictions" if len(judged) > 1 else "of 1 prediction"
    told = [
        f"{len(ids)} {words}"
        for ids, words in (
            (number[Verdict.HOLDS], "held"),
            (number[Verdict.FAILS], "failed"),
            (number[Verdict.INCONCLUSIVE], "inconclusive"),
        )
        if ids
    ]
    sentence = f"{of}, {', '.join(told)}"
    if failed := number[Verdict.FAILS]:
        sentence += f"; {failed[0]}: {judged[failed[0]].sentence}"
    return sentence
