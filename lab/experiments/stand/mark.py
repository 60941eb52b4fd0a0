"""The mark that everything on a stand carries, so that what a killed host left can be found.

It names the machine, the host's process and when that began: `lab7:4711:1234567`. Local
processes have it as LAB_STAND in their environment, containers and networks as a label.
"""

import os
import socket
from pathlib import Path

VARIABLE = "LAB_STAND"
LABEL = "lab.stand"


def own() -> str:
    """The mark of stands that this process holds."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"


def is_abandoned(mark: str) -> bool:
    """Whether the mark is of this machine, and its host is gone."""
    machine, _, rest = mark.partition(":")
    pid, _, began = rest.partition(":")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # somebody else's, and alive
    return began != _began(int(pid))


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]
