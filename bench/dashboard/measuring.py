"""One window: whole seconds while a load runs, and what all sides spend meanwhile."""

import math
import time
from typing import NamedTuple

import psutil

from bench.dashboard import browser
from bench.dashboard.browser import Drawn, Tab
from bench.dashboard.generators import Counts, Generator

SETTLE_S = 1.5
WINDOW_S = 8
WARM_UP_S = 1


class Spent(NamedTuple):
    """Seconds of processor time: of each process or group of processes, and of all others."""

    load_s: float
    page_s: float
    browser_s: float
    others_s: float


class Result(NamedTuple):
    """One window: its answers, the failures of its whole run, and what the tab did in it."""

    seconds: int
    answers: int
    failed: int
    spent: Spent
    drawn: Drawn | None = None

    @property
    def throughput_rps(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds

    @property
    def load_cpu_per_1000_s(self) -> float:
        """Processor time of the process that sends, for a thousand requests."""
        return self.spent.load_s / self.answers * 1000


class Window(NamedTuple):
    """A window whose answers are not known yet; it began at `begin_s`, counted from 1970."""

    begin_s: int
    seconds: int
    spent: Spent
    drawn: Drawn | None

    def result(self, counts: Counts) -> Result:
        """With what Locust had counted in the end."""
        answers = counts.between(self.begin_s, self.begin_s + self.seconds)
        return Result(self.seconds, answers, counts.failed, self.spent, self.drawn)


def window(generator: Generator, seconds: int, tab: Tab | None = None) -> Window:
    """The next whole seconds of a load, after it has settled."""
    time.sleep(SETTLE_S)
    if tab:
        tab.begin()
    begin_s = math.ceil(time.time())
    _sleep_until(begin_s)
    before = _spent(generator)
    _sleep_until(begin_s + seconds)
    after = _spent(generator)
    # Never below nothing: a process may have ended, and a machine's clock ticks at its own times.
    spent = Spent(*(max(0.0, end - begin) for begin, end in zip(before, after, strict=True)))
    return Window(begin_s, seconds, spent, tab.drawn() if tab else None)


def _spent(generator: Generator) -> Spent:
    """So far."""
    bench = psutil.Process()
    ours = [bench, *bench.children(recursive=True)]
    page_s = _cpu_s(psutil.Process(generator.page_pid)) if generator.page_pid else 0.0
    return Spent(
        load_s=_cpu_s(psutil.Process(generator.load_pid)),
        page_s=page_s,
        browser_s=sum(_cpu_s(each) for each in ours if browser.is_part(each)),
        others_s=_machine_cpu_s() - sum(map(_cpu_s, ours)),
    )


def _cpu_s(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:2])
    except psutil.NoSuchProcess:
        return 0.0


def _machine_cpu_s() -> float:
    # Without interrupts: those of the load itself are nobody's, and would look like others'.
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.time()))
