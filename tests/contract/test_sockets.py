"""WebSockets over real servers: what they say, what they hold, and how they end."""

import base64
import json
import select
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_to

from lab.targets import TARGETS
from lab.targets import target as target_named

BOTH_RUNTIMES = True

NAMES = [target.name for target in TARGETS if target.has("ws")]
THREADED = ["flask-svc", "flask-gthread", "flask-gevent"]
MAX_BYTES = 65536
SELDOM = "/ws?every_ms=10000"
OFTEN = "/ws?every_ms=10"
BAD = [
    ("9", "Input should be greater than or equal to 10"),
    ("10001", "Input should be less than or equal to 10000"),
    ("-100", "Input should be greater than or equal to 10"),
    ("x", "Input should be a valid integer, unable to parse string as an integer"),
    ("", "Input should be a valid integer, unable to parse string as an integer"),
]
HANDSHAKE = {
    "Host": "lab",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}
TEXT, CLOSE, PING = 0x1, 0x8, 0x9
# What a handshake may lack, or have wrong.
HALF = [
    ("Sec-WebSocket-Key", None),
    ("Sec-WebSocket-Version", None),
    ("Sec-WebSocket-Version", "12"),
]


@contextmanager
def talking(url: str, path: str = SELDOM, **options: object) -> Iterator[ClientConnection]:
    """A WebSocket that is open; it answers pings."""
    address = url.rstrip("/").replace("http", "ws", 1) + path
    patience = {"open_timeout": 30, "close_timeout": 1, "ping_interval": None}
    with connect_to(address, proxy=None, **patience | options) as websocket:
        yield websocket


def hear(websocket: ClientConnection) -> dict[str, object]:
    """The next message."""
    return json.loads(websocket.recv(timeout=30))


def refused(url: str, path: str = SELDOM) -> tuple[int, dict[str, object]]:
    """Status and body of an answer in the place of a handshake."""
    with pytest.raises(InvalidStatus) as caught, talking(url, path):
        pass
    answer = caught.value.response
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, json.loads(answer.body)


def closed_with(websocket: ClientConnection) -> int | None:
    """The code in the server's closing frame, after whatever else it sends; None without one."""
    while True:
        try:
            websocket.recv(timeout=30)
        except ConnectionClosed as closed:
            return closed.rcvd and closed.rcvd.code


def open_raw(url: str, path: str = SELDOM) -> socket.socket:
    """A WebSocket whose client does nothing by itself: neither reads nor answers pings."""
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port), timeout=30)
    headers = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
    heard = b""
    while not heard.endswith(b"\r\n\r\n"):
        heard += connection.recv(1)
    assert heard.startswith(b"HTTP/1.1 101 "), heard
    return connection


def frame(kind: int, content: bytes) -> bytes:
    """One frame as a client sends it, masked with zeros."""
    length = len(content)
    short = bytes([0x80 | kind, 0x80 | (length if length < 126 else 126)])
    return short + (b"" if length < 126 else struct.pack("!H", length)) + bytes(4) + content


def ask(url: str) -> socket.socket:
    """A connection with a request on it, whose answer has not been read."""
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port), timeout=30)
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
    return connection


def is_answered(connection: socket.socket, *, within_s: float) -> bool:
    """Whether something arrives so soon."""
    return bool(select.select([connection], [], [], within_s)[0])


@pytest.fixture(params=NAMES)
def url(request, start_target) -> str:
    """The address of each target that has WebSockets, in turn."""
    return str(start_target(request.param).base_url)


def test_the_first_tick_comes_at_once_and_the_others_count_up(url):
    """All from one worker."""
    with talking(url, OFTEN) as websocket:
        ticks = [hear(websocket) for _ in range(5)]

    assert [tick["tick"] for tick in ticks] == [0, 1, 2, 3, 4]
    assert len({tick["pid"] for tick in ticks}) == 1


