"""What this machine has run out of, where an operating system's word does not say enough."""

import errno
import resource
from contextlib import suppress
from pathlib import Path

LEAST_FILES = 1024
"""Two for each of the demo's hundred requests, in whichever process they are, and what it needs
itself; a server that has no more closes new connections without a word."""

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def reason(error: OSError) -> str:
    """Why a connection could not be had: the system's words, or a limit by name and number."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"no descriptor left (limit {open_files()}): raise `ulimit -n`"
    if error.errno == errno.EADDRNOTAVAIL and (ports := local_ports()):
        return f"no local port left ({ports} of them): a closed connection keeps its for a minute"
    return error.strerror or str(error)


def open_files() -> int:
    """The most files this process may have open, of which each connection takes one."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def too_few_files() -> str:
    """Why programs that are started from here could not serve the lab's loads; "" if they could."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= LEAST_FILES:
        return ""
    return (
        f"a process may have {hard} files open here, and the lab needs {LEAST_FILES:,}: "
        f"raise `ulimit -Hn`, which may take a new login or root"
    )


def raise_open_files() -> int:
    """Raise the soft limit on open files as far as the system allows; the limit then in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, 65_536), max(soft, 10_240)):  # macOS has no hard one, and less
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    return open_files()


def local_ports() -> int | None:
    """How many local ports connections to one address can have; None where nothing says so."""
    try:
        low, high = map(int, _PORT_RANGE.read_text().split())
    except (OSError, ValueError):
        return None
    return high - low + 1
