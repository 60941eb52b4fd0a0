"""Free ports for local servers."""

import atexit
import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

from lab.experiments.stand.problems import StandProblem

LOW = 20_000
HIGH = 32_767
ATTEMPTS = 200
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


_held = ExitStack()
"""The UDP ports of the same numbers, which nobody uses: a note to the lab's other processes.

A server binds its port a second after it was chosen, and somebody else may choose meanwhile.
"""
atexit.register(_held.close)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no process of the lab was given.

    It is below those that the kernel gives to clients: a burst of 10,000 takes a third of
    them, and a server that is started anew would find its own port among them. It is this
    process's own for as long as the process lives. Raises StandProblem where none is left.
    """
    low, high = _below_clients()
    for _ in range(ATTEMPTS):
        port = random.randint(low, high)
        if _is_free(port) and _is_ours(port):
            return port
    raise StandProblem(
        f"no free port between {low} and {high} on 127.0.0.1: stop what listens there"
    )


def _below_clients() -> tuple[int, int]:
    try:
        begin = int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return LOW, HIGH
    high = min(HIGH, begin - 1)
    return (min(LOW, max(1024, high - 10_000)), high) if high > 2048 else (LOW, HIGH)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_ours(port: int) -> bool:
    note = socket.socket(type=socket.SOCK_DGRAM)
    with suppress(OSError):
        note.bind(("127.0.0.1", port))
        _held.callback(note.close)
        return True
    note.close()
    return False