@pytest.mark.parametrize(
    "text", ["hello", "", "żółw \N{TURTLE} \0", '{"tick": 7}', "x" * MAX_BYTES]
)
def test_a_text_comes_back_between_two_ticks(url, text):
    """Whatever text it is, and long before the second tick is due."""
    with talking(url) as websocket:
        assert hear(websocket)["tick"] == 0
        websocket.send(text)
        assert hear(websocket) == {"echo": text}


def test_a_text_in_fragments_comes_back_whole(url):
    """Its parts are one message."""
    with talking(url) as websocket:
        hear(websocket)
        websocket.send(["one", "", "two"])
        assert hear(websocket) == {"echo": "onetwo"}


def test_texts_and_ticks_each_keep_their_order(url):
    """However often it ticks in between."""
    with talking(url, OFTEN) as websocket:
        for number in range(100):
            websocket.send(str(number))
        heard = []
        while {"echo": "99"} not in heard:
            heard.append(hear(websocket))

    assert [each["echo"] for each in heard if "echo" in each] == [str(n) for n in range(100)]
    ticks = [each["tick"] for each in heard if "tick" in each]
    assert ticks == list(range(len(ticks)))


def test_a_late_reader_gets_every_message_whole(url, runtime):
    """Echoes and ticks that had to wait in full buffers are not cut, nor mixed."""
    texts = [f"{number}-" * 10_000 for number in range(1000, 1300)]
    with open_raw(url, OFTEN) as connection:
        everything = b"".join(frame(TEXT, text.encode()) for text in texts)
        sending = threading.Thread(target=connection.sendall, args=[everything])
        sending.start()
        sending.join(timeout=1)
        # It waits for the server, and that for a reader; what stands before a container
        # takes all of it by itself.
        assert sending.is_alive() or runtime == "docker"
        reader = connection.makefile("rb")
        echoes = []
        while len(echoes) < len(texts):
            message = read_text(reader)
            if "echo" in message:
                echoes.append(message["echo"])
        sending.join()

    assert echoes == texts


def read_text(reader: BinaryIO) -> dict[str, object]:
    """The next text in a server's frames."""
    while True:
        kind, length = reader.read(2)
        if length > 125:
            assert length == 126, length
            [length] = struct.unpack("!H", reader.read(2))
        content = reader.read(length)
        if kind == 0x80 | TEXT:
            return json.loads(content)
        assert kind == 0x80 | PING, (kind, content[:100])


@pytest.mark.parametrize(("value", "problem"), BAD)
def test_a_bad_interval_is_refused_before_the_handshake(url, value, problem):
    """400 and the common body."""
    assert refused(url, f"/ws?every_ms={value}") == (
        400,
        {
            "error": "bad_request",
            "detail": f"every_ms: {problem}",
            "fields": [{"field": "every_ms", "problem": problem}],
        },
    )


def test_a_binary_message_ends_it(url):
    """1003: unsupported data."""
    with talking(url) as websocket:
        websocket.send(b"bytes")
        assert closed_with(websocket) == 1003


@pytest.mark.parametrize("message", ["x" * (MAX_BYTES + 1), ["x" * MAX_BYTES, "x"]])
def test_a_message_of_too_many_bytes_ends_it(url, message):
    """1009, in one frame or in several; maybe before the client has sent the last of them."""
    with talking(url) as websocket:
        with suppress(ConnectionClosed):
            websocket.send(message)
        assert closed_with(websocket) == 1009


def test_a_client_that_closes_hears_that_the_server_has(url):
    """Its closing frame is answered, every time, before the connection ends."""
    for _ in range(100):
        with open_raw(url, OFTEN) as connection:
            connection.sendall(frame(CLOSE, struct.pack("!H", 1000)))
            heard = b""
            while part := connection.recv(65536):
                heard += part
        assert heard.endswith(bytes([0x80 | CLOSE, 2]) + struct.pack("!H", 1000)), heard


