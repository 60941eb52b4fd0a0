"""One connection of the driver's, against servers that answer in every way HTTP knows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from lab.driver.connection import Connection
from lab.driver.endpoint import endpoint
from lab.driver.single import Asker

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

DEADLINE_S = 20.0
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[str]:
    """A server on a free port; its address."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/path?q=1"


async def open_asker(url: str, timeout_s: float = 10.0) -> Asker:
    return Asker(await endpoint(url), timeout_s)


def answered_with(*pieces: bytes) -> Connection:
    """What one request gives when the server answers with these pieces, and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)  # each in a packet of its own, as far as the kernel plays along
        writer.close()

    async def scenario() -> Connection:
        async with listening(handle) as url:
            asker = await open_asker(url)
            try:
                return await asker.ask("GET")
            finally:
                asker.close()

    return uvloop.run(scenario())


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",),
        (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 4\r\n\r", b"\nbo", b"dy"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n",
            b"2\r\ndy\r\n0\r\n\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody",),
        (b"HTTP/1.0 200 OK\r\n\r\nbody",),
    ],
    ids=["length", "in pieces", "chunked", "until it closes", "old"],
)
def test_every_way_to_end_an_answer_is_understood(pieces: tuple[bytes, ...]) -> None:
    """By length, by chunks, and by the end of the connection."""
    ended = answered_with(*pieces)

    assert (ended.status, ended.text, ended.error) == (200, "body", "")


@pytest.mark.parametrize(
    ("pieces", "status", "error"),
    [
        ((), 0, "connection lost: closed before the answer"),
        ((b"HTTP/1.1 200 OK\r\nContent-Le",), 0, "connection lost: closed before the answer"),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod",),
            200,
            "connection lost: closed within the answer",
        ),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n",),
            200,
            "connection lost: closed within the answer",
        ),
        ((b"SMTP ready\r\n\r\n",), 0, "no HTTP: "),
        ((b"HTTP/1.1 503 Busy\r\n\r\nall  slots\nbusy",), 503, "answered 503: all slots busy"),
    ],
)
def test_what_is_no_answer_in_full_has_a_sentence(
    pieces: tuple[bytes, ...], status: int, error: str
) -> None:
    """And the status, as far as one came."""
    ended = answered_with(*pieces)

    assert ended.status == status
    assert ended.error.startswith(error)


def test_other_good_answers_are_no_failures() -> None:
    """201 is what POST /users answers."""
    ended = answered_with(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    assert (ended.status, ended.error) == (201, "")


def test_the_request_is_written_as_it_should_be() -> None:
    """Host with its port, the query, a body of JSON with its length, and nothing of a browser's."""
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        heard.append(await reader.readexactly(8))
        writer.write(KEPT)
        writer.close()

    async def scenario() -> str:
        async with listening(handle) as url:
            asker = await open_asker(url)
            await asker.ask("POST", body={"a": 1}, headers={"X-More": "yes"})
            asker.close()
            return url

    url = uvloop.run(scenario())

    host = url.removeprefix("http://").removesuffix("/path?q=1")
    assert heard[0].decode().split("\r\n") == [
        "POST /path?q=1 HTTP/1.1",
        f"Host: {host}",
        "Accept: */*",
        "User-Agent: lab",
        "Content-Length: 8",
        "X-More: yes",
        "Content-Type: application/json",
        "",
        "",
    ]
    assert heard[1] == b'{"a": 1}'


def test_a_body_larger_than_the_kernel_takes_at_once_arrives_whole() -> None:
    """Four megabytes, to a server that begins to read late."""
    size = 4_000_000
    arrived: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        await reader.readuntil(b"\r\n\r\n")
        arrived.append(len(await reader.readexactly(size + 2)))
        writer.write(KEPT)
        writer.close()

    async def scenario() -> Connection:
        async with listening(handle) as url:
            asker = await open_asker(url)
            ended = await asker.ask("POST", body="x" * size)
            asker.close()
            return ended

    ended = uvloop.run(scenario())

    assert (arrived, ended.error) == ([size + 2], "")
    assert ended.sent_s is not None
    assert ended.start_s <= ended.sent_s <= ended.end_s


def test_a_kept_connection_carries_the_next_request_and_a_lost_one_does_not() -> None:
    """Three requests: one connection for the first two; the server ends it; another one."""
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(KEPT)
        writer.close()

    async def scenario() -> list[str]:
        async with listening(handle) as url:
            asker = await open_asker(url)
            kept = [await asker.ask("GET") for _ in range(2)]
            assert kept[0] is kept[1]
            async with asyncio.timeout(DEADLINE_S):
                while kept[1].is_ready:  # noqa: ASYNC110  # it has no event for that
                    await asyncio.sleep(0)
            errors = [kept[1].error, (await asker.ask("GET")).error]
            asker.close()
            return errors

    assert uvloop.run(scenario()) == ["", ""]
    assert connections == 2


def test_the_server_may_close_first() -> None:
    """Whoever closes first keeps the port for a minute, and the driver needs its ports."""
    first: list[str] = []
    closed = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        try:
            async with asyncio.timeout(0.2):
                await reader.read()
            first.append("client")
        except TimeoutError:
            first.append("server")
        writer.close()
        closed.set()

    async def scenario() -> None:
        async with listening(handle) as url:
            asker = await open_asker(url)
            await asker.ask("GET")
            async with asyncio.timeout(DEADLINE_S):
                await closed.wait()
            asker.close()

    uvloop.run(scenario())

    assert first == ["server"]


def test_a_name_without_an_address_is_a_failed_request() -> None:
    """A container that is gone takes its name along."""

    async def scenario() -> Connection:
        return await (await open_asker("http://lab-exp-0-nobody:8000/io")).ask("GET")

    ended = uvloop.run(scenario())

    assert ended.status == 0
    assert ended.error.startswith("no connection: lab-exp-0-nobody: ")
    assert ended.sent_s is None
