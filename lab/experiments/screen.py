"""A run's result as a table for a terminal."""

from collections.abc import Sequence

from lab.experiments.experiment import Cell
from lab.results.reading import Run
from lab.terminal import COLUMNS, wrapped
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Measured
from lab.verdicts.summary import Summary
from lab.verdicts.words import said

HEADER = ("cell", "predicted", "measured", "spread", "verdict")
NOTHING = "-"
GAP = "  "
NARROWEST = 12
"""Of the last column: it is never wrapped to fewer letters."""


def table(run: Run, summary: Summary, verdict: ExperimentVerdict) -> str:
    """A line for each cell, and under it the reasons of every verdict that is inconclusive."""
    lines = [HEADER]
    for cell in run.experiment.cells:
        found = summary.cells[cell.id].metrics.get(cell.measure)
        lines.append(
            (
                cell.id,
                _predicted(cell),
                said(cell.measure, found.middle) if found else NOTHING,
                _spread(found),
                _verdict(verdict.cells[cell.id]),
            )
        )
    return "\n".join([*aligned(lines), *_reasons(verdict)])


def aligned(lines: Sequence[Sequence[str]], columns: int = COLUMNS) -> list[str]:
    """Columns as wide as their widest word, two blanks apart; numbers to the right.

    The last one is wrapped where a line would have more than `columns` letters.
    """
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    begin = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    room = max(columns - begin, NARROWEST)
    found = []
    for line in lines:
        first, *middle = (
            each.rjust(width) if column else each.ljust(width)
            for column, (each, width) in enumerate(zip(line[:-1], widths[:-1], strict=True))
        )
        last, *rest = wrapped(line[-1], room)
        found += [GAP.join([first, *middle, last]).rstrip(), *(" " * begin + each for each in rest)]
    return found


def _predicted(cell: Cell) -> str:
    value = cell.prediction.value
    return NOTHING if value is None else said(cell.measure, value)


def _spread(found: Measured | None) -> str:
    if found is None or len(found.values) < 2:
        return NOTHING
    return f"{found.spread:.1%}"


def _verdict(judgement: Judgement | None) -> str:
    return "not judged" if judgement is None else judgement.verdict.value


def _reasons(verdict: ExperimentVerdict) -> list[str]:
    if verdict.judgement is None:
        return []
    return ["", verdict.judgement.sentence, *(f"  {each}" for each in verdict.judgement.reasons)]