@pytest.mark.parametrize("name", [target.name for target in TARGETS])
def test_a_request_without_an_upgrade_is_refused(start_target, name):
    """4xx and the common body: Flask calls it a bad request, FastAPI finds no such route."""
    client = start_target(name)
    answer = client.get("/ws")

    of_framework = {"flask": (400, "bad_request"), "fastapi": (404, "not_found")}
    word = of_framework[target_named(name).framework]
    assert (answer.status_code, answer.json()["error"]) == word
    assert set(answer.json()) == {"error", "detail"}


@pytest.mark.parametrize(
    ("path", "status", "error", "allow"),
    [
        ("/io", 400, "bad_request", None),
        ("/nowhere", 404, "not_found", None),
        ("/jobs", 405, "method_not_allowed", {"OPTIONS", "POST"}),
    ],
)
def test_a_handshake_elsewhere_is_answered_in_its_place(twin, path, status, error, allow):
    """As any other request that is refused: with the common body, on both services."""
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = twin.get(path, headers=handshake)

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"error", "detail"}
    assert allow is None or set(answer.headers["Allow"].split(", ")) == allow


@pytest.mark.parametrize("name", NAMES)
def test_half_a_handshake_is_refused(serve, name):
    """400; the body is ours on Flask, while uvicorn answers before FastAPI is asked."""
    program = serve(name)
    for header, value in HALF:
        headers = HANDSHAKE | {header: value}
        sent = {name: value for name, value in headers.items() if value is not None}
        answer = httpx.get(program.url + SELDOM, headers=sent)

        assert answer.status_code == 400, (header, value)
        if name in THREADED:
            assert answer.json()["error"] == "bad_request"


@pytest.mark.parametrize("name", ["flask-asgi", "flask-granian"])
def test_without_gunicorn_flask_has_none(start_target, name):
    """501 and the common body, as /server says before anybody tries."""
    client = start_target(name)

    status, body = refused(str(client.base_url))
    assert (status, body["error"]) == (501, "not_implemented")
    assert "WebSocket" in client.get("/server").json()["broken_routes"]["ws"]


@pytest.mark.parametrize(("name", "status"), [("fastapi-granian", 404), ("starlette-svc", 403)])
def test_where_there_are_none_a_handshake_is_refused(start_target, name, status):
    """To granian without WebSockets it is a GET; Starlette has its own answer. /server says why."""
    client = start_target(name)

    assert client.get(SELDOM, headers=HANDSHAKE).status_code == status
    assert client.get("/server").json()["broken_routes"]["ws"]


def test_every_other_target_has_them(url):
    """What /server calls broken is broken, and nothing else."""
    assert "ws" not in httpx.get(url.rstrip("/") + "/server").json()["broken_routes"]


@pytest.mark.parametrize("name", ["flask-gthread", "flask-gevent", "fastapi-svc"])
def test_a_worker_holds_no_more_than_it_may(serve, eventually, name):
    """SOCKETS=2: the third gets 503 before its handshake, until one of the two has ended."""
    program = serve(name, SOCKETS="2", FLASK_WORKERS="1", FASTAPI_WORKERS="1")
    with talking(program.url) as first, talking(program.url) as second:
        hear(first)
        hear(second)
        status, body = refused(program.url)
        assert (status, body["error"]) == (503, "too_many_sockets")
        assert "SOCKETS=2" in body["detail"]
        assert set(body) == {"error", "detail"}

    eventually(lambda: opens(program.url), "a place for another")


def test_what_is_refused_takes_no_place(serve_one):
    """Neither a bad parameter nor half a handshake is counted."""
    for name in ("flask-svc", "fastapi-svc"):
        program = serve_one(name, SOCKETS="1")
        for _ in range(3):
            refused(program.url, "/ws?every_ms=1")
            httpx.get(program.url + SELDOM, headers=HANDSHAKE | {"Sec-WebSocket-Version": "12"})
        assert opens(program.url)


