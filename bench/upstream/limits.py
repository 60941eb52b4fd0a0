"""Limits of this machine: a burst needs one open file and one local port per connection."""

import resource
from pathlib import Path

SPARE_FILES = 200
PROC = Path("/proc/sys/net")


def open_files() -> int:
    """Raise the soft limit of open files for child processes; return the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1_000_000
    # Child processes inherit the soft limit.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def reason_not_to_run(requests: int, files: int) -> str | None:
    """Reason why a burst of that size cannot run here; None where it can."""
    if requests + SPARE_FILES > files:
        return f"only {files} open files are allowed, {requests + SPARE_FILES} are needed"
    low, high = map(int, (PROC / "ipv4/ip_local_port_range").read_text().split())
    if requests > high - low:
        return f"only {high - low} local ports are free to use, {requests} are needed"
    return None


def backlog_warning(backlog: int) -> str | None:
    """A warning where the kernel reduces the listen backlog; None where it does not."""
    most = int((PROC / "core/somaxconn").read_text())
    if most >= backlog:
        return None
    return f"net.core.somaxconn is {most}, below the backlog of {backlog}: connects will retry"
