"""What a stand stands on: local processes, or containers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from lab.experiments.stand.driver import Launched
from lab.experiments.stand.ending import Ending
from lab.experiments.stand.program import Program
from lab.results.measurement import Process


class Ground(Protocol):
    """Starts programs, looks after them and ends them; every method raises StandProblem."""

    runtime: str

    def start(self, programs: Sequence[Program]) -> None:
        """Start them all at once; return before they answer."""

    def restart(self, name: str) -> None:
        """Kill a program and start it again at the same address; return before it answers."""

    def stop(self, names: Sequence[str]) -> None:
        """Kill programs and wait until they are gone."""

    def url(self, name: str) -> str:
        """Where the driver reaches a program."""

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """Those of the programs that ended by themselves."""

    def said(self, name: str) -> str:
        """What a program has written, or the end of it."""

    def look(self, name: str) -> list[Process]:
        """A program's processes as they are now."""

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait until so many workers of each have nothing to do; return those left over."""

    def launch_driver(self) -> Launched:
        """Start the driver's process with pipes."""

    def end_driver(self) -> None:
        """Kill the driver, however busy it is."""

    def close(self) -> None:
        """Stop everything that was started, and leave nothing."""
