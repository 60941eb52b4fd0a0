"""A run's result as a table for a terminal."""

from collections.abc import Sequence

from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import said, said_range
from lab.results.reading import Run
from lab.terminal import COLUMNS, wrapped
from lab.verdicts.judge import ExperimentVerdict
from lab.verdicts.judgement import Judgement, Measured
from lab.verdicts.summary import Summary

HEADER = ("cell", "predicted", "measured", "spread", "verdict")
NOTHING = "-"
GAP = "  "
NARROWEST = 12
"""Narrowest width of the last column in characters; it is never wrapped below this."""


def table(run: Run, summary: Summary, verdict: ExperimentVerdict) -> str:
    """One line per cell, then the verdict's sentence and its reasons."""
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
    """Align columns, two blanks apart: the first left, the last wrapped, the others right.

    The last column wraps where a line would exceed `columns` characters.
    """
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    # Wrapped lines continue below the last column, not at the margin.
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
    value, most = cell.prediction.value, cell.prediction.most
    return NOTHING if value is None else said_range(cell.measure, value, most)


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
