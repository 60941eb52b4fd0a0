"""A table of cells: load, prediction, measurement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.experiments.experiment import Cell
from lab.experiments.metric_catalogue import words as metric_words
from lab.report.report_data import Judged
from lab.rounded import exact
from lab.verdicts.judgement import Measured, Verdict
from workshop.handouts.measured_amounts import in_one_unit, spread
from workshop.handouts.measured_names import names
from workshop.handouts.measured_report import BlockProblem, MeasuredReport

LEFT = "not measured in this report"
NO_NUMBER = "none"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row before formatting; `measured` is None where nothing was measured.

    `answers` is the number of the page's prediction that this row answers, or "".
    """

    name: str
    metric: str
    predicted: float | None = None
    measured: Measured | None = None
    verdict: str = ""
    answers: str = ""


def table(report: MeasuredReport, number: str, ids: Sequence[str], *, metric: str = "") -> str:
    """A row for each of the named cells, or for every cell of the experiment where none is named.

    "2:" before a cell marks its measured value as the answer to the page's second prediction.
    `metric` is shown for all cells; "" means the predicted metric of each. The verdict has a column
    only where one is not "holds". Empty where the report lacks the experiment. Raises BlockProblem.
    """
    judged = report.judged(number)
    if judged is None:
        return ""
    asked = dict(map(_asked, ids)) or {cell.id: "" for cell in judged.run.experiment.cells}
    cells = {id: report.cell(judged, id) for id in asked}
    named = names([cell for cell in cells.values() if cell])
    rows = [
        replace(_row(report, judged, cell, named[id], metric or cell.measure), answers=asked[id])
        if cell
        else TableRow(f"`{id}`", metric)
        for id, cell in cells.items()
    ]
    return "\n".join(_lines(rows))


def _asked(word: str) -> tuple[str, str]:
    """Split a word into cell id and number of a prediction.

    >>> _asked("2:flask-svc.io.burst-16"), _asked("flask-svc.io.burst-16")
    (('flask-svc.io.burst-16', '2'), ('flask-svc.io.burst-16', ''))
    """
    number, colon, id = word.partition(":")
    if not colon:
        return word, ""
    if not number.isdecimal():
        raise BlockProblem(f"{word}: expected the number of a prediction before the colon")
    return id, number


def _row(report: MeasuredReport, judged: Judged, cell: Cell, name: str, metric: str) -> TableRow:
    found = report.measured(judged, cell, metric)
    if metric != cell.measure:
        return TableRow(name, metric, measured=found)
    judgement = judged.verdict.cells.get(cell.id)
    verdict = "" if judgement is None else str(judgement.verdict)
    return TableRow(name, metric, cell.prediction.value, found, verdict)


def _lines(rows: Sequence[TableRow]) -> list[str]:
    metrics = {row.metric for row in rows if row.metric}
    has_predicted = any(row.predicted is not None for row in rows)
    # A column that says "holds" in every row would say nothing.
    has_verdict = any(row.verdict not in ("", Verdict.HOLDS) for row in rows)
    tell = {metric: in_one_unit(metric, _values(rows, metric)) for metric in metrics}
    title = metric_words(*metrics) if len(metrics) == 1 else ""
    heads = [title[:1].upper() + title[1:]]
    heads += ["predicted"] * has_predicted + ["measured"] + ["verdict"] * has_verdict
    lines = [_line(heads), "|---" * len(heads) + "|"]
    for row in rows:
        is_named = len(metrics) > 1 and row.metric
        name = f"{row.name}: {metric_words(row.metric)}" if is_named else row.name
        measured = spread(row.measured, tell[row.metric]) if row.measured else LEFT
        if row.answers and row.measured:
            # The site's script reads this attribute to compare the reader's prediction.
            measured = f'<span data-prediction="{row.answers}">{measured}</span>'
        predicted = NO_NUMBER if row.measured else ""
        if row.predicted is not None:
            predicted = exact(tell[row.metric](row.predicted))
        parts = [name, *[predicted] * has_predicted, measured, *[row.verdict] * has_verdict]
        lines.append(_line(parts))
    return lines


def _values(rows: Sequence[TableRow], metric: str) -> list[float]:
    """Every number that the table shows for that metric."""
    values: list[float] = []
    for row in rows:
        if row.metric == metric:
            values += [] if row.predicted is None else [row.predicted]
            values += (row.measured.low, row.measured.high) if row.measured else ()
    return values


def _line(parts: Sequence[str]) -> str:
    r"""
    >>> _line(["", "a | b"])
    '| | a \\| b |'
    """
    # A "|" in a cell would begin another column.
    told = [f" {part.replace('|', chr(92) + '|')} " if part else " " for part in parts]
    return f"|{'|'.join(told)}|"
