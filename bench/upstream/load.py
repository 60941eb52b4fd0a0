"""Load from hey, and the parser of its report."""

import re
import subprocess
from typing import NamedTuple

from bench.upstream import tools

REQUEST_TIMEOUT_S = 30
RUN_TIMEOUT_S = 120  # in addition to a request's timeout


class Load(NamedTuple):
    """One run of hey: its duration, and the number of requests without status 200."""

    makespan_s: float
    errors: int


def burst(url: str, requests: int, request_timeout_s: int = REQUEST_TIMEOUT_S) -> Load:
    """Send all requests at the same instant, each on its own connection."""
    return _hey(url, requests, requests, request_timeout_s)


def steady(url: str, requests: int, connections: int) -> Load:
    """Send the requests one after the other over a number of keep-alive connections."""
    return _hey(url, requests, connections, REQUEST_TIMEOUT_S)


def _hey(url: str, requests: int, connections: int, request_timeout_s: int) -> Load:
    command = [tools.hey(), "-n", f"{requests}", "-c", f"{connections}"]
    command += ["-t", f"{request_timeout_s}", url]
    timeout_s = request_timeout_s + RUN_TIMEOUT_S
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s)
    return read_report(run.stdout, requests)


def read_report(text: str, requests: int) -> Load:
    """Parse the total time and the number of 200s in hey's summary.

    Raises ValueError where there is no total.
    """
    total = re.search(r"Total:\s+([0-9.]+) secs", text)
    if total is None:
        raise ValueError(f"hey reported no total:\n{text}")
    answered = re.search(r"\[200\]\s+([0-9]+) responses", text)
    # Errors are all requests without a 200, whatever the reason.
    return Load(float(total[1]), requests - (int(answered[1]) if answered else 0))
