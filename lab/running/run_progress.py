"""Progress and remaining time of an experiment, on stderr."""

import shutil
import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

from lab.experiments import duration, spoken_names
from lab.experiments.experiment import Cell, Experiment
from lab.rounded import minutes


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
        self._left_s = duration.experiment_s(experiment)
        self._estimated_s = 0.0
        self._spent_s = 0.0
        self._began_s: float | None = None
        self._of_this_s = 0.0
        self._series = 0
        self._number = 0

    def say(self, sentence: str) -> None:
        """Print a permanent line above the rewritten one."""
        self._wipe()
        print(f"{self._title()}  {sentence}", file=self._stream, flush=True)

    def starting(self, series: int) -> None:
        """Account for the previous measurement and announce the start of the series' servers."""
        if self._began_s is not None:
            self._end_measurement(self._clock())
        self._show(f"starting servers  {self._of_all(series)}")

    def warming_up(self, series: int) -> None:
        """Announce the warm-up of the series' servers."""
        self._show(f"warming up  {self._of_all(series)}")

    def begin(self, cell: Cell, series: int) -> None:
        """Account for the previous measurement and announce the next one."""
        now_s = self._clock()
        if self._began_s is not None:
            self._end_measurement(now_s)
        if series != self._series:
            if not self._series:
                self._left_s -= duration.once_s(self._experiment)
            self._series, self._number = series, 0
            self._left_s -= duration.start_s(self._experiment)
        self._number += 1
        self._began_s = now_s
        self._of_this_s = duration.measurement_s(self._experiment, cell)
        self._show(
            f"cell {self._number}/{len(self._experiment.cells)}  {spoken_names.cell(cell)}"
            f"  {self._of_all(series)}"
        )

    def end(self) -> None:
        """Remove the rewritten line."""
        self._wipe()

    def _title(self) -> str:
        number, _, phenomenon = self._experiment.name.partition("-")
        return f"{number} {phenomenon}"

    def _end_measurement(self, now_s: float) -> None:
        assert self._began_s is not None
        self._spent_s += now_s - self._began_s
        self._estimated_s += self._of_this_s
        self._left_s -= self._of_this_s
        self._began_s = None

    def _of_all(self, series: int) -> str:
        # At least 1: a fast first measurement must not shorten the estimate.
        slower = max(1.0, self._spent_s / self._estimated_s) if self._estimated_s else 1.0
        left_s = self._left_s * slower + self._after_s
        return f"series {series}/{self._experiment.series}   {minutes(max(1.0, left_s))} left"

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
