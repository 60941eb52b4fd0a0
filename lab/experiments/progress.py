"""How far an experiment is and how long it still takes, on stderr."""

import shutil
import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

from lab.experiments import duration, words
from lab.experiments.experiment import Cell, Experiment
from lab.experiments.order import interleaved


class Progress:
    """One line, written anew on a terminal; otherwise a line for each measurement.

    `after_s` is what comes after this experiment. The time left is the estimate, stretched
    by as much as the measurements so far took longer than theirs.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        after_s: float = 0.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._experiment = experiment
        self._after_s = after_s
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._left_s = duration.experiment_s(experiment) - duration.START_S
        self._estimated_s = 0.0
        self._spent_s = 0.0
        self._began_s: float | None = None
        self._of_this_s = 0.0
        self._numbers = {
            cell.id: n for n, cell in enumerate(interleaved(experiment.cells), start=1)
        }

    def say(self, sentence: str) -> None:
        """A line that stays, above the one that is written anew."""
        self._wipe()
        print(f"{self._title()}  {sentence}", file=self._stream, flush=True)

    def starting(self) -> None:
        """The servers are being started."""
        self._show(f"starting servers   {self._left(duration.START_S)}")

    def warming_up(self) -> None:
        """They are there, and get their first requests."""
        self._show(f"warming up   {self._left(0.0)}")

    def begin(self, cell: Cell, repeat: int) -> None:
        """The measurement before is done, and this one begins."""
        now_s = self._clock()
        if self._began_s is not None:
            self._spent_s += now_s - self._began_s
            self._estimated_s += self._of_this_s
            self._left_s -= self._of_this_s
        self._began_s = now_s
        self._of_this_s = duration.measurement_s(self._experiment, cell)
        number, cells = self._numbers[cell.id], len(self._experiment.cells)
        self._show(
            f"cell {number}/{cells}  {words.cell(cell)}"
            f"  repeat {repeat}/{self._experiment.repeats}   {self._left(0.0)}"
        )

    def end(self) -> None:
        """Take the line away."""
        self._wipe()

    def _title(self) -> str:
        number, _, phenomenon = self._experiment.name.partition("-")
        return f"{number} {phenomenon}"

    def _left(self, more_s: float) -> str:
        slower = max(1.0, self._spent_s / self._estimated_s) if self._estimated_s else 1.0
        left_s = self._left_s * slower + self._after_s + more_s
        return f"{words.seconds(max(1.0, left_s))} left"

    def _show(self, text: str) -> None:
        line = f"{self._title()}  {text}"
        if self._stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{line[:width]}\x1b[K", end="", file=self._stream, flush=True)
        else:
            print(line, file=self._stream, flush=True)

    def _wipe(self) -> None:
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream, flush=True)
