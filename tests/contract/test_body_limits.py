"""A body that is too big or too slow gets an answer, and holds nothing afterwards."""

import contextlib
import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse

import httpx
import pytest

from lab.targets import TARGETS
from lab.targets import target as target_named

ROUTE = "users"
MAX_BYTES = 65536
HASTY = {"BODY_TIMEOUT_S": "0.2"}
# granian lets no WSGI app interrupt a read.
WITHOUT_DEADLINE = ("flask-granian",)
PUNCTUAL = [each.name for each in TARGETS if each.has(ROUTE) and each.name not in WITHOUT_DEADLINE]
EVENT_LOOPS = ("flask-asgi", "fastapi-svc", "fastapi-solo", "fastapi-granian")
FRAMINGS = {
    "length": ("Content-Length: 1000", b"{", b" "),
    "chunked": ("Transfer-Encoding: chunked", b"1\r\n{\r\n", b"1\r\n \r\n"),
    "endless-size-of-a-chunk": ("Transfer-Encoding: chunked", b"0", b"0"),
}
USER = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "age": 36,
    "address": {"street": "St James's Square", "city": "London", "postcode": "1", "country": "GB"},
    "roles": ["admin"],
}


@pytest.fixture(scope="session")
def start_one_slot(start, settings_of) -> Callable[..., str]:
    """A function that starts a target with one worker and one slot, and returns its address."""

    def start_one_slot(name: str, **changed: str) -> str:
        target = target_named(name)
        prefix = target.framework.upper()
        one = {f"{prefix}_WORKERS": "1", f"{prefix}_THREADS": "1"}
        if name in ("flask-gevent", "flask-granian"):
            one["FLASK_CONNECTIONS"] = "1"
        title = "-".join(["one-slot", name, *changed.values()])
        settings = settings_of(target) | one | changed
        client = start(title, f"{target.framework}_svc", settings, keep=False)
        return str(client.base_url).rstrip("/")

    return start_one_slot


@pytest.fixture(params=PUNCTUAL)
def hasty_name(request: pytest.FixtureRequest) -> str:
    """Each target in turn that sets a body a deadline."""
    return request.param


@pytest.fixture
def hasty(hasty_name, start_one_slot) -> str:
    """It, with one slot, and with little patience for a body."""
    return start_one_slot(hasty_name, **HASTY)


