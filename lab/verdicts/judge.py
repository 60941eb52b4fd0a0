"""Compare predictions with measurements: the verdict of each cell and of the experiment."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import said, said_range, words
from lab.results.reading import Run, how_it_ended
from lab.rounded import change, digits
from lab.verdicts.estimates import ROUNDING
from lab.verdicts.evidence import allowed, holding
from lab.verdicts.judgement import Judgement, Measured, Verdict, worst
from lab.verdicts.summary import CellSummary, Summary

LARGEST = "largest_share"


@dataclass(frozen=True, slots=True)
class ExperimentVerdict:
    """The judgement of each cell by id, and of the experiment.

    None for a cell without a prediction, and for a complete experiment in which no cell has
    one: there is nothing to compare with.
    """

    cells: Mapping[str, Judgement | None]
    judgement: Judgement | None


def judge(run: Run, summary: Summary) -> ExperimentVerdict:
    """Compare every prediction of a run with its measurement.

    A cell holds if its metric lies within the tolerance of the prediction, or of a range's ends,
    and fails if not. With a doubt it is inconclusive.
    """
    cells = {cell.id: judge_cell(cell, summary.cells[cell.id]) for cell in run.experiment.cells}
    return ExperimentVerdict(cells, _of_all(run, cells))


def judge_cell(cell: Cell, found: CellSummary) -> Judgement | None:
    """Judge one cell; None where it has no prediction."""
    ends = holding(cell)
    if ends is None:
        return None
    measured = found.metrics.get(cell.measure)
    if measured is None:
        reasons = found.doubts or ("it was not measured",)
        return Judgement(
            Verdict.INCONCLUSIVE,
            f"{words(cell.measure)}: {_predicted(cell)} predicted, nothing measured",
            reasons,
        )
    sentence = (
        f"{words(cell.measure)} {said(cell.measure, measured.middle)}, "
        f"predicted {_predicted(cell)}: {_deviation(cell, measured)}{_draw(cell, found)}"
    )
    if found.doubts:
        return Judgement(Verdict.INCONCLUSIVE, sentence, found.doubts)
    low, high = ends
    within = low - ROUNDING <= measured.middle <= high + ROUNDING
    return Judgement(Verdict.HOLDS if within else Verdict.FAILS, sentence)


def depends_on_draw(cell: Cell) -> bool:
    """Return True where the prediction depends on the requests that each worker draws."""
    return cell.prediction.most is not None or cell.measure == "makespan_over_draw"


def _predicted(cell: Cell) -> str:
    low, most = cell.prediction.value, cell.prediction.most
    return "" if low is None else said_range(cell.measure, low, most)


def _deviation(cell: Cell, measured: Measured) -> str:
    low, most = cell.prediction.value or 0.0, cell.prediction.most
    high = low if most is None else most
    # The nearest value of a range; a single value is nearest to everything.
    nearest = min(max(measured.middle, low), high)
    away = measured.middle - nearest
    if most is not None and not away:
        return "inside of the range"
    if cell.tolerance_absolute is not None or not nearest:
        bound = said(cell.measure, allowed(cell, nearest))
        more = "more" if away >= 0 else "less"
        return f"{said(cell.measure, abs(away))} {more}, {bound} allowed"
    return f"{change(away / abs(nearest))}, {digits(cell.tolerance * 100)} % allowed"


def _draw(cell: Cell, found: CellSummary) -> str:
    # Only where the prediction depends on what each worker draws.
    share = found.metrics.get(LARGEST)
    if share is None or not depends_on_draw(cell):
        return ""
    return f"; the busiest worker drew {said(LARGEST, share.middle)} of the requests"


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
    return f"the run {how_it_ended(state)}" + (f": {reason}" if reason else "")


def _sentence(judged: Mapping[str, Judgement]) -> str:
    # Counts of each verdict, then the first cell that failed.
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
