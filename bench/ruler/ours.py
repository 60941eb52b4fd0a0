"""The same loads from the lab's driver, in a separate process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from bench.ruler.figures import Burst, Closed
from lab import child_process

END_S = 10


class Driver:
    """The driver at the other end of two pipes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def burst(self, url: str, requests: int) -> Burst:
        """Send all requests at the same instant, each on its own connection."""
        rows = self._ask({"do": "burst", "url": url, "requests": requests})["rows"]
        ends_s = map(sum, zip(rows["start_s"], rows["latency_s"], strict=True))
        return Burst(max(ends_s) - min(rows["start_s"]), len([e for e in rows["error"] if e]))

    def closed(self, url: str, users: int, duration_s: int) -> Closed:
        """Closed load: each user sends one request after the other."""
        command = {"do": "closed", "url": url, "users": users, "duration_s": duration_s}
        rows = self._ask(command)["rows"]
        latencies_s = sorted(rows["latency_s"])
        return Closed(
            len(latencies_s) / duration_s,
            _percentile(latencies_s, 50),
            _percentile(latencies_s, 99),
            len(latencies_s),
            len([error for error in rows["error"] if error]),
        )

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


@contextmanager
def driver() -> Iterator[Driver]:
    """Run the driver; it ends when its input is closed."""
    command = [sys.executable, "-m", "lab.driver.serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Driver(process)
    finally:
        child_process.hang_up(process, END_S)


def _percentile(sorted_s: list[float], percent: int) -> float:
    """Nearest-rank percentile."""
    # The rank is 1-based, the list 0-based.
    return sorted_s[ceil(len(sorted_s) * percent / 100) - 1]
