"""The mock upstream as an HTTP/1.1 server, byte by byte."""

import asyncio
import functools
import socket
import subprocess
from collections.abc import Callable

import httpx
import psutil
import pytest

from mock_upstream import connection
from mock_upstream.behaviour import Behaviour
from mock_upstream.dial import Dial
from mock_upstream.ledger import Ledger
from mock_upstream.routes import Routes
from mock_upstream.timeline import Timeline

Connect = Callable[[httpx.Client], socket.socket]
Start = Callable[..., tuple[subprocess.Popen[bytes], httpx.Client]]

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OK_BODY = b'{"status":"ok"}'
KIB = 1024


def rss_bytes(process: subprocess.Popen[bytes]) -> int:
    return int(psutil.Process(process.pid).memory_info().rss)


def read_to_end(client: socket.socket) -> bytes:
    """Return everything until the server closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def read_until(client: socket.socket, end: bytes) -> bytes:
    """Return everything up to the first `end`."""
    found = b""
    while end not in found:
        part = client.recv(65536)
        assert part, f"closed after {found!r}"
        found += part
    return found


def test_a_connection_is_used_again(upstream: httpx.Client, connect: Connect) -> None:
    """Keep-alive is HTTP/1.1's default and needs no header."""
    client = connect(upstream)
    for _ in range(3):
        client.sendall(HEALTH)
        answer = read_until(client, OK_BODY)
        assert b"Connection" not in answer
        assert answer.endswith(b"\r\n\r\n" + OK_BODY)


def test_a_connection_is_closed_when_asked(upstream: httpx.Client, connect: Connect) -> None:
    """The answer announces it; later requests on the connection are not answered."""
    client = connect(upstream)
    client.sendall(LAST + HEALTH)
    answer = read_to_end(client)

    assert b"\r\nConnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_http_1_0_closes_unless_it_asks_not_to(upstream: httpx.Client, connect: Connect) -> None:
    """HTTP/1.0 has the opposite default, so keep-alive needs a header."""
    client = connect(upstream)
    client.sendall(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"\r\nConnection: keep-alive\r\n" in read_until(client, OK_BODY)
    client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in read_to_end(client)


def test_pipelined_requests_are_answered_in_order(upstream: httpx.Client, connect: Connect) -> None:
    """A quick request waits for the slow one before it; the upstream holds one at a time."""
    client = connect(upstream)
    waits = [b"60ms", b"0", b"20ms"]
    requests = [b"GET /delay/%s HTTP/1.1\r\nHost: x\r\n\r\n" % wait for wait in waits]
    client.sendall(b"".join(requests) + LAST)
    answer = read_to_end(client)

    bodies = [b'{"delay_ms":60.0}', b'{"delay_ms":0.0}', b'{"delay_ms":20.0}', OK_BODY]
    places = [answer.index(body) for body in bodies]
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 4
    assert upstream.get("/stats").json()["all"]["peak"] == 1


def test_a_pipeline_of_quick_requests_may_be_long(upstream: httpx.Client, connect: Connect) -> None:
    """Requests that are answered at once do not pile up."""
    client = connect(upstream)
    client.sendall(HEALTH * 500 + LAST)

    assert read_to_end(client).count(OK_BODY) == 501


def test_a_pipeline_that_piles_up_is_refused(upstream: httpx.Client, connect: Connect) -> None:
    """The oldest 64 are answered, then a 400 gives the reason for the close."""
    client = connect(upstream)
    client.sendall(b"GET /delay/200ms HTTP/1.1\r\nHost: x\r\n\r\n" + HEALTH * 200)
    answer = read_to_end(client)

    assert answer.count(OK_BODY) == 64
    assert answer.count(b"HTTP/1.1 400 ") == 1
    assert b"more than 64 requests waiting on one connection" in answer


def test_a_request_may_come_byte_by_byte(upstream: httpx.Client, connect: Connect) -> None:
    """The boundaries of TCP segments make no difference."""
    client = connect(upstream)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n":
        client.sendall(bytes([byte]))
    for byte in b'{"delay_ms":3}':
        client.sendall(bytes([byte]))

    assert b'{"delay_ms":3.0,' in read_until(client, b"}")


def test_a_chunked_body_is_put_together(upstream: httpx.Client) -> None:
    """A client may change the dial without knowing the length in advance."""
    answer = upstream.put("/behaviour", content=iter([b'{"delay', b'_ms": 4', b"}"]))

    assert answer.json()["delay_ms"] == 4


def test_a_body_that_nobody_wants_is_read_past(upstream: httpx.Client, connect: Connect) -> None:
    """The next request on the connection begins where the unused body ends."""
    client = connect(upstream)
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n")
    client.sendall(b"GET /nowhere HTTP/" + LAST)

    assert read_to_end(client).count(b"HTTP/1.1 200 OK") == 2


def test_a_client_may_ask_before_it_sends_its_body(
    upstream: httpx.Client, connect: Connect
) -> None:
    """Expect: 100-continue gets an answer; without it curl waits for a second."""
    client = connect(upstream)
    head = b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n"
    client.sendall(head + b"Expect: 100-continue\r\n\r\n")
    assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b'{"delay_ms":3}')

    assert b"HTTP/1.1 200 OK" in read_until(client, b"}")


def test_an_upgrade_is_ignored(upstream: httpx.Client, connect: Connect) -> None:
    """The request is answered as HTTP/1.1, and the connection is closed."""
    client = connect(upstream)
    client.sendall(
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    )

    assert read_to_end(client).endswith(OK_BODY)


def test_a_whole_url_is_a_target_too(upstream: httpx.Client, connect: Connect) -> None:
    """Clients send an absolute URL where they take the server for a proxy."""
    client = connect(upstream)
    client.sendall(b"GET http://x/delay/0 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"HTTP/1.1 200 OK" in read_until(client, b"}")


