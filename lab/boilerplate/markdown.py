"""The tables as the services' READMEs have them, and putting them there.

They stand between two marks, so that everything else in a README is anybody's to
write:

    <!-- count -->
    ...
    <!-- /count -->
"""

from collections.abc import Iterable, Sequence

from lab.boilerplate.counting import Count, Counted, CountError
from lab.boilerplate.rows import LEGEND, head, rows

BEGIN = "<!-- count -->"
END = "<!-- /count -->"
READMES = ("flask-svc/README.md", "fastapi-svc/README.md")


def tables(counted: Iterable[Counted]) -> str:
    """All of them, each under its title, and the legend."""
    parts = [f"{each.comparison.title}:\n\n{table(each.counts)}" for each in counted]
    return "\n\n".join([*parts, "\n".join(LEGEND)]) + "\n"


def table(counts: Sequence[Count]) -> str:
    """One comparison."""
    lines = [_line(["", *head(counts)]), _line(["---", *("---:" for _ in counts)])]
    for row in rows(counts):
        cells = [row.label, *row.cells]
        lines.append(_line(f"**{cell}**" if row.strong and cell else cell for cell in cells))
    return "\n".join(lines)


def placed(document: str, content: str, *, name: str) -> str:
    """The document with `content` between its marks; CountError where it has no marks."""
    before, begin, rest = document.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not begin or not end:
        raise CountError(f"{name}: expected a line {BEGIN} and below it a line {END}")
    return f"{before}{begin}\n{content}\n{end}{after}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
