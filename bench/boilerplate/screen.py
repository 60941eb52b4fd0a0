"""The tables in a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.boilerplate.counting import Counted
from bench.boilerplate.rows import head, rows


def show(console: Console, counted: Counted) -> None:
    """Print one comparison: its title and its table."""
    grid = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    grid.add_column(overflow="fold")
    for name in head(counted.counts):
        grid.add_column(name, justify="right", overflow="fold")
    for row in rows(counted.counts):
        grid.add_row(
            *(Text(cell) for cell in (row.label, *row.cells)),
            style="bold" if row.strong else None,
        )
    console.print(Text(counted.comparison.title, style="bold"))
    console.print(grid)
    console.print()
