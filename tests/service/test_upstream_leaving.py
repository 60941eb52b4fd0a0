"""Clients that leave the mock upstream before it has answered."""

import socket
import struct
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Connect = Callable[[httpx.Client], socket.socket]
Eventually = Callable[[Callable[[], object]], None]

WAIT = b"GET /delay/60 HTTP/1.1\r\nHost: x\r\n\r\n"


def close(client: socket.socket) -> None:
    client.close()


def shut_down_sending(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize("leave", [close, shut_down_sending, reset])
@pytest.mark.parametrize("behind", [0, 3, 500], ids=lambda count: f"{count} pipelined behind")
def test_a_client_that_leaves_frees_its_slot(
    upstream: httpx.Client,
    connect: Connect,
    eventually: Eventually,
    leave: Callable[[socket.socket], None],
    behind: int,
) -> None:
    """At once and not at the end of the wait, however much it had sent behind the request."""

    def tally() -> Any:
        return upstream.get("/stats").json()["all"]

    client = connect(upstream)
    client.sendall(WAIT * (1 + behind))
    eventually(lambda: tally()["in_flight"] == 1)
    leave(client)

    eventually(lambda: tally()["in_flight"] == 0)
    assert (tally()["cancelled"], tally()["served"], tally()["peak"]) == (1, 0, 1)


def test_a_wait_that_was_left_never_ends(
    upstream: httpx.Client, connect: Connect, eventually: Eventually
) -> None:
    """Its time comes and nothing happens; only the request that outlasts it is served."""
    client = connect(upstream)
    client.sendall(b"GET /delay/100ms HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] == 1)
    client.close()
    upstream.get("/delay/150ms")

    tally = upstream.get("/stats").json()["all"]
    assert (tally["cancelled"], tally["served"], tally["in_flight"]) == (1, 1, 0)


def test_many_clients_leave_together(
    upstream: httpx.Client, connect: Connect, eventually: Eventually
) -> None:
    """A hundred slots are freed, and the one who stayed is still held."""
    clients = [connect(upstream) for _ in range(101)]
    for client in clients:
        client.sendall(WAIT)
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] == 101)
    for client in clients[1:]:
        client.close()

    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] == 1)
    assert upstream.get("/stats").json()["all"]["cancelled"] == 100
