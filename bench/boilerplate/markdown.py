"""The tables of the services' READMEs, and their insertion.

They stand between two markers, so that the rest of a README can be edited freely:

    <!-- count -->
    ...
    <!-- /count -->
"""

from collections.abc import Iterable, Sequence

from bench.boilerplate.counting import Count, Counted, CountError
from bench.boilerplate.rows import LEGEND, head, rows

BEGIN = "<!-- count -->"
END = "<!-- /count -->"
READMES = ("flask-svc/README.md", "fastapi-svc/README.md")


def tables(counted: Iterable[Counted]) -> str:
    """All tables, each below its title, and the legend."""
    parts = [f"{each.comparison.title}:\n\n{table(each.counts)}" for each in counted]
    return "\n\n".join([*parts, "\n".join(LEGEND)]) + "\n"


def table(counts: Sequence[Count]) -> str:
    """One comparison as a Markdown table."""
    lines = [_line(["", *head(counts)]), _line(["---", *("---:" for _ in counts)])]
    for row in rows(counts):
        cells = [row.label, *row.cells]
        lines.append(_line(f"**{cell}**" if row.strong and cell else cell for cell in cells))
    return "\n".join(lines)


def placed(document: str, content: str, *, name: str) -> str:
    """Replace the text between the markers by `content`. Raises CountError for missing markers."""
    # The text outside the markers is returned unchanged.
    before, begin, rest = document.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not begin or not end:
        raise CountError(f"{name}: expected a line {BEGIN} and below it a line {END}")
    return f"{before}{begin}\n{content}\n{end}{after}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
