"""CPU time and lateness of the driver during a load; several doubts are based on them."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.driver import clock


class Account:
    """The driver's own account of one load, from construction to `close`.

    `late_s` is the worst lateness of a departure in seconds. `unsent` counts dropped arrivals.
    `abandoned` counts requests in flight at the end of the load, which have no row.
    """

    def __init__(self) -> None:
        self.late_s = 0.0
        self.unsent = 0
        self.abandoned = 0
        self._began_s = clock()
        self._cpu_s = time.process_time()
        self._wall_s: float | None = None

    def close(self) -> None:
        """Stop the measurement of CPU time and wall time at the end of the load."""
        self._wall_s = clock() - self._began_s
        self._cpu_s = time.process_time() - self._cpu_s

    def so_far(self) -> dict[str, float]:
        """Return CPU time and wall time so far, for a load that is still running."""
        return {
            "cpu_s": round(time.process_time() - self._cpu_s, 6),
            "wall_s": round(clock() - self._began_s, 6),
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the account as it appears in the answer to a command; call `close` first."""
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
    """Disable garbage collection: with thousands of connections it would stop the whole process."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
