"""Streams over real servers: what arrives when, whom they keep waiting, and who leaves early."""

import asyncio
import json
import socket
import struct

import httpx
import pytest

from lab import burst, lanes
from lab.targets import TARGETS

BOTH_RUNTIMES = True

ROUTE = "stream"
NAMES = [target.name for target in TARGETS if target.has(ROUTE)]
HOLDING = ["flask-svc", "flask-gthread", "flask-gevent", "flask-asgi", "flask-granian"]
# A minute and more, unless the service learns that nobody listens.
ENDLESS = "/stream?n=1000&every_ms=100"
STREAM_S = 1.5
BAD = [
    ("n", "0", "Input should be greater than or equal to 1"),
    ("n", "1001", "Input should be less than or equal to 1000"),
    ("n", "-1", "Input should be greater than or equal to 1"),
    ("n", "1.5", "Input should be a valid integer, unable to parse string as an integer"),
    ("n", "", "Input should be a valid integer, unable to parse string as an integer"),
    ("every_ms", "-1", "Input should be greater than or equal to 0"),
    ("every_ms", "10001", "Input should be less than or equal to 10000"),
    ("every_ms", "x", "Input should be a valid integer, unable to parse string as an integer"),
]


def open_stream(url: str, path: str) -> socket.socket:
    """A connection on which nothing but the first line of a stream has been read."""
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port), timeout=30)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: lab\r\n\r\n".encode())
    arrived = b""
    while b'"line":1,' not in arrived:
        part = connection.recv(65536)
        assert part, arrived
        arrived += part
    assert b'"line":2,' not in arrived
    return connection


def leave(connection: socket.socket, how: str) -> None:
    """Close it: with a farewell, or as a client that crashes."""
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_lines_come_in_order(any_target):
    """All n, numbered from 1, by the worker that the headers name, as JSON Lines."""
    answer = any_target.get("/stream", params={"n": 100, "every_ms": 0})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert answer.text.endswith("\n")
    pid = int(answer.headers["X-Worker-Pid"])
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [{"line": line, "of": 100, "pid": pid} for line in range(1, 101)]


def test_ten_lines_unless_told_otherwise(any_target):
    """And a stream of one line has no other to wait for."""
    assert len(any_target.get("/stream").text.splitlines()) == 10
    one = any_target.get("/stream", params={"n": 1, "every_ms": 10_000}).text
    assert json.loads(one)["of"] == 1


def test_the_first_line_does_not_wait_for_the_second(any_target):
    """It is there while the second is not; nothing on the way collects lines."""
    stream = open_stream(str(any_target.base_url), "/stream?n=2&every_ms=1500")

    with stream:
        rest = b""
        while b'"line":2,' not in rest:
            part = stream.recv(65536)
            assert part, rest
            rest += part


@pytest.mark.parametrize(("name", "value", "problem"), BAD)
def test_a_bad_parameter_is_refused_before_the_stream(twin, name, value, problem):
    """400 and the common body, with the parameter as the field."""
    answer = twin.get("/stream", params={name: value})

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "bad_request",
        "detail": f"{name}: {problem}",
        "fields": [{"field": name, "problem": problem}],
    }


