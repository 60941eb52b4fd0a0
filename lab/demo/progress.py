"""How far the demo is and how long it still takes, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Self

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, TextColumn

from lab.demo.cells import Cell


class Progress:
    """A bar on stderr with the time left from the predictions; plain lines if that is a file."""

    def __init__(self, total_s: float) -> None:
        self._console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            expand=True,
        )
        self._total_s = total_s
        self._done_s = 0.0
        self._cell_s = 0.0
        self._began_s = perf_counter()
        self._task = self._bar.add_task("warming up", total=total_s, left="")

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar off the terminal while results are printed to it."""
        self.__exit__()
        yield
        self.__enter__()

    def begin(self, cell: Cell) -> None:
        """The bursts so far are done, and this one begins."""
        self._done_s += self._cell_s
        self._cell_s = cell.predicted_makespan_s
        self._began_s = perf_counter()
        self._bar.update(self._task, description=str(cell))
        if not self._console.is_terminal:
            self._console.print(f"{cell}: about {self._total_s - self._done_s:.0f} s left")
        self.tick()

    def tick(self) -> None:
        """Move on by the clock, but not beyond the end that was predicted for this burst."""
        now_s = self._done_s + min(perf_counter() - self._began_s, self._cell_s)
        self._bar.update(
            self._task, completed=now_s, left=f"about {self._total_s - now_s:.0f} s left"
        )
