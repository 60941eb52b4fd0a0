"""Run the load, read the memory twice, and print the verdict."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from bench.upstream.servers import free_port
from lab import environment

MINUTES = 10.0
USERS = 64
DELAY_MS = "20"
GROWTH, SLACK_BYTES = 0.1, 4 * 1024**2
STOP_S = 60.0
MIB = 1024**2


class ProcessMemory(NamedTuple):
    """A process of the lab. `began` and `ended` are its USS in bytes at the two readings."""

    name: str
    began: int
    ended: int

    @property
    def is_within(self) -> bool:
        """Whether the growth stays within the limit, 10 % plus 4 MiB."""
        return self.ended <= self.began * (1 + GROWTH) + SLACK_BYTES


@contextmanager
def lab(folder: Path) -> Iterator[dict[str, str]]:
    """Start a separate lab, yield its settings, and stop it."""
    settings = environment.read(environment.ROOT / ".env")
    ports = {name: str(free_port()) for name in settings if name.endswith("_PORT")}
    own = {"RUNTIME": "local", "LAB_RUN": str(folder / "run"), "UPSTREAM_DELAY_MS": DELAY_MS}
    own |= {"LAB_BIND": "127.0.0.1", "LAB_PASSWORD": "", "LAB_TARGETS": settings["LAB_TARGETS"]}
    environ = {**os.environ, **ports, **own}
    command = [sys.executable, "-m", "lab"]
    try:
        subprocess.run([*command, "up"], env=environ, cwd=environment.ROOT, check=True)
        yield environ
    finally:
        subprocess.run([*command, "down"], env=environ, cwd=environment.ROOT, check=False)


def soak(
    environ: Mapping[str, str], seconds: float
) -> tuple[list[ProcessMemory], dict[str, list[int]]]:
    """Run the load for `seconds`.

    Returns the memory of each process, and per target the counts [answered, failed, served by the
    upstream].
    """
    page = f"http://127.0.0.1:{environ['LOCUST_PORT']}"
    upstream = f"http://127.0.0.1:{environ['MOCK_UPSTREAM_PORT']}"
    form = {"user_count": USERS, "spawn_rate": USERS, "load": "closed", "route": "natural",
            "think_s": 0, "user_classes": ["FlaskSvc", "FastapiSvc"]}  # fmt: skip
    with httpx.Client(trust_env=False, timeout=STOP_S) as client:
        client.delete(f"{upstream}/stats")
        client.post(f"{page}/swarm", data=form).raise_for_status()
        time.sleep(seconds / 10)
        began = memory(environ)
        time.sleep(seconds - seconds / 10)
        ended = memory(environ)
        client.post(f"{page}/stop").raise_for_status()
        rows = csv.DictReader(client.get(f"{page}/stats/requests/csv").text.splitlines())
        served = client.get(f"{upstream}/stats").json()["callers"]
    counts = {
        row["Name"].split()[0]: [int(row["Request Count"]), int(row["Failure Count"])]
        for row in rows
        if row["Name"] != "Aggregated"
    }
    both = {name: [*counts[name], served[name]["served"]] for name in sorted(counts)}
    kept = [
        ProcessMemory(name, before, ended.get(pid, (name, 0))[1])
        for pid, (name, before) in began.items()
    ]
    return sorted(kept), both


def memory(environ: Mapping[str, str]) -> dict[int, tuple[str, int]]:
    """Return per PID of that lab: the process's name and its USS in bytes."""
    found = {}
    for process in psutil.process_iter():
        try:
            told = process.environ()
            if told.get("LAB_RUN") == environ["LAB_RUN"]:
                found[process.pid] = (name_of(process, told), process.memory_full_info().uss)
        except psutil.Error:
            continue
    return found


def name_of(process: psutil.Process, told: Mapping[str, str]) -> str:
    """Return the process's name in the Procfile."""
    line = " ".join(process.cmdline())
    if "honcho" in line:
        return "honcho"
    if "mock_upstream" in line:
        return "mock-upstream"
    if told.get("LOCUST_MODE_WORKER"):
        return "locust-worker"
    return told.get("TARGET", "locust")


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 where every target is met, 1 where not, 2 for a bad MINUTES."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `lab` stops the lab
    try:
        minutes = float(arguments[0]) if arguments and arguments[0] else MINUTES
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= 24 * 60:
        print(
            f"soak: MINUTES={arguments[0][:60]!r}: expected minutes up to a day, "
            "e.g. `make soak MINUTES=60`",
            file=sys.stderr,
        )
        return 2
    with TemporaryDirectory() as folder, lab(Path(folder)) as environ:
        print(f"{USERS} users for {minutes:g} minutes", file=sys.stderr)
        kept, counts = soak(environ, minutes * 60)
    return report(Console(), minutes, kept, counts)


def table(title: str, headings: Sequence[str]) -> Table:
    """Return an empty table: words left-aligned, numbers right-aligned."""
    made = Table(title=title)
    for heading in headings:
        is_word = heading in ("process", "target", "")
        made.add_column(heading, justify="left" if is_word else "right", no_wrap=True)
    return made


def report(
    console: Console, minutes: float, kept: list[ProcessMemory], counts: Mapping[str, list[int]]
) -> int:
    """Print both tables and the verdict; return the exit code."""
    processes = table(
        "Memory, MiB",
        ("process", f"after {minutes / 10:g} min", f"after {minutes:g} min", "grown", ""),
    )
    for each in kept:
        mib = [each.began / MIB, each.ended / MIB]
        mark = "is gone" if not each.ended else "" if each.is_within else "grows"
        figures = [*(f"{number:.1f}" for number in mib), f"{mib[1] - mib[0]:+.1f}"]
        processes.add_row(each.name, *figures, mark)
    requests = table("Requests", ("target", "answered", "failed", "served by the upstream"))
    for name, numbers in counts.items():
        requests.add_row(name, *(f"{number:,}" for number in numbers))
    console.print(processes, requests)
    is_steady = bool(kept) and all(each.is_within and each.ended for each in kept)
    is_whole = bool(counts) and all(
        failed == 0 and answered == served > 0 for answered, failed, served in counts.values()
    )
    met = is_steady and is_whole
    console.print("every target is met" if met else "not every target is met")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
