"""Free ports for local servers."""

import random
import socket
from collections.abc import Collection
from pathlib import Path

from lab.experiments.stand.problems import StandProblem

LOW = 20_000
HIGH = 32_767
ATTEMPTS = 200
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(taken: Collection[int]) -> int:
    """A port of 127.0.0.1 that nobody listens on, other than those taken.

    It is below those that the kernel gives to clients: a burst of 10,000 takes a third of
    them, and a server that is started anew would find its own port among them.
    """
    low, high = _below_clients()
    for _ in range(ATTEMPTS):
        port = random.randint(low, high)
        if port not in taken and _is_free(port):
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
