"""`make compare`: compare two runs, or two reports, cell by cell.

Exit codes: 0 after a comparison, whatever its result; 1 where the two are not alike; 2 where
one of them cannot be read.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab.compare import likeness, verdicts
from lab.experiments.metric_catalogue import said, words
from lab.results import reading
from lab.results.reading import Run, RunUnreadableError
from lab.rounded import change
from lab.running.run_screen import aligned
from lab.terminal import wrapped
from lab.verdicts import difference
from lab.verdicts.difference import Answer, Difference
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import SHARES_OF_BURSTS, Summary, summarize

COMPARED, UNLIKE, UNREADABLE = 0, 1, 2

HEADER = ("cell", "A", "B", "B - A", "95 % of B - A", "")
NOTHING, INDENT = "-", "  "
COLUMNS = 120
"""Width in characters with which the table has a line for each cell; else each cell has two."""
HOW = (
    "How: Welch's t over series, shares of bursts by Newcombe's interval, both at 95 %: "
    "one in 20 differs by chance."
)


def command(a: Path, b: Path, *, force: bool, columns: int = COLUMNS) -> int:
    """Compare the folders `a` and `b` and print the tables; return an exit code (see above).

    `force` compares runs even if they are not alike. `columns` is the width of the terminal.
    """
    try:
        pairs, alone = _pairs(Path(a), Path(b))
    except RunUnreadableError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return UNREADABLE
    print(f"A  {a}\nB  {b}")
    unlike = {one.experiment.name: likeness.unlike(one, other) for one, other in pairs}
    if any(unlike.values()) and not force:
        _refuse(unlike)
        return UNLIKE
    answers: Counter[Answer] = Counter()
    for one, other in pairs:
        print()
        answers += _compare(one, other, unlike[one.experiment.name], columns)
    print()
    _say(columns, *alone, _sum(answers), HOW)
    if not reading.is_run(a) and not reading.is_run(b):
        _agreement(a, b, columns)
    return COMPARED


def lines(a: Run, b: Run) -> tuple[list[tuple[str, ...]], list[Answer], list[str]]:
    """Compare two runs cell by cell: table lines, answers and sentences of doubt.

    Cells that only one run has are left out. A cell without a measurement in one of the runs has
    a line, but no answer.
    """
    one, other = summarize(a), summarize(b)
    table, answers, doubts = [], [], []
    for cell in a.experiment.cells:
        if cell.id not in other.cells:
            continue
        pair = _metric(one, cell.id, cell.measure), _metric(other, cell.id, cell.measure)
        values = tuple(_said(cell.measure, each) for each in pair)
        found = _difference(cell.measure, *pair)
        if found is None:
            table.append((cell.id, *values, NOTHING, NOTHING, "not measured"))
            continue
        doubtful = [
            f"{cell.id} in {name}: {doubt}"
            for name, summary in (("A", one), ("B", other))
            for doubt in summary.cells[cell.id].doubts
        ]
        doubts += doubtful
        answers.append(found.answer)
        answer = f"{found.answer}{' (doubtful)' if doubtful else ''}"
        table.append((cell.id, *values, _percent(found.part), _interval(found), answer))
    return table, answers, doubts


def _compare(a: Run, b: Run, unlike: Sequence[str], columns: int) -> Counter[Answer]:
    measures = list(dict.fromkeys(words(cell.measure) for cell in a.experiment.cells))
    _say(columns, f"{a.experiment.name}: {', '.join(measures)}")
    _say(columns, *(f"  not alike: {sentence}" for sentence in unlike))
    _say(columns, *(f"  differs as well: {each}" for each in likeness.worth_knowing(a, b)))
    table, answers, doubts = lines(a, b)
    for line in _table(table, columns - len(INDENT)):
        print(f"{INDENT}{line}")
    _say(columns, *(f"  doubtful: {doubt}" for doubt in doubts))
    return Counter(answers)


def _table(table: Sequence[tuple[str, ...]], columns: int) -> list[str]:
    """Lay out a line for each cell; two where that is wider than `columns` characters."""
    wide = aligned([HEADER, *table], COLUMNS)
    if max(map(len, wide)) <= columns:
        return wide
    # The cell and its answer, and below them its numbers.
    numbers = aligned([("", *row[1:-1], "") for row in [HEADER, *table]], columns)
    names = ["cell: answer", *(f"{cell}: {answer}" for cell, *_, answer in table)]
    return [each for pair in zip(names, numbers, strict=True) for each in pair]


def _say(columns: int, *sentences: str) -> None:
    for each in sentences:
        indent = INDENT * (2 if each.startswith(INDENT) else 1)
        print("\n".join(wrapped(each, columns, indent=indent)))


def _agreement(a: Path, b: Path, columns: int) -> None:
    one, other = verdicts.verdicts(a), verdicts.verdicts(b)
    print()
    _say(columns, verdicts.agreement(one, other))
    if differing := verdicts.differing_verdicts(one, other):
        for line in aligned([("part", "A", "B"), *differing]):
            print(f"  {line}")


def _pairs(a: Path, b: Path) -> tuple[list[tuple[Run, Run]], list[str]]:
    # Pairs of runs to compare, and sentences about runs without a counterpart.
    if reading.is_run(a) and reading.is_run(b):
        return [(reading.read(a), reading.read(b))], []
    one, other = _runs(a), _runs(b)
    both = [name for name in one if name in other]
    if not both:
        raise RunUnreadableError(f"{a} and {b}: expected two runs, or reports with runs in common")
    alone = [
        f"Only in {where}: {', '.join(names)}."
        for where, names in (
            ("A", [name for name in one if name not in other]),
            ("B", [name for name in other if name not in one]),
        )
        if names
    ]
    return [(one[name], other[name]) for name in both], alone


def _runs(folder: Path) -> dict[str, Run]:
    # Runs by the name of their experiment. A single run counts as a report with one run.
    runs = [reading.read(each) for each in reading.runs(folder)]
    return {each.experiment.name: each for each in runs}


def _refuse(unlike: dict[str, list[str]]) -> None:
    told = [f"  {name}: {sentence}" for name, each in unlike.items() for sentence in each]
    print(
        "lab: these two are not alike, so a difference would say nothing:\n"
        + "\n".join(told)
        + "\nFORCE=1 compares them all the same.",
        file=sys.stderr,
    )


def _metric(summary: Summary, cell: str, name: str) -> Measured | None:
    return summary.cells[cell].metrics.get(name)


def _difference(metric: str, a: Measured | None, b: Measured | None) -> Difference | None:
    if a is None or b is None:
        return None
    compared = difference.of_shares if metric in SHARES_OF_BURSTS else difference.of_values
    return compared(a, b)


def _said(metric: str, found: Measured | None) -> str:
    return NOTHING if found is None else said(metric, found.middle)


def _percent(part: float | None) -> str:
    return NOTHING if part is None else change(part)


def _interval(found: Difference) -> str:
    if found.low is None or found.high is None:
        return NOTHING
    return f"{_percent(found.low)} to {_percent(found.high)}"


def _sum(answers: Counter[Answer]) -> str:
    number = answers.total()
    if not number:
        return "Nothing that both have was measured."
    told = [f"{answers[each]} {each}" for each in Answer if answers[each]]
    return f"Of {number} cells: {'; '.join(told)}." if number > 1 else f"1 cell: {told[0][2:]}."
