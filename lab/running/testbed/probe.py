"""The processes of a server and their current state, from Linux's /proc.

For a local server it runs in the lab's own process. For a server in a container it is fed to the
Python inside and prints JSON, so it uses the standard library alone:

    python -I -S - look < probe.py
    python -I -S - rest 4 60 < probe.py     waits at most 60 s until 4 workers are there and idle

A local server consists of the processes of its session, which it leads. In a container it is every
process except init and those that entered later, whose parent is outside the container.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROC = Path("/proc")
PAUSE_S = 0.04
QUIET_LOOKS = 2
COMMAND_LENGTH = 200
INIT = 1
TRACKER = "multiprocessing.resource_tracker"  # a helper process of uvicorn, not a worker


@dataclass(frozen=True)
class Seen:
    """One process from /proc/PID/stat. `ticks` is its CPU time in clock ticks."""

    pid: int
    state: str
    parent: int
    session: int
    ticks: int
    threads: int


def processes(root: int | None) -> list[Seen]:
    """Living processes of a server: those of session `root`, or of this container where None."""
    everything = [seen for path in PROC.glob("[0-9]*") if (seen := _seen(path))]
    if root is None:
        return [seen for seen in everything if seen.parent != 0]
    return [seen for seen in everything if seen.session == root]


def look(root: int | None = None) -> list[dict[str, Any]]:
    """Fields of lab.results.measurement.Process for each process; the root gets parent 0."""
    found = []
    for seen in processes(root):
        pss_bytes = _pss_bytes(seen.pid)
        if pss_bytes is None:
            continue  # the process has ended meanwhile
        is_root = seen.pid == root or (root is None and seen.parent == INIT)
        found.append(
            {
                "pid": seen.pid,
                "parent": 0 if is_root else seen.parent,
                "cpu_s": round(_cpu_s(seen), 6),
                "pss_bytes": pss_bytes,
                "threads": seen.threads,
                "switches": _switches(seen.pid),
                "command": _command(seen.pid)[:COMMAND_LENGTH],
            }
        )
    return found


class Rest:
    """Checks whether a server has started all its workers and all of them are idle.

    The root process itself may be the one worker. Call `is_there` every PAUSE_S seconds.
    """

    def __init__(self, root: int | None, workers: int) -> None:
        self._root = root
        self._workers = workers
        self._ticks: int | None = None
        self._quiet = 0

    def is_there(self) -> bool:
        """Return True after QUIET_LOOKS consecutive looks without CPU time used."""
        found = processes(self._root)
        before, self._ticks = self._ticks, sum(seen.ticks for seen in found)
        works = any(seen.state in "RD" for seen in found)
        # One tick of tolerance: an idle server's timers use a little CPU time.
        is_quiet = before is not None and abs(self._ticks - before) <= 1 and not works
        self._quiet = self._quiet + 1 if is_quiet else 0
        return self._quiet >= QUIET_LOOKS and self._is_complete(found)

    def _is_complete(self, found: list[Seen]) -> bool:
        # A single worker may be the root process itself.
        if self._workers <= 1:
            return bool(found)
        roots = {self._root} if self._root else {s.pid for s in found if s.parent == INIT}
        children = [seen for seen in found if seen.parent in roots]
        return sum(TRACKER not in _command(seen.pid) for seen in children) >= self._workers


def rest(workers: int, timeout_s: float) -> bool:
    """Wait until the server in this container is idle; return False after `timeout_s` seconds."""
    until = time.monotonic() + timeout_s
    server = Rest(None, workers)
    while not server.is_there():
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE_S)
    return True


def _seen(path: Path) -> Seen | None:
    try:
        text = (path / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The process name in brackets may itself contain brackets and spaces. Fields as in proc(5).
    state, *fields = text.rpartition(")")[2].split()
    # Zombies and dead processes hold no memory and do no work.
    if state in "ZX":
        return None
    parent, _, session = map(int, fields[:3])
    return Seen(
        pid=int(path.name),
        state=state,
        parent=parent,
        session=session,
        ticks=int(fields[10]) + int(fields[11]),
        threads=int(fields[16]),
    )


def _pss_bytes(pid: int) -> int | None:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return None
    for line in text.splitlines():
        name, _, value = line.partition(":")
        # PSS divides shared pages among their users, so the sum over workers is the true total.
        if name == "Pss":
            return int(value.split()[0]) * 1024
    return None


def _cpu_s(seen: Seen) -> float:
    # The kernel's clock of the process counts nanoseconds; its ticks are 10 ms. The clock's number
    # is made as clock_getcpuclockid(3) makes it: the complement of the process, and 2, "scheduler".
    try:
        return time.clock_gettime((~seen.pid << 3) | 2)
    except OSError:  # the process has ended meanwhile
        return seen.ticks / os.sysconf("SC_CLK_TCK")


def _switches(pid: int) -> int:
    # Context switches of all living threads. The process's own status has the first thread alone.
    switches = 0
    for path in (PROC / str(pid) / "task").glob("*/status"):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue  # the thread has ended meanwhile
        switches += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return switches


def _command(pid: int) -> str:
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return raw.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", errors="replace")


if __name__ == "__main__":
    if sys.argv[1] == "rest":
        print(json.dumps(rest(int(sys.argv[2]), float(sys.argv[3]))))
    else:
        print(json.dumps(look()))
