"""The two load generators: bare Locust, and the lab with its page and one load worker."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench.dashboard.loads import Load
from bench.services.servers import shipped
from bench.upstream.servers import Server, free_port
from lab import child_process
from lab.environment import ROOT

LOCUST = str(Path(sys.executable).with_name("locust"))
CONFIG = ("--config", "locust/locust.conf")
READY_S = 60
STOP_S = 60  # above Locust's --stop-timeout
SPAWNED = "All users spawned"


class Generator(NamedTuple):
    """A Locust with all its users started: the sending process, and the process with the page."""

    load_pid: int
    page_pid: int | None
    url: str
    counts: Path


class Counts(NamedTuple):
    """Locust's counts of a run: answers by second (Unix time), and all failures."""

    answers: dict[int, int]
    failed: int

    def between(self, begin_s: int, end_s: int) -> int:
        """Number of answers from second `begin_s` up to, not including, `end_s`."""
        return sum(self.answers.get(second, 0) for second in range(begin_s, end_s))


def counted(generator: Generator) -> Counts:
    """Read the generator's counts, which it writes when it ends."""
    return read_counts(json.loads(generator.counts.read_text(encoding="utf-8")))


def read_counts(rows: list[dict[str, Any]]) -> Counts:
    """Sum up the rows of Locust's --json-file."""
    answers: dict[int, int] = {}
    for row in rows:
        for second, count in row["num_reqs_per_sec"].items():
            # Each row counts its own requests by second; a second can be in several rows.
            answers[int(second)] = answers.get(int(second), 0) + count
    return Counts(answers, sum(row["num_failures"] for row in rows))


@contextmanager
def bare(load: Load, target: Server, folder: Path) -> Iterator[Generator]:
    """Run Locust with bare.py, in one process without a page; its files go to `folder`."""
    command = ["-f", "bench/dashboard/bare.py", "--headless", "--only-summary"]
    command += ["--host", target.url, "-u", f"{load.users}", "-r", f"{load.users}"]
    command += ["--stop-timeout", "30", "--json-file", f"{folder / 'bare'}"]
    log = folder / "bare.log"
    with _locust(command, {"BENCH_ROUTE": f"/{load.route}"}, log) as process:
        _await(lambda: SPAWNED in log.read_text(encoding="utf-8"), process, log)
        yield Generator(process.pid, None, "", folder / "bare.json")


@contextmanager
def lab(load: Load, settings: dict[str, str], folder: Path) -> Iterator[Generator]:
    """Run the lab's Locust as it ships, except for `settings`; its files go to `folder`."""
    page_port, master_port = f"{free_port()}", f"{free_port()}"
    url = f"http://127.0.0.1:{page_port}"
    told = shipped() | settings | {"LOAD_WORKERS": "1"}
    as_page = {"LOCUST_WEB_PORT": page_port, "LOCUST_MASTER_BIND_PORT": master_port}
    as_worker = {"LOCUST_MODE_WORKER": "true", "LOCUST_MASTER_NODE_PORT": master_port}
    log = folder / "page.log"
    command = [*CONFIG, "--master", "--json-file", f"{folder / 'lab'}"]
    with (
        _locust(command, told | as_page, log) as page,
        _locust([*CONFIG], told | as_worker, folder / "worker.log") as worker,
    ):
        try:
            _await(lambda: _is_well(url), page, log)
            _press_start(load, url)
            _await(lambda: SPAWNED in log.read_text(encoding="utf-8"), page, log)
            yield Generator(worker.pid, page.pid, url, folder / "lab.json")
        finally:
            # Before its worker, because the page waits for the worker's last counts.
            child_process.stop(page, STOP_S)


def _press_start(load: Load, url: str) -> None:
    form = {
        "user_count": load.users,
        "spawn_rate": load.users,
        "user_classes": "FastapiSvc",
        "load": "closed",
        "think_s": 0,
        "route": load.route,
    }
    said = httpx.post(f"{url}/swarm", data=form, timeout=READY_S, trust_env=False).json()
    if not said["success"]:
        raise RuntimeError(f"the page does not start {load}: {said['message']}")


def _is_well(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _locust(
    arguments: list[str], settings: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    # Without LAB_ and LOCUST variables of the shell: the shipped settings are measured.
    outside = {
        name: value for name, value in os.environ.items() if not name.startswith(("LAB_", "LOCUST"))
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [LOCUST, *arguments],
            cwd=ROOT,
            env=outside | settings,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        yield process
    finally:
        # Locust writes its counts when it gets SIGTERM.
        child_process.stop(process, STOP_S)


def _await(condition: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_s = time.monotonic() + READY_S
    while not condition():
        if process.poll() is not None or time.monotonic() > give_up_s:
            raise RuntimeError(f"Locust did not begin:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
