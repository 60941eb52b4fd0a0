"""The rows of a comparison's table, the same for a terminal and a document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.boilerplate.comparison import Purpose
from bench.boilerplate.counting import Amount, Count, less_percent

NOTHING = "-"
CLAIM = "30 to 50 % less boilerplate in an API-heavy project"
CLAIM_LESS_PERCENT = (30, 50)

LEGEND = (
    "A cell is code lines / statements, without blank lines, comments, docstrings and imports; "
    "all files are wrapped alike, by `ruff format` at 100 columns.",
    "A negative saving is more code.",
    f"The claim to compare with: {CLAIM}.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with a cell per implementation; `strong` marks a sum."""

    label: str
    cells: tuple[str, ...]
    strong: bool = False


def head(counts: Sequence[Count]) -> list[str]:
    """Column headings: the names of the implementations."""
    return [count.implementation.name for count in counts]


def rows(counts: Sequence[Count]) -> list[Row]:
    """Rows for the purposes with any code, their sums, and the first against the others."""
    first = counts[0].implementation.name
    return [
        Row("where", tuple(", ".join(count.implementation.routes) for count in counts)),
        *_purposes(counts),
        Row("together", tuple(_amount(count.total) for count in counts), strong=True),
        Row(f"{first} saves", _less(counts, [count.total for count in counts])),
        *_documentation(counts),
        *(
            Row(f"apart: {kind} lines", tuple(str(count.apart[kind]) for count in counts))
            for kind in counts[0].apart
        ),
    ]


def _purposes(counts: Sequence[Count]) -> Iterator[Row]:
    for purpose in Purpose:
        amounts = [count.of(purpose) for count in counts]
        # A row without any code would only show dashes.
        if purpose is not Purpose.DOCUMENTATION and any(each.code_lines for each in amounts):
            yield Row(purpose, tuple(map(_amount, amounts)))


def _documentation(counts: Sequence[Count]) -> Iterator[Row]:
    """Documentation is not part of the sum above, because not every implementation has any."""
    yield Row("documented", tuple(count.implementation.documented for count in counts))
    amounts = [count.of(Purpose.DOCUMENTATION) for count in counts]
    if any(each.code_lines for each in amounts):
        yield Row("code for that", tuple(map(_amount, amounts)))
        totals = [count.documented_total for count in counts]
        yield Row("together with it", tuple(map(_amount, totals)), strong=True)
        yield Row(f"{counts[0].implementation.name} saves", _less(counts, totals))


def _less(counts: Sequence[Count], amounts: Sequence[Amount]) -> tuple[str, ...]:
    """Difference of the first amount to each other, in percent: code lines / statements."""
    first, *others = amounts
    return (
        "",
        *(
            f"{less_percent(first.code_lines, each.code_lines):.0f} % / "
            f"{less_percent(first.statements, each.statements):.0f} %"
            for each in others
        ),
    )


def _amount(amount: Amount) -> str:
    return f"{amount.code_lines} / {amount.statements}" if amount.code_lines else NOTHING
