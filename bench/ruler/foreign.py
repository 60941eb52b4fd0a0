"""A burst from hey, a closed load from wrk, and the parser of wrk's report."""

import re
import shutil
import subprocess

from bench.ruler.figures import Burst, Closed
from bench.upstream import load
from bench.upstream.tools import MissingTool

INSTALL = "apt-get install -y --no-install-recommends wrk"
RUN_TIMEOUT_S = 60  # in addition to the load's duration
_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def wrk() -> str:
    """Path of wrk. Raises MissingTool where it is not installed."""
    path = shutil.which("wrk")
    if path is None:
        raise MissingTool(f"wrk is not installed; get it with: {INSTALL}")
    return path


def burst(url: str, requests: int) -> Burst:
    """Send all requests at the same instant, each on its own connection."""
    return Burst(*load.burst(url, requests))


def closed(url: str, users: int, duration_s: int) -> Closed:
    """Run `users` connections, each with one request after the other, from one thread."""
    command = [wrk(), "-t", "1", "-c", f"{users}", "-d", f"{duration_s}s", "--latency", url]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=duration_s + RUN_TIMEOUT_S
    )
    return read_report(run.stdout)


def read_report(text: str) -> Closed:
    """Parse rate, percentiles and failures in wrk's report. Raises ValueError for a missing one."""
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", text)
    answers = re.search(r"([0-9]+) requests in ", text)
    if rate is None or answers is None:
        raise ValueError(f"wrk reported no rate:\n{text}")
    refused = re.search(r"Non-2xx or 3xx responses: ([0-9]+)", text)
    broken = re.search(r"Socket errors: ([^\n]+)", text)
    # wrk lists connect, read, write and timeout errors on one line.
    failed = sum(map(int, re.findall(r"[0-9]+", broken[1]))) if broken else 0
    return Closed(
        float(rate[1]),
        _percentile_s(text, 50),
        _percentile_s(text, 99),
        int(answers[1]),
        failed + (int(refused[1]) if refused else 0),
    )


def _percentile_s(text: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([0-9.]+)(us|ms|s|m)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"wrk reported no {percent} %:\n{text}")
    return float(found[1]) * _UNITS_S[found[2]]