CHUNKED = b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01", 400, id="TLS"),
        pytest.param(b"hello\r\n\r\n", 400, id="no HTTP"),
        pytest.param(b"GET /healthz\r\n\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2"),
        pytest.param(b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, id="CONNECT"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400, id="no colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, id="length"),
        pytest.param(CHUNKED + b"zz\r\n", 400, id="no chunk size"),
        pytest.param(
            b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            id="two lengths",
        ),
        pytest.param(b"GET /" + b"x" * 17 * KIB + b" HTTP/1.1\r\n", 431, id="long target"),
        pytest.param(HEALTH[:-2] + b"A: " + b"x" * 17 * KIB + b"\r\n\r\n", 431, id="long header"),
        pytest.param(HEALTH[:-2] + b"A: " + b"x" * 300 * KIB, 431, id="endless header"),
        pytest.param(HEALTH[:-2] + b"A: b\r\n" * 9 * KIB + b"\r\n", 431, id="many headers"),
        pytest.param(
            b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n",
            413,
            id="long body announced",
        ),
        pytest.param(
            b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999999\r\n\r\n",
            413,
            id="huge body announced",
        ),
        pytest.param(
            CHUNKED + b"10000\r\n" + b"x" * 64 * KIB + b"\r\n1\r\nx\r\n",
            413,
            id="long body chunked",
        ),
        pytest.param(CHUNKED + b"1;" + b"x" * 200 * KIB, 413, id="endless chunk extension"),
        pytest.param(CHUNKED + b"0\r\nA: " + b"x" * 200 * KIB, 413, id="endless trailer"),
    ],
)
def test_what_is_no_usable_request_is_refused_and_the_connection_closed(
    upstream: httpx.Client, connect: Connect, request_bytes: bytes, status: int
) -> None:
    """The client gets the services' error body, although it was still sending."""
    client = connect(upstream)
    client.sendall(request_bytes)
    head, _, body = read_to_end(client).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close" in head
    assert b"\r\nContent-Type: application/json" in head
    assert body.startswith(b'{"error":"')
    assert b'"detail":"' in body


def test_a_body_of_the_largest_size_is_read(upstream: httpx.Client) -> None:
    """64 KiB are accepted, one byte more is not."""
    body = b'{"delay_ms": 6}'.ljust(64 * KIB)

    assert upstream.put("/behaviour", content=body).json()["delay_ms"] == 6
    assert upstream.put("/behaviour", content=body + b" ").status_code == 413


def test_a_malformed_request_behind_a_good_one_spoils_only_itself(
    upstream: httpx.Client, connect: Connect
) -> None:
    """The good request is answered first, after its delay."""
    client = connect(upstream)
    client.sendall(b"GET /delay/50ms HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
    answer = read_to_end(client)

    assert answer.index(b"HTTP/1.1 200 OK") < answer.index(b"HTTP/1.1 400 Bad Request")


def test_a_client_that_does_not_read_does_not_fill_the_memory(
    start_upstream: Start, connect: Connect
) -> None:
    """Its requests are dropped while its answers cannot be written; other clients are served."""
    process, upstream = start_upstream()
    before_bytes = rss_bytes(process)
    client = connect(upstream)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    for _ in range(1000):
        client.sendall(HEALTH * 1000)

    assert upstream.get("/healthz").status_code == 200
    assert rss_bytes(process) - before_bytes < 16 * KIB * KIB


def test_requests_that_each_come_in_time_may_go_on_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The deadline is per request, although each read ends in the middle of the next one."""
    monkeypatch.setattr(connection, "REQUEST_S", 0.3)
    one = b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\n"

    async def ask() -> bytes:
        async with await serving() as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(one[:9])
            for _ in range(20):
                await asyncio.sleep(0.03)
                writer.write(one[9:] + one[:9])
            writer.write(one[9:-2] + b"Connection: close\r\n\r\n")
            answers = await reader.read()
            writer.close()
            return answers

    assert asyncio.run(ask()).count(b"HTTP/1.1 200 ") == 21


async def serving() -> asyncio.Server:
    """An upstream in this process, on a free port."""
    ledger = Ledger()
    timeline = Timeline(ledger.in_flight, ledger.take_worst_late_ms, ledger.take_faults)
    routes = Routes(Dial(Behaviour(delay_ms=0)), ledger, timeline)
    connect = functools.partial(connection.Connection, routes, ledger, set())
    return await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)


PARTS = {
    "of the line": b"G",
    "of the head": b"GET /delay/1 HTTP/1.1\r\nHost: x\r\n",
    "of the body": b"PUT /behaviour HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    "of the second": b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\nGET",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_of_a_request_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    """A client may be silent between two requests, but not within one."""
    monkeypatch.setattr(connection, "REQUEST_S", 0.2)

    async def ask() -> tuple[bytes, bytes]:
        async with await serving() as server:
            host, port = server.sockets[0].getsockname()
            idle, idle_writer = await asyncio.open_connection(host, port)
            idle_writer.write(HEALTH)
            await idle.readuntil(OK_BODY)
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(part)
            answer = await reader.read()
            idle_writer.write(LAST)
            answers = answer, await idle.read()
            for each in (writer, idle_writer):
                each.close()
            return answers

    answer, answer_after_silence = asyncio.run(ask())

    *earlier, refusal = answer.split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in earlier] == ([b"200"] if b"/stats" in part else [])
    assert refusal.startswith(b"408 ")
    assert b"a request must come whole within 0.2 s" in refusal
    assert answer_after_silence.startswith(b"HTTP/1.1 200 ")
