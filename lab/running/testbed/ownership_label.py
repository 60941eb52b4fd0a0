"""The ownership label on everything of a testbed; it identifies leftovers of a killed host.

The label has the machine, the host's process id and that process's start time: `lab7:4711:1234567`.
Local processes carry it as LAB_STAND in their environment, containers and networks as a label.
"""

import os
import socket
from pathlib import Path

VARIABLE = "LAB_STAND"
LABEL = "lab.stand"


def own() -> str:
    """The label for testbeds of this process."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"


def is_abandoned(label: str) -> bool:
    """Return True where the label is from this machine and its host process has ended."""
    machine, _, rest = label.partition(":")
    pid, _, began = rest.partition(":")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # another user's process, and alive
    # PIDs are reused; the start time tells whether it is still the same process.
    return began != _began(int(pid))


def _began(pid: int) -> str:
    """Start time of a process in clock ticks since boot; empty without /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # After the last ")", because the process name may contain brackets and spaces.
    return text.rpartition(")")[2].split()[19]
