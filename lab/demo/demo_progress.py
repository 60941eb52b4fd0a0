"""Progress and remaining time of the demo, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Self

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, TextColumn

from lab.demo.demo_cells import DemoCell


class DemoProgress:
    """A progress bar with the predicted remaining time; plain lines if stderr is not a terminal."""

    def __init__(self, total_s: float) -> None:
        self._console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            # The bar disappears at the end, so that only results stay on the screen.
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
        """Hide the bar while results are printed to the terminal."""
        self.__exit__()
        yield
        self.__enter__()

    def begin(self, cell: DemoCell) -> None:
        """Count the previous burst as done and announce this one."""
        self._done_s += self._cell_s
        self._cell_s = cell.predicted_makespan_s
        self._began_s = perf_counter()
        self._bar.update(self._task, description=str(cell))
        if not self._console.is_terminal:
            self._console.print(f"{cell}: about {self._total_s - self._done_s:.0f} s left")
        self.tick()

    def tick(self) -> None:
        """Advance the bar by the clock, at most to the predicted end of this burst."""
        # A late burst must not move the bar into the next one.
        now_s = self._done_s + min(perf_counter() - self._began_s, self._cell_s)
        self._bar.update(
            self._task, completed=now_s, left=f"about {self._total_s - now_s:.0f} s left"
        )