@pytest.fixture
def connect() -> Iterator[Callable[[httpx.URL | str], socket.socket]]:
    """A function that opens a connection to an address; all are closed in the end."""
    opened = []

    def connect(address: httpx.URL | str) -> socket.socket:
        url = httpx.URL(address)
        opened.append(socket.create_connection((url.host, url.port), timeout=30))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def head(*headers: str) -> bytes:
    """The beginning of a request that creates a user."""
    lines = ["POST /users HTTP/1.1", "Host: lab", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def user_of(size: int) -> bytes:
    """A user in so many bytes."""
    return json.dumps(USER).encode().ljust(size)


def in_chunks(body: bytes) -> Iterator[bytes]:
    """A body whose length the client does not tell."""
    yield body[:-1]
    yield body[-1:]


def read_answer(connection: socket.socket) -> HTTPResponse:
    """The status and headers of the next answer on a connection."""
    answer = HTTPResponse(connection)
    answer.begin()
    return answer


def assert_refused(connection: socket.socket, status: int, word: str, limit: str) -> None:
    """The common form, a sentence that names the limit, and the connection closed."""
    answer = read_answer(connection)
    body = json.loads(answer.read())
    assert (answer.status, body["error"]) == (status, word)
    assert set(body) == {"error", "detail"}
    assert limit in body["detail"]
    assert answer.getheader("Content-Type") == "application/json"
    assert answer.getheader("Connection") == "close"
    assert answer.getheader("X-Worker-Pid").isdigit()
    assert "upstream;dur=" in answer.getheader("Server-Timing")
    assert is_closed(connection)


def assert_too_slow(connection: socket.socket) -> None:
    """408 names BODY_TIMEOUT_S."""
    limit = f"BODY_TIMEOUT_S={HASTY['BODY_TIMEOUT_S']} s"
    assert_refused(connection, 408, "request_timeout", limit)


def assert_too_large(connection: socket.socket) -> None:
    """413 names BODY_MAX_BYTES."""
    assert_refused(connection, 413, "content_too_large", f"BODY_MAX_BYTES={MAX_BYTES} bytes")


def is_closed(connection: socket.socket) -> bool:
    """Whether nothing more comes; a reset will do where this side was still sending."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def is_readable(connection: socket.socket, *, within_s: float = 0) -> bool:
    """Whether something has arrived on a connection."""
    return bool(select.select([connection], [], [], within_s)[0])


def pid_of(address: str) -> str:
    """The worker that answers, on a connection of its own."""
    answer = httpx.get(f"{address}/healthz", timeout=30, trust_env=False)
    assert answer.status_code == 200
    return answer.headers["X-Worker-Pid"]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_body_that_trickles_in_is_given_up_and_its_slot_goes_to_the_next(
    hasty, hasty_name, connect, framing
):
    """408 while it still sends; behind gunicorn, where it holds the slot, the next waits."""
    header, first, more = FRAMINGS[framing]
    slow, other = connect(hasty), connect(hasty)
    slow.sendall(head(header) + first)
    other.sendall(b"GET /json HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")

    until = time.monotonic() + 30
    while not is_readable(slow, within_s=0.05):
        assert time.monotonic() < until
        slow.sendall(more)
        if is_readable(other):  # then there must be a 408 already
            assert is_readable(slow) or hasty_name in EVENT_LOOPS

    assert read_answer(other).status == 200
    assert_too_slow(slow)


def test_behind_granian_a_wsgi_app_has_no_deadline_for_a_body(start_one_slot, connect):
    """The slow client keeps its thread as long as it likes, and the next gets it afterwards."""
    address = start_one_slot("flask-granian", **HASTY)
    slow, other = connect(address), connect(address)
    slow.sendall(head("Content-Length: 1000") + b"{")
    other.sendall(b"GET /json HTTP/1.1\r\nHost: lab\r\n\r\n")

    # Five times the deadline that the other targets keep.
    assert not is_readable(slow, within_s=1)
    assert not is_readable(other)
    slow.close()
    assert read_answer(other).status == 200


@pytest.mark.parametrize("name", ["flask-asgi", "fastapi-svc", "fastapi-granian"])
def test_behind_an_event_loop_a_slow_body_holds_no_slot(start_one_slot, connect, name):
    """Others are answered while it is under way, and it is in the end."""
    address = start_one_slot(name, BODY_TIMEOUT_S="60")
    body = user_of(1000)
    slow = connect(address)
    slow.sendall(head(f"Content-Length: {len(body)}") + body[:100])

    assert httpx.post(f"{address}/users", json=USER, trust_env=False).status_code == 201
    slow.sendall(body[100:])
    assert read_answer(slow).status == 201


def test_many_slow_bodies_do_no_lasting_harm(hasty, connect):
    """Twenty at once all get their 408, and the same worker is there for the next."""
    before = pid_of(hasty)
    slow = [connect(hasty) for _ in range(20)]
    for each in slow:
        each.sendall(head("Content-Length: 1000") + b"{")

    # The last first: were gunicorn to linger two seconds after each, it would come too late.
    for each in reversed(slow):
        assert_too_slow(each)
    assert pid_of(hasty) == before


def test_a_slow_view_is_no_slow_body(hasty, upstream, connect):
    """What counts is the body; and on the same connection the next request has its own time."""
    upstream.put("/behaviour", json={"delay_ms": 600})
    connection = connect(hasty)
    connection.sendall(b"GET /io HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\n\r\n{}")
    waited = read_answer(connection)

    assert (waited.status, len(json.loads(waited.read())["answers"])) == (200, 1)
    if not waited.will_close:  # a sync worker's always does
        connection.sendall(b"GET /json HTTP/1.1\r\nHost: lab\r\n\r\n")
        assert read_answer(connection).status == 200


def test_a_body_may_have_as_many_bytes_as_the_setting_says_and_no_more(any_target, target):
    """Whether or not its length is told beforehand, and on both of Flask's ways to make users."""
    paths = ["/users", "/manual/users"] if target.framework == "flask" else ["/users"]
    headers = {"Content-Type": "application/json"}

    for path in paths:
        for size, status in ((MAX_BYTES, 201), (MAX_BYTES + 1, 413)):
            for body in (user_of(size), in_chunks(user_of(size))):
                answer = any_target.post(path, content=body, headers=headers)
                assert answer.status_code == status, answer.text


def test_a_length_above_the_limit_is_refused_without_its_body(any_target, connect):
    """The answer comes before a single byte of the body is sent."""
    connection = connect(any_target.base_url)
    connection.sendall(head(f"Content-Length: {MAX_BYTES + 1}"))

    assert_too_large(connection)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_that_sends_on_learns_why_nobody_listens(any_target, connect, framing):
    """The 413 is there to read even where sending has failed."""
    connection = connect(any_target.base_url)
    with contextlib.suppress(ConnectionError):
        if framing == "length":
            connection.sendall(head("Content-Length: 10000000") + bytes(10_000_000))
        else:
            chunks = (b"2710\r\n" + bytes(10_000) + b"\r\n") * 1000
            connection.sendall(head("Transfer-Encoding: chunked") + chunks)

    assert_too_large(connection)


def test_a_client_can_go_on_after_a_refusal(any_target):
    """It is told that the connection is closed, and opens another."""
    large = any_target.post("/users", content=bytes(MAX_BYTES + 1))

    assert large.status_code == 413
    assert any_target.get("/json").status_code == 200


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(any_target, connect):
    """Nothing is made of a user whose blanks at the end are missing."""
    name = f"Half {time.monotonic_ns()}"
    body = json.dumps(USER | {"name": name}).encode()
    connection = connect(any_target.base_url)
    connection.sendall(head(f"Content-Length: {len(body) + 1}") + body)
    connection.shutdown(socket.SHUT_WR)

    first_line = connection.recv(1000).split(b"\r\n")[0]
    assert first_line == b"" or b" 400 " in first_line  # uvicorn just closes
    users = any_target.get("/users", params={"limit": 100}).json()["users"]
    assert name not in [user["name"] for user in users]


def test_chunks_that_are_not_well_formed_are_the_clients_fault(any_target, connect):
    """400, in the server's own words where it sees that before the app does."""
    connection = connect(any_target.base_url)
    connection.sendall(head("Transfer-Encoding: chunked") + b"no number\r\n")

    assert read_answer(connection).status == 400
    assert any_target.get("/json").status_code == 200
