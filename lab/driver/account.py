"""What a load cost the driver, and how late it was: the doubts about a measurement begin here."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.driver import clock


class Account:
    """The driver's own word on one load.

    `late_s` is the worst lateness of a departure, `unsent` counts arrivals that were dropped,
    `abandoned` requests that were in flight when the load ended and are in no row.
    """

    def __init__(self) -> None:
        self.late_s = 0.0
        self.unsent = 0
        self.abandoned = 0
        self._began_s = clock()
        self._cpu_s = time.process_time()
        self._wall_s: float | None = None

    def close(self) -> None:
        """The load is over: what follows is not its cost."""
        self._wall_s = clock() - self._began_s
        self._cpu_s = time.process_time() - self._cpu_s

    def so_far(self) -> dict[str, float]:
        """What it took until now, of a load that goes on."""
        return {
            "cpu_s": round(time.process_time() - self._cpu_s, 6),
            "wall_s": round(clock() - self._began_s, 6),
        }

    def as_dict(self) -> dict[str, Any]:
        """As the answer to a command has it; the load must have been closed."""
        assert self._wall_s is not None
        return {
            "cpu_s": round(self._cpu_s, 6),
            "wall_s": round(self._wall_s, 6),
            "late_s": round(self.late_s, 6),
            "unsent": self.unsent,
            "abandoned": self.abandoned,
        }


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage is collected meanwhile: with thousands of connections that stops everything."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
