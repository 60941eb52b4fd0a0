"""Explain exhausted limits of the machine more clearly than the operating system does."""

import errno
import resource
from contextlib import suppress
from pathlib import Path

LEAST_FILES = 1024
"""Minimum limit of open files for each process: two for each of the demo's hundred requests, and
the process's own. A server without a free descriptor closes new connections silently."""

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def reason(error: OSError) -> str:
    """Return why a connection failed: a limit with its number, else the system's message."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"no descriptor left (limit {open_files()}): raise `ulimit -n`"
    if error.errno == errno.EADDRNOTAVAIL and (ports := local_ports()):
        return f"no local port left (of {ports:,}): a closed connection keeps its port for a minute"
    return error.strerror or str(error)


def open_files() -> int:
    """Soft limit of open files of this process. Each connection takes one."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def too_few_files() -> str:
    """Return why programs started from here have too few open files; "" if they have enough."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= LEAST_FILES:
        return ""
    return (
        f"the limit of open files is {hard}, and the lab needs {LEAST_FILES:,}: "
        f"raise it with `ulimit -Hn` (may need root or a new login)"
    )


def raise_open_files() -> int:
    """Raise the soft limit of open files as far as the system allows; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS reports no hard limit, but accepts less than infinity.
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    return open_files()


def local_ports() -> int | None:
    """Number of local ports for connections to one address; None where it is unknown."""
    try:
        low, high = map(int, _PORT_RANGE.read_text().split())
    except (OSError, ValueError):
        return None
    return high - low + 1
