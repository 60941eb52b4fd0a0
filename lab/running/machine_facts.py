"""Facts about this machine, collected before a measurement; None for an unknown fact."""

import os
import platform
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.driver import exhaustion
from lab.environment import ROOT

WATCH_S = 0.2
MOST_CHANGED = 20
_PROC = Path("/proc")


def facts() -> dict[str, Any]:
    """Return `machine` of run.json."""
    return {
        "cores": cores(),
        "cpu": _cpu(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "system": _system(),
        "python": platform.python_version(),
    }


def cores() -> int:
    """Number of cores on which this process may run."""
    if hasattr(os, "sched_getaffinity"):
        # Affinity, not cpu_count: a container or taskset may allow fewer cores.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limits() -> dict[str, Any]:
    """Return `limits` of run.json: limits that a load can reach before the servers do."""
    somaxconn = _words("sys/net/core/somaxconn")
    # macOS has no /proc; sysctl knows the limit.
    if not somaxconn and platform.system() == "Darwin":
        somaxconn = (_said("sysctl", "-n", "kern.ipc.somaxconn") or "").split()
    return {
        "open_files": _hard(resource.RLIMIT_NOFILE),
        "somaxconn": int(somaxconn[0]) if somaxconn else None,
        "local_ports": exhaustion.local_ports(),
        "processes": _hard(resource.RLIMIT_NPROC),
    }


def git(watched: Sequence[str], root: Path = ROOT) -> dict[str, Any] | None:
    """Return the commit, and which of the watched files differ from it or are unknown to it.

    `watched` are files and folders relative to `root`. At most MOST_CHANGED paths are listed. None
    outside a git checkout.
    """
    if not (root / ".git").exists():
        return None  # an unpacked bundle would report the repository around it
    git = ("git", "-C", str(root))
    commit = _said(*git, "rev-parse", "HEAD")
    changed = _said(*git, "diff", "--name-only", "-z", "HEAD", "--", *watched)
    unknown = _said(*git, "ls-files", "--others", "--exclude-standard", "-z", "--", *watched)
    if not commit or changed is None or unknown is None:
        return None
    found = sorted(each for each in {*changed.split("\0"), *unknown.split("\0")} if each)
    return {
        "commit": commit,
        "changed": bool(found),
        "changed_sources": found[:MOST_CHANGED],
    }


def busy() -> float | None:
    """Share of all cores in use, 0 to 1, sampled over WATCH_S seconds. None without /proc."""
    before = _ticks()
    time.sleep(WATCH_S)
    after = _ticks()
    if before is None or after is None:
        return None
    used, passed = (new - old for new, old in zip(after, before, strict=True))
    return round(used / passed, 3) if passed > 0 else 0.0


def versions(servers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Versions of packages by name, from the servers' answers at /server.

    Where two servers have different versions, `servers` of run.json has those of each.
    """
    found: dict[str, str] = {}
    for server in servers.values():
        for part in (server.get("framework"), server.get("server"), server.get("client")):
            if part:
                found[str(part["name"])] = str(part["version"])
        found |= server.get("packages") or {}
    return dict(sorted(found.items()))


def _cpu() -> str | None:
    for line in _read("cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    if platform.system() == "Darwin":
        return _said("sysctl", "-n", "machdep.cpu.brand_string") or None
    return platform.processor() or platform.machine() or None


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def _hard(which: int) -> int | None:
    limit = resource.getrlimit(which)[1]
    return None if limit == resource.RLIM_INFINITY else limit


def _ticks() -> tuple[int, int] | None:
    """Used and elapsed clock ticks since boot, summed over all cores."""
    first = _read("stat").partition("\n")[0].split()
    if not first:
        return None
    # Fields as in proc(5); `waiting` (iowait) counts as idle time.
    user, nice, system, idle, waiting, *rest = (int(each) for each in first[1:9])
    used = user + nice + system + sum(rest)
    return used, used + idle + waiting


def _words(path: str) -> list[str]:
    return _read(path).split()


def _read(path: str) -> str:
    try:
        return (_PROC / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _said(*command: str) -> str | None:
    """Output of a command; None where it is missing, fails or exceeds 10 s."""
    try:
        # These facts are optional, so a failure is None and never stops a run.
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
