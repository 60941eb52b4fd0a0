"""Measures one window: whole seconds of a running load, and the CPU time of all sides."""

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
    """CPU seconds of each process or group of processes, and of all other programs."""

    load_s: float
    page_s: float
    browser_s: float
    others_s: float


class Result(NamedTuple):
    """One window: its answers, the failures of the whole run, and the tab's activity."""

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
        """CPU seconds of the sending process per 1,000 requests."""
        return self.spent.load_s / self.answers * 1000


class Window(NamedTuple):
    """A window before its answers are known; `begin_s` is Unix time."""

    begin_s: int
    seconds: int
    spent: Spent
    drawn: Drawn | None

    def result(self, counts: Counts) -> Result:
        """Complete the window with Locust's final counts."""
        answers = counts.between(self.begin_s, self.begin_s + self.seconds)
        return Result(self.seconds, answers, counts.failed, self.spent, self.drawn)


def window(generator: Generator, seconds: int, tab: Tab | None = None) -> Window:
    """Measure the next whole seconds of a load, after it has settled."""
    time.sleep(SETTLE_S)
    if tab:
        tab.begin()
    # Locust counts by whole seconds, so the window begins with one.
    begin_s = math.ceil(time.time())
    _sleep_until(begin_s)
    before = _spent(generator)
    _sleep_until(begin_s + seconds)
    after = _spent(generator)
    # At least 0: a process may have ended, and CPU clocks tick in steps of their own.
    spent = Spent(*(max(0.0, end - begin) for begin, end in zip(before, after, strict=True)))
    return Window(begin_s, seconds, spent, tab.drawn() if tab else None)


def _spent(generator: Generator) -> Spent:
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
    # Without interrupts: those of the load belong to no process and would count as others.
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.time()))
