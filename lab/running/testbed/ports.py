"""Free ports for local servers."""

import atexit
import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

from lab.running.testbed.problems import TestbedError

LOW = 20_000
HIGH = 32_767
ATTEMPTS = 200
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


_held = ExitStack()
"""UDP sockets on the chosen port numbers; other processes of the lab see them as reservations.

A server binds its TCP port a second after the choice, and another process may choose meanwhile.
"""
atexit.register(_held.close)


def free_port(*, also_above: int = 0) -> int:
    """Choose a port of 127.0.0.1 without a listener and not reserved by a process of the lab.

    With `also_above` the port that is so much above it is free and reserved as well.

    The port is below the kernel's range for clients: a burst of 10,000 takes a third of that range,
    and a restarted server would find its own port taken. The reservation lasts as long as this
    process. Raises TestbedError where no port is free.
    """
    low, high = _below_clients()
    for _ in range(ATTEMPTS):
        # Random, so that two runs at the same time rarely try the same port.
        port = random.randint(low, high - also_above)
        if all(_is_free(each) and _is_ours(each) for each in {port, port + also_above}):
            return port
    raise TestbedError(
        f"no free port between {low} and {high} on 127.0.0.1: stop what listens there"
    )


def _below_clients() -> tuple[int, int]:
    try:
        begin = int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return LOW, HIGH
    # Below the ephemeral range, see free_port.
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
        # A UDP socket does not disturb a TCP server on the same port number.
        note.bind(("127.0.0.1", port))
        _held.callback(note.close)
        return True
    note.close()
    return False
