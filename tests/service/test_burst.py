"""The burst client against a small server in the same process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from lab import burst, samples
from lab.burst import ForeignAddressError
from lab.samples import Sample

OK = (
    b"HTTP/1.1 200 OK\r\nX-Worker-Pid: 4711\r\nserver-timing: upstream;dur=100.5, app;dur=1.5\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\nok"
)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[str]:
    """Run a server on a free port; yield its URL."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=256)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/io"


async def send(url: str, requests: int, timeout_s: float = 10.0) -> list[Sample]:
    return await burst.send(url, requests, target="flask-svc", route="io", timeout_s=timeout_s)


def test_all_requests_are_on_their_way_before_the_first_is_answered() -> None:
    """The server answers only after all 100 requests have arrived."""
    n = 100
    arrived = 0
    everybody = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        if arrived == n:
            everybody.set()
        await everybody.wait()
        writer.write(OK)
        await writer.drain()
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, n)

    sent = asyncio.run(scenario())

    assert arrived == n
    assert samples.failed(sent) == []
    departures = [each.sent_s for each in sent if each.sent_s is not None]
    assert len(departures) == n
    assert max(departures) < min(each.end_s for each in sent)
    assert samples.departure_spread_s(sent) == max(departures) - min(departures)
    assert samples.makespan_s(sent) >= max(departures)


def test_a_sample_holds_what_the_service_said_of_itself() -> None:
    """Worker PID and times come from headers in any case; times are in seconds."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, 1)

    [sample] = asyncio.run(scenario())

    assert (sample.target, sample.route, sample.status) == ("flask-svc", "io", 200)
    assert (sample.worker_pid, sample.upstream_s, sample.app_s) == (4711, 0.1005, 0.0015)
    assert sample.error == ""
    assert sample.latency_s > 0


def test_a_refused_connection_is_a_failed_sample_with_a_sentence() -> None:
    """No exception: a service that is down is a measurement too."""

    async def scenario() -> list[Sample]:
        async with listening(_never) as url:
            pass
        return await send(url, 3)

    sent = asyncio.run(scenario())

    assert [each.status for each in sent] == [0, 0, 0]
    assert all(each.error.startswith("no connection: ") for each in sent)
    assert {each.sent_s for each in sent} == {None}
    assert samples.makespan_s(sent) > 0


def test_a_lost_connection_fails_and_nothing_is_sent_again() -> None:
    """Three requests stay three, although HTTP allows a client to repeat a lost GET."""
    arrived = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, 3)

    sent = asyncio.run(scenario())

    assert arrived == 3
    assert all(each.error.startswith("connection lost: ") for each in sent)


def test_half_an_answer_is_a_failure() -> None:
    """The sample keeps the status and has an error."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK[:-1])
        await writer.drain()
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, 1)

    [sample] = asyncio.run(scenario())

    assert sample.status == 200
    assert sample.error.startswith("connection lost: ")


def test_an_answer_with_another_status_fails_and_is_quoted() -> None:
    """The error quotes the service's body, because it says more than the status."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"error": "upstream_timeout",\n "detail": "no answer in 65 s"}'
        head = b"HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\nContent-Length: "
        writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, 1)

    [sample] = asyncio.run(scenario())

    assert sample.status == 504
    assert sample.error == (
        'answered 504: {"error": "upstream_timeout", "detail": "no answer in 65 s"}'
    )


def test_a_redirect_is_not_followed() -> None:
    """A redirect could lead out of the lab."""
    arrived = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        writer.close()

    async def scenario() -> list[Sample]:
        async with listening(handle) as url:
            return await send(url, 1)

    [sample] = asyncio.run(scenario())

    assert arrived == 1
    assert sample.error.startswith("answered 302")


def test_a_request_without_an_answer_is_given_up() -> None:
    """The error names the timeout."""

    async def scenario() -> list[Sample]:
        async with listening(_never) as url:
            return await send(url, 2, timeout_s=0.2)

    sent = asyncio.run(scenario())

    assert [(each.status, each.error) for each in sent] == [(0, "no answer in 0.2 s")] * 2


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/io",
        "http://10.0.0.1:8001/io",
        "http://0.0.0.0:8001/io",
        "http://flask-svc.example.org/io",
        "http://flask-svc@example.org/io",
        "http://127.0.0.1.example.org/io",
        "https://127.0.0.1/io",
        "http://lab-exp-1.example.org/io",
        "http://somebody@127.0.0.1:8001/io",
        "http://127.0.0.1:port/io",
        "http://[::1/io",
        "http://127.0.0.1:8001/io HTTP/1.1",
        "http://127.0.0.1:8001/io\r\nX-More: 1",
        "file:///etc/hosts",
        "/io",
        "",
    ],
)
def test_an_address_outside_the_lab_is_refused(url: str) -> None:
    """The URL alone decides, before anything is sent."""
    with pytest.raises(ForeignAddressError, match="expected http:// and a loopback address"):
        asyncio.run(send(url, 1))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001/io",
        "http://127.9.9.9:1/",
        "http://[::1]:8001/io",
        "http://localhost:8001/io",
        "http://flask-svc:8001/io",
        "http://fastapi-solo:8021/io",
        "http://mock-upstream:8003/call",
        "http://lab-exp-4711-own-40:8000/io",
    ],
)
def test_the_labs_own_addresses_are_allowed(url: str) -> None:
    """Loopback addresses, and the names of containers."""
    burst.refuse_foreign(url)


def test_the_time_allowed_is_far_above_the_prediction() -> None:
    """For 25 s predicted: 10 + 3 * 25 = 85 s."""
    assert burst.timeout_s(25.0) == 85.0


async def _never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read everything, answer nothing, close with the client."""
    await reader.read()
    writer.close()
