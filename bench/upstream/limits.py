"""What this machine can carry: a burst needs a file per connection, and a local port."""

import resource
from pathlib import Path

SPARE_FILES = 200
PROC = Path("/proc/sys/net")


def open_files() -> int:
    """The most files one process may have open, after raising the soft limit for our children."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1_000_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def reason_not_to_run(requests: int, files: int) -> str | None:
    """Why a burst of that size cannot be run here; None where it can."""
    if requests + SPARE_FILES > files:
        return f"only {files} open files are allowed, {requests + SPARE_FILES} are needed"
    low, high = map(int, (PROC / "ipv4/ip_local_port_range").read_text().split())
    if requests > high - low:
        return f"only {high - low} local ports are free to use, {requests} are needed"
    return None


def backlog_warning(backlog: int) -> str | None:
    """A warning where the kernel cuts the listen backlog down; None where it does not."""
    most = int((PROC / "core/somaxconn").read_text())
    if most >= backlog:
        return None
    return f"net.core.somaxconn is {most}, below the backlog of {backlog}: connects will retry"
