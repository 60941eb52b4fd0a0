"""Load from hey, and what its report says."""

import re
import subprocess
from typing import NamedTuple

from bench.upstream import tools

REQUEST_TIMEOUT_S = 30
RUN_TIMEOUT_S = 120  # beyond a request's


class Load(NamedTuple):
    """One run of hey: how long it took, and how many requests had no 200 for an answer."""

    makespan_s: float
    errors: int


def burst(url: str, requests: int, request_timeout_s: int = REQUEST_TIMEOUT_S) -> Load:
    """All requests at the same instant, each on a connection of its own."""
    return _hey(url, requests, requests, request_timeout_s)


def steady(url: str, requests: int, connections: int) -> Load:
    """The requests one after the other over so many connections kept alive."""
    return _hey(url, requests, connections, REQUEST_TIMEOUT_S)


def _hey(url: str, requests: int, connections: int, request_timeout_s: int) -> Load:
    command = [tools.hey(), "-n", f"{requests}", "-c", f"{connections}"]
    command += ["-t", f"{request_timeout_s}", url]
    timeout_s = request_timeout_s + RUN_TIMEOUT_S
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s)
    return read_report(run.stdout, requests)


def read_report(text: str, requests: int) -> Load:
    """Find the total time and the number of 200s in hey's summary.

    Raises ValueError where there is no total.
    """
    total = re.search(r"Total:\s+([0-9.]+) secs", text)
    if total is None:
        raise ValueError(f"hey reported no total:\n{text}")
    answered = re.search(r"\[200\]\s+([0-9]+) responses", text)
    return Load(float(total[1]), requests - (int(answered[1]) if answered else 0))