def opens(url: str) -> bool:
    """Whether there is a place for a WebSocket."""
    try:
        with talking(url) as websocket:
            return hear(websocket)["tick"] == 0
    except InvalidStatus as refusal:
        if refusal.response.status_code != 503:
            raise
        return False


@pytest.mark.parametrize("name", ["flask-svc", "flask-gthread"])
def test_open_sockets_hold_every_slot(serve, name):
    """As many as /server says; a request then waits, and is answered when one of them ends."""
    program = serve(name, FLASK_WORKERS="4")
    slots = httpx.get(program.url + "/server").json()["slots"]["ws"]
    assert slots == {"flask-svc": 4, "flask-gthread": 100}[name]
    with ExitStack() as stack:
        sockets = [stack.enter_context(talking(program.url)) for _ in range(slots)]
        assert len({hear(websocket)["pid"] for websocket in sockets}) == 4
        with ask(program.url) as waiting:
            assert not is_answered(waiting, within_s=1)
            sockets[0].close()
            assert is_answered(waiting, within_s=30)
            assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("name", ["flask-gevent", "fastapi-svc", "fastapi-solo"])
def test_a_hundred_open_sockets_hold_nobody_up(serve, name):
    """A request is answered while they are open, and each of them too."""
    program = serve(name)
    with ExitStack() as stack:
        sockets = [stack.enter_context(talking(program.url)) for _ in range(100)]
        assert httpx.get(program.url + "/healthz", timeout=30).status_code == 200
        for number, websocket in enumerate(sockets):
            assert hear(websocket)["tick"] == 0
            websocket.send(str(number))
            assert hear(websocket) == {"echo": str(number)}


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_answers_no_ping_is_gone(serve_one, eventually, name):
    """After two intervals the server closes, and the place is free."""
    program = serve_one(name, SOCKETS="1", SOCKET_PING_S="1")
    with open_raw(program.url) as silent:
        eventually(lambda: frees(program.url), "a place after the one that is silent")
        while silent.recv(65536):
            pass  # what it had not read, and then the end


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_answers_pings_stays(serve_one, name):
    """However long it has nothing to say."""
    program = serve_one(name, SOCKET_PING_S="0.5")
    with talking(program.url, "/ws?every_ms=3000") as websocket:
        assert [hear(websocket)["tick"] for _ in range(2)] == [0, 1]
        websocket.send("still here")
        assert hear(websocket) == {"echo": "still here"}


@pytest.mark.parametrize("path", [SELDOM, OFTEN])
@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_does_not_read_is_gone(serve_one, eventually, name, path):
    """It fills every buffer on the way with echoes: the server does not wait for ever."""
    program = serve_one(name, SOCKETS="1", SOCKET_PING_S="1")
    with open_raw(program.url, path) as stalled:
        with suppress(OSError):  # nothing more fits, or the server has closed
            stalled.settimeout(1)
            while True:
                stalled.sendall(frame(TEXT, b"x" * 60_000))
        eventually(lambda: frees(program.url), "a place after the one that does not read")


@pytest.mark.parametrize("name", NAMES)
def test_echoes_do_not_pile_up(serve_one, name):
    """What a client sends without reading waits in its own buffers, not in the worker's memory."""
    program = serve_one(name)
    before_bytes = rss_bytes(program)
    sent_bytes = 0
    with open_raw(program.url) as stalled:
        with suppress(TimeoutError):
            stalled.settimeout(1)
            while sent_bytes < 300_000_000:
                stalled.sendall(frame(TEXT, b"x" * 60_000))
                sent_bytes += 60_000
        assert rss_bytes(program) - before_bytes < 30_000_000


def rss_bytes(program) -> int:
    """Memory of a program and its workers."""
    main = psutil.Process(program.process.pid)
    return sum(each.memory_info().rss for each in (main, *main.children(recursive=True)))