def test_all_bad_parameters_are_named(twin):
    """In the order of the documentation, whatever their order in the address."""
    answer = twin.get("/stream", params={"every_ms": "x", "n": "0"})

    assert [each["field"] for each in answer.json()["fields"]] == ["n", "every_ms"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_holds_its_slot_until_it_ends(serve_one, name):
    """Flask answers the next request after the last line, FastAPI before the second."""
    program = serve_one(name)
    httpx.get(program.url + "/json")
    events = asyncio.run(stream_and_ask(program.url, lines=4))

    if name in HOLDING:
        # The stream's end and the answer may be read in either order.
        assert events.index("answer") >= events.index("line 4")
    else:
        assert events.index("answer") < events.index("line 2")
    assert [each for each in events if each != "answer"] == [f"line {i}" for i in range(1, 5)]


async def stream_and_ask(url: str, lines: int) -> list[str]:
    """What arrived in which order, where a request follows a stream's first line."""
    events = []
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def ask() -> None:
            assert (await client.get("/healthz")).status_code == 200
            events.append("answer")

        asking = None
        path = f"/stream?n={lines}&every_ms=500"
        # A connection that is kept holds a slot of some targets, too.
        async with client.stream("GET", path, headers={"Connection": "close"}) as stream:
            async for text in stream.aiter_lines():
                events.append(f"line {json.loads(text)['line']}")
                asking = asking or asyncio.create_task(ask())
        assert asking is not None
        await asking
    return events


def test_sixteen_streams_take_four_waves_on_four_workers(start_twin, eventually):
    """A sync worker does nothing else while it streams, not even while it waits."""
    client = start_twin("flask")
    # The server is healthy with its first worker; one that loads the app later misses waves.
    eventually(lambda: len(lanes.lanes(send_streams(client, 0.3))) == 4, "four workers")
    samples = send_streams(client)

    assert [lane.count for lane in lanes.lanes(samples)] == [4, 4, 4, 4]
    for position, sample in enumerate(sorted(samples, key=lambda each: each.end_s)):
        waves_before = position // 4
        assert sample.end_s >= (waves_before + 1) * STREAM_S


def test_sixteen_streams_take_one_wave_in_event_loops(start_twin):
    """All sixteen are under way at once, whatever worker accepted them."""
    client = start_twin("fastapi")
    send_streams(client, 0.3)  # a worker's first request takes longer
    samples = send_streams(client)

    assert all(STREAM_S <= sample.end_s < 2 * STREAM_S for sample in samples)


def send_streams(client: httpx.Client, stream_s: float = STREAM_S):
    """Sixteen streams at once."""
    url = f"{str(client.base_url).rstrip('/')}/stream?n=4&every_ms={stream_s * 1000 / 3:.0f}"
    samples = asyncio.run(burst.send(url, 16, target="", route="stream", timeout_s=60))
    assert [each.error for each in samples if each.error] == []
    return samples


@pytest.mark.parametrize("how", ["farewell", "reset"])
@pytest.mark.parametrize("name", ["flask-svc", "flask-gthread", "flask-gevent", "flask-granian"])
def test_a_client_that_leaves_frees_its_slot(serve_one, name, how):
    """The next line cannot be sent, and that is the end of the stream."""
    program = serve_one(name)
    leave(open_stream(program.url, ENDLESS), how)

    # Were the slot still held, this would take a minute longer than it may.
    assert httpx.get(program.url + "/healthz", timeout=30).status_code == 200


@pytest.mark.parametrize("how", ["farewell", "reset"])
@pytest.mark.parametrize("name", ["fastapi-svc", "fastapi-granian"])
def test_a_client_that_leaves_ends_the_coroutine(serve_one, eventually, tmp_path, name, how):
    """It is cancelled while it sleeps, or does not go on."""
    (tmp_path / "sitecustomize.py").write_text(
        "import asyncio, types\n"
        "import fastapi_svc.realtime as realtime\n"
        "async def sleep(seconds):\n"
        "    try:\n"
        "        await asyncio.sleep(seconds)\n"
        "    except BaseException as error:\n"
        "        print('sleep:', type(error).__name__, flush=True)\n"
        "        raise\n"
        "realtime.asyncio = types.SimpleNamespace(**vars(asyncio) | {'sleep': sleep})\n"
    )
    program = serve_one(name, PYTHONPATH=str(tmp_path))
    leave(open_stream(program.url, "/stream?n=1000&every_ms=10000"), how)

    eventually(lambda: "sleep: CancelledError" in program.output(), "a coroutine that ends")


def test_behind_asgi_a_client_that_leaves_frees_the_thread(serve_one):
    """The wrapper would let it go on to the stream's end, which is a hundred seconds away."""
    program = serve_one("flask-asgi")
    leave(open_stream(program.url, "/stream?n=1000&every_ms=100"), "farewell")

    assert httpx.get(program.url + "/healthz", timeout=50).status_code == 200


@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_nobody_hears_of_a_stream_that_ends_early(serve, eventually, framework):
    """A hundred clients that leave at once are no error, and all slots are free again."""
    program = serve(f"{framework}-svc")
    for how in ["farewell", "reset"] * 25:
        leave(open_stream(program.url, ENDLESS), how)

    samples = asyncio.run(
        burst.send(program.url + "/healthz", 16, target="", route="healthz", timeout_s=30)
    )
    assert [each.error for each in samples if each.error] == []


def test_a_sync_worker_is_killed_while_it_streams(run_target):
    """It gives no sign of life: after WORKER_TIMEOUT_S the stream breaks off; another serves."""
    short = {"WORKER_TIMEOUT_S": "2", "UPSTREAM_TIMEOUT_S": "1", "FLASK_WORKERS": "1"}
    program = run_target("flask-svc", **short)
    with httpx.stream("GET", program.url + ENDLESS, timeout=30) as stream:
        victim = stream.headers["X-Worker-Pid"]
        with pytest.raises(httpx.RemoteProtocolError):
            list(stream.iter_lines())

    answer = httpx.get(program.url + "/healthz", timeout=30)
    assert answer.headers["X-Worker-Pid"] != victim
    assert "WORKER TIMEOUT" in program.output()


@pytest.mark.parametrize(
    "name",
    ["flask-gthread", "flask-gevent", "flask-asgi", "flask-granian", "fastapi-svc"],
)
def test_other_workers_show_life_while_they_stream(serve_one, name):
    """The time-out passes twice, and every line arrives."""
    program = serve_one(name, WORKER_TIMEOUT_S="2", UPSTREAM_TIMEOUT_S="1")
    answer = httpx.get(program.url + "/stream?n=6&every_ms=1000", timeout=30)

    assert len(answer.text.splitlines()) == 6
