"""Progress and remaining time of an experiment, on stderr."""

import shutil
import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

from lab.experiments import duration, spoken_names
from lab.experiments.experiment import Cell, Experiment
from lab.rounded import minutes
from lab.running.run_plan import interleaved


class RunProgress:
    """One rewritten line on a terminal; otherwise one line per measurement.

    `after_s` is the estimated time in seconds of the experiments after this one. The remaining time
    is the estimate, scaled up where the measurements so far took longer than estimated.
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
        """Print a permanent line above the rewritten one."""
        self._wipe()
        print(f"{self._title()}  {sentence}", file=self._stream, flush=True)

    def starting(self) -> None:
        """Announce the start of the servers."""
        self._show(f"starting servers   {self._left(duration.START_S)}")

    def warming_up(self) -> None:
        """Announce the warm-up."""
        self._show(f"warming up   {self._left(0.0)}")

    def begin(self, cell: Cell, series: int) -> None:
        """Account for the previous measurement and announce the next one."""
        now_s = self._clock()
        if self._began_s is not None:
            self._spent_s += now_s - self._began_s
            self._estimated_s += self._of_this_s
            self._left_s -= self._of_this_s
        self._began_s = now_s
        self._of_this_s = duration.measurement_s(self._experiment, cell)
        number, cells = self._numbers[cell.id], len(self._experiment.cells)
        self._show(
            f"cell {number}/{cells}  {spoken_names.cell(cell)}"
            f"  series {series}/{self._experiment.series}   {self._left(0.0)}"
        )

    def end(self) -> None:
        """Remove the rewritten line."""
        self._wipe()

    def _title(self) -> str:
        number, _, phenomenon = self._experiment.name.partition("-")
        return f"{number} {phenomenon}"

    def _left(self, more_s: float) -> str:
        # At least 1: a fast first measurement must not shorten the estimate.
        slower = max(1.0, self._spent_s / self._estimated_s) if self._estimated_s else 1.0
        left_s = self._left_s * slower + self._after_s + more_s
        return f"{minutes(max(1.0, left_s))} left"

    def _show(self, text: str) -> None:
        line = f"{self._title()}  {text}"
        if self._stream.isatty():
            # One column less: a full line would wrap, and "\r" then rewrites only its second half.
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{line[:width]}\x1b[K", end="", file=self._stream, flush=True)
        else:
            print(line, file=self._stream, flush=True)

    def _wipe(self) -> None:
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream, flush=True)