def frees(url: str) -> bool:
    """Whether there is a place, asked by a client that does not wait for a slot."""
    try:
        with talking(url, open_timeout=1) as websocket:
            return hear(websocket)["tick"] == 0
    except (TimeoutError, InvalidStatus):
        return False


@pytest.mark.parametrize("name", NAMES)
def test_clients_that_vanish_are_no_error(serve, eventually, name):
    """With a farewell or without, in the middle of ticks: no place is lost, no word is logged."""
    program = serve(name, SOCKETS="3", FLASK_WORKERS="1", FASTAPI_WORKERS="1")
    for number in range(60):
        eventually(lambda: opens(program.url), "a place")
        connection = open_raw(program.url, OFTEN)
        if number % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if number % 3:
            connection.sendall(frame(TEXT, b"and away"))
        connection.close()
    eventually(lambda: opens(program.url), "a place in the end")


def test_gunicorn_goes_on_counting_its_connections(serve, eventually):
    """After many WebSockets, a worker still takes no more connections than it has threads."""
    two = {"FLASK_WORKERS": "2", "FLASK_THREADS": "2", "FLASK_CONNECTIONS": "2"}
    program = serve("flask-gthread", **two)
    for _ in range(20):
        with talking(program.url) as websocket:
            hear(websocket)
        open_raw(program.url).close()
    with ExitStack() as stack:
        sockets = [stack.enter_context(talking(program.url)) for _ in range(4)]
        for websocket in sockets:
            hear(websocket)
        waiting = [stack.enter_context(ask(program.url)) for _ in range(8)]
        assert not is_answered(waiting[-1], within_s=1)
        workers = psutil.Process(program.process.pid).children()
        assert [len(established(worker, program.url)) for worker in workers] == [2, 2]
        sockets[0].close()
        for connection in waiting:
            assert is_answered(connection, within_s=30)
            connection.close()


def established(worker: psutil.Process, url: str) -> list[object]:
    """Connections of a worker to its clients."""
    port = httpx.URL(url).port
    return [
        each
        for each in worker.net_connections(kind="tcp")
        if each.laddr.port == port and each.status == psutil.CONN_ESTABLISHED
    ]


@pytest.mark.parametrize("name", NAMES)
def test_sigterm_ends_open_sockets(serve, name):
    """The event loop tells them with 1012; Flask's are cut off after SHUTDOWN_S."""
    program = serve(name, SHUTDOWN_S="2")
    with talking(program.url, OFTEN) as websocket:
        hear(websocket)
        program.process.send_signal(signal.SIGTERM)
        code = closed_with(websocket)

    assert code == (None if name in THREADED else 1012)
    # uvicorn without a supervisor passes the signal on to itself in the end.
    assert program.process.wait(timeout=30) in (0, -signal.SIGTERM)


SHORT = {"WORKER_TIMEOUT_S": "2", "UPSTREAM_TIMEOUT_S": "1"}


def test_a_sync_worker_is_killed_while_it_talks(serve_one):
    """It gives no sign of life: after WORKER_TIMEOUT_S another takes its place."""
    program = serve_one("flask-svc", **SHORT)
    with talking(program.url, OFTEN) as websocket:
        victim = hear(websocket)["pid"]
        assert closed_with(websocket) is None

    assert "WORKER TIMEOUT" in program.output()
    answer = httpx.get(program.url + "/healthz", timeout=30)
    assert int(answer.headers["X-Worker-Pid"]) != victim


@pytest.mark.parametrize("name", ["flask-gthread", "flask-gevent", "fastapi-svc"])
def test_other_workers_show_life_while_they_talk(serve_one, name):
    """The time-out passes twice, and the ticks go on."""
    program = serve_one(name, **SHORT)
    with talking(program.url, "/ws?every_ms=1000") as websocket:
        assert [hear(websocket)["tick"] for _ in range(6)] == [0, 1, 2, 3, 4, 5]
