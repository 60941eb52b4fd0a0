"""`make compare`: two runs, or two reports, cell by cell.

Exit code 0 where they were compared, whatever came out; 1 where they are not alike; 2 where
there is nothing to read.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab.compare import agreement, difference, likeness
from lab.compare.difference import Answer, Difference
from lab.experiments.screen import aligned
from lab.results import reading
from lab.results.reading import Run, RunUnreadableError
from lab.verdicts.judgement import Measured
from lab.verdicts.summary import SHARES_OF_BURSTS, Summary, summarize
from lab.verdicts.words import said, words

COMPARED, UNLIKE, UNREADABLE = 0, 1, 2

HEADER = ("cell", "A", "B", "B - A", "95 % of B - A", "")
NOTHING = "-"
COLUMNS = 120
"""Two intervals and a sentence side by side: more than a terminal has by itself."""
HOW = (
    "How: Welch's t over repeats, shares of bursts by Newcombe's interval, both at 95 %: "
    "one in 20 differs by chance.\n"
    "What changes only with a new start of the servers is not in it: "
    "for a small difference run both again."
)


def command(a: Path, b: Path, *, force: bool) -> int:
    """Compare the folders `a` and `b` and print the table; an exit code as above."""
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
        answers += _compare(one, other, unlike[one.experiment.name])
    print()
    for sentence in alone:
        print(sentence)
    print(_sum(answers))
    print(HOW)
    if not reading.is_run(a) and not reading.is_run(b):
        _agreement(a, b)
    return COMPARED


def lines(a: Run, b: Run) -> tuple[list[tuple[str, ...]], list[Answer], list[str]]:
    """A line of the table for each cell that both have, its answer, and doubts about it."""
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


def _compare(a: Run, b: Run, unlike: Sequence[str]) -> Counter[Answer]:
    measures = list(dict.fromkeys(words(cell.measure) for cell in a.experiment.cells))
    print(f"{a.experiment.name}: {', '.join(measures)}")
    for sentence in unlike:
        print(f"  not alike: {sentence}")
    for sentence in likeness.worth_knowing(a, b):
        print(f"  differs as well: {sentence}")
    table, answers, doubts = lines(a, b)
    for line in aligned([HEADER, *table], COLUMNS):
        print(f"  {line}")
    for doubt in doubts:
        print(f"  doubtful: {doubt}")
    return Counter(answers)


def _agreement(a: Path, b: Path) -> None:
    one, other = agreement.verdicts(a), agreement.verdicts(b)
    print(f"\n{agreement.sentence(one, other)}")
    if differing := agreement.differing(one, other):
        for line in aligned([("claim", "A", "B"), *differing]):
            print(f"  {line}")


def _pairs(a: Path, b: Path) -> tuple[list[tuple[Run, Run]], list[str]]:
    """Runs to be held against each other, and sentences on those that have no counterpart."""
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
    """By the name of the experiment: a run alone is a report of one."""
    found = [folder] if reading.is_run(folder) else sorted(folder.glob("*/"))
    runs = [reading.read(each) for each in found if reading.is_run(each)]
    if not runs:
        raise RunUnreadableError(f"{folder}: expected the folder of a run, or of a report")
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
    return NOTHING if part is None else f"{100 * part:+.1f} %"


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
