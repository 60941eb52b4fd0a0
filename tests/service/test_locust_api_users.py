"""Users of the small API: chosen on the page or by name, counted, and right about what they get."""

import base64
import hashlib
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from programs import run_headless

pytestmark = pytest.mark.loads

PLAIN = {"FlaskSvc", "FastapiSvc"}
KINDS = ("Api", "Streams", "Sockets")

# Of conftest.py.
Lab = Any
State = dict[str, Any]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run; what a test starts is stopped after it."""
    yield shared_lab
    shared_lab.end()


def both(kind: str) -> list[str]:
    """The classes of a kind, of both targets."""
    return [f"{target}{kind}" for target in ("FlaskSvc", "FastapiSvc")]


def targets(state: State) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in state["targets"]}


def measured(state: State, target: str, *keys: str) -> tuple[Any, ...]:
    found = targets(state)[target]["measured"]
    return tuple(found[key] for key in keys)


def is_calm(state: State) -> bool:
    """Whether nothing is doubted: a busy machine may give a reason for some seconds."""
    return not any(each["limit"]["is_doubt"] for each in state["targets"])


def chosen(lab: Lab) -> set[str]:
    """The classes that the page begins with."""
    told = re.search(r"window.templateArgs = (\{.*\})", lab.page.get("/").text)
    assert told is not None
    return set(json.loads(told[1])["chosen_user_classes"])


def test_the_page_begins_with_the_plain_classes_and_then_with_the_last_ones(lab: Lab) -> None:
    """Whoever loads it, while the run lasts and after it; all of them can be chosen."""
    shown = lab.page.get("/").text
    for kind in ("", *KINDS):
        for name in both(kind):
            assert f'"{name}"' in shown
    assert chosen(lab) == PLAIN

    lab.begin(user_count=4, user_classes=["FlaskSvcApi", "FastapiSvc"])
    assert chosen(lab) == {"FlaskSvcApi", "FastapiSvc"}
    lab.stop()
    assert chosen(lab) == {"FlaskSvcApi", "FastapiSvc"}


@pytest.mark.parametrize("load", ["burst", "open"])
@pytest.mark.parametrize("names", [["FlaskSvcSockets"], ["FastapiSvc", "FlaskSvcSockets"]])
def test_a_schedule_is_for_plain_classes(lab: Lab, load: str, names: list[str]) -> None:
    """Refused where a run would begin, with what would do."""
    form = {"user_count": 4, "spawn_rate": 4, "user_classes": names, "load": load}
    said = lab.page.post("/swarm", data=form).json()

    assert said == {
        "success": False,
        "message": f"load='{load}': FlaskSvcSockets cannot be scheduled: "
        "expected one of closed, steps, or the plain classes alone.",
    }
    assert lab.state()["run"]["state"] in ("ready", "stopped")


def test_what_belongs_to_a_run_by_schedule_may_still_be_edited(lab: Lab) -> None:
    """The page posts all classes then, which means those that run."""
    every = [name for kind in ("", *KINDS) for name in both(kind)]
    lab.begin(load="open", arrival_rate=20, user_classes=["FastapiSvc"])
    lab.edit(load="open", arrival_rate=30, user_classes=every)

    lab.when(lambda state: state["run"]["options"]["arrival_rate"] == 30, "another rate")
    assert chosen(lab) == {"FastapiSvc"}


def test_websockets_hold_all_slots_of_threads_and_none_of_a_loop(lab: Lab) -> None:
    """Four of ten are open on one side and the others wait, all ten on the other."""
    lab.begin(user_count=20, user_classes=both("Sockets"))
    keys = ("in_flight", "busy", "queue", "sockets")
    state = lab.when(
        lambda state: (
            measured(state, "flask-svc", *keys) == (10, 4, 6, 4)
            and measured(state, "fastapi-svc", *keys) == (10, 10, 0, 10)
            and is_calm(state)
        ),
        "open WebSockets",
    )

    flask, fastapi = targets(state)["flask-svc"], targets(state)["fastapi-svc"]
    assert (flask["route"], flask["slots"], flask["users"]) == ("ws", 4, 10)
    assert flask["limit"]["kind"] == "held"
    assert flask["limit"]["sentence"] == "4 WebSockets hold all 4 slots: nothing else is served"
    assert (fastapi["route"], fastapi["slots"]) == ("ws", None)
    assert fastapi["limit"]["sentence"] == "no slot limit: 10 WebSockets open"
    assert flask["predicted"] == pytest.approx({"throughput_rps": 0.4, "response_s": 25.0})
    assert fastapi["predicted"] == pytest.approx({"throughput_rps": 1.0, "response_s": 10.0})
    # The next four are let in when the first are closed.
    ended = lab.when(lambda state: measured(state, "flask-svc", "answered") >= (4,), "four ended")
    later = lab.when(lambda state: state["at_s"] > ended["now_s"] + 1, "a second later")
    assert measured(later, "flask-svc", *keys) == (10, 4, 6, 4)
    assert measured(later, "fastapi-svc", *keys) == (10, 10, 0, 10)


def test_stop_does_not_wait_for_a_websocket_to_end(lab: Lab) -> None:
    """Nothing of it is left: all are closed, counted, and none is a failure."""
    lab.begin(user_count=20, user_classes=both("Sockets"))
    lab.when(
        lambda state: measured(state, "flask-svc", "sockets") == (4,), "open WebSockets of Flask"
    )
    state = lab.stop()

    ended_s = state["now_s"] - state["run"]["began_s"]
    # Ten seconds each, ten on four slots: three rounds would be 30 s.
    assert ended_s < 20
    rows = lab.rows()
    for target in ("flask-svc", "fastapi-svc"):
        assert measured(state, target, "answered", "failed") == (10, 0)
        assert rows[f"{target} /ws"] == rows[f"{target} /ws open"] == (10, 0)
        echoes, failures = rows[f"{target} /ws echo"]
        assert echoes > 0
        assert failures == 0
    # No slot stays busy: the next run is served at once.
    lab.begin(user_count=8, user_classes=both(""))
    lab.when(lambda state: measured(state, "flask-svc", "answered") > (4,), "answers of Flask")


def test_websockets_keep_plain_users_waiting_on_threads_and_not_on_a_loop(lab: Lab) -> None:
    """Of a mix theory says nothing, and the sentence says who has the slots."""
    lab.begin(user_count=40, user_classes=both("") + both("Sockets"))
    state = lab.when(
        lambda state: (
            measured(state, "flask-svc", "in_flight", "queue", "sockets") == (20, 16, 4)
            and measured(state, "fastapi-svc", "sockets") == (10,)
            and is_calm(state)
        ),
        "slots full of WebSockets",
    )

    flask, fastapi = targets(state)["flask-svc"], targets(state)["fastapi-svc"]
    assert (flask["route"], fastapi["route"]) == ("io + ws", "async-io + ws")
    assert (flask["users"], flask["slots"], fastapi["slots"]) == (20, 4, None)
    for target in (flask, fastapi):
        assert target["predicted"] == {"throughput_rps": None, "response_s": None}
    assert flask["limit"]["sentence"] == "4 WebSockets hold all 4 slots: nothing else is served"
    answered = measured(state, "fastapi-svc", "answered")
    lab.when(
        lambda state: measured(state, "fastapi-svc", "answered") > (answered[0] + 100,),
        "answers of FastAPI meanwhile",
    )


def test_streams_take_a_slot_from_the_first_line_to_the_last(lab: Lab) -> None:
    """Four at a time on four slots, as many as there are users on a loop."""
    lab.begin(user_count=24, user_classes=both("Streams"))
    state = lab.when(
        lambda state: (
            measured(state, "flask-svc", "busy", "queue", "streams") == (4, 8, 4)
            and measured(state, "fastapi-svc", "busy", "streams") == (12, 12)
            and (targets(state)["flask-svc"]["measured"]["throughput_rps"] or 0) > 3.5
            and is_calm(state)
        ),
        "streams on all slots",
    )

    flask, fastapi = targets(state)["flask-svc"], targets(state)["fastapi-svc"]
    assert flask["predicted"] == pytest.approx({"throughput_rps": 4 / 0.9, "response_s": 2.7})
    assert fastapi["predicted"] == pytest.approx({"throughput_rps": 12 / 0.9, "response_s": 0.9})
    assert flask["limit"]["sentence"] == (
        "4 streams hold all 4 slots, 8 waiting: more users add only waiting"
    )
    assert fastapi["limit"]["sentence"] == "no slot limit: 12 streams open"
    state = lab.stop()
    rows = lab.rows()
    for target in ("flask-svc", "fastapi-svc"):
        [answered] = measured(state, target, "answered")
        assert rows[f"{target} /stream"] == rows[f"{target} /stream first line"] == (answered, 0)


def test_the_api_is_read_nine_times_for_each_user_that_is_created(lab: Lab) -> None:
    """In three rows for each target; all answers are right, and nobody waits for anything."""
    lab.begin(user_count=16, think_s=0.03, user_classes=both("Api"))
    state = lab.when(
        lambda state: (
            measured(state, "flask-svc", "answered") > (400,)
            and measured(state, "fastapi-svc", "answered") > (400,)
            and is_calm(state)
        ),
        "400 answers of each",
    )
    flask = targets(state)["flask-svc"]
    assert (flask["route"], flask["predicted"]["throughput_rps"]) == ("users", None)
    assert flask["limit"]["sentence"].startswith("nothing to wait for on /users: ")

    state = lab.stop()
    rows = lab.rows()
    for target in ("flask-svc", "fastapi-svc"):
        counts = {
            name.removeprefix(f"{target} "): count
            for name, count in rows.items()
            if name.startswith(target)
        }
        assert counts.keys() == {"POST /users", "GET /users", "GET /users/{id}"}
        assert sum(failures for _, failures in counts.values()) == 0
        total = sum(count for count, _ in counts.values())
        assert measured(state, target, "answered", "failed") == (total, 0)
        # One of ten; the few more are those who knew nobody to read.
        assert 0.08 < counts["POST /users"][0] / total < 0.15
        assert counts["GET /users"][0] + counts["GET /users/{id}"][0] > 0.85 * total


def run_alone(
    ports: dict[str, str], *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Locust without its page, to its end."""
    return run_headless(ports | settings, *arguments)


def names_of(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {each["name"] for each in json.loads(done.stdout)}


def test_without_names_only_plain_users_run(services: Any, upstream: httpx.Client) -> None:
    """And with names those alone."""
    plain = run_alone(services.ports, "-u", "4", "-r", "4", "-t", "1s")
    named = run_alone(services.ports, "-u", "2", "-r", "2", "-t", "4s", "FlaskSvcSockets")

    assert plain.returncode == 0, plain.stderr
    assert names_of(plain) == {"flask-svc /io", "fastapi-svc /async-io"}
    assert named.returncode == 0, named.stderr
    assert names_of(named) == {"flask-svc /ws", "flask-svc /ws open", "flask-svc /ws echo"}


def test_a_schedule_is_refused_on_the_command_line_too(services: Any) -> None:
    """With exit code 2 and a sentence, before anything is sent."""
    done = run_alone(services.ports, "-t", "1s", "--load", "burst", *both("Streams"))

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "locust: load='burst': FastapiSvcStreams and others cannot be scheduled: "
        "expected one of closed, steps, or the plain classes alone."
    )


def test_a_shape_without_websockets_has_no_users_of_them(services: Any) -> None:
    """Flask behind an ASGI wrapper: of the others it has all."""
    ports = services.ports | {"FLASK_ASGI_PORT": services.ports["FLASK_SVC_PORT"]}

    done = run_alone(ports, "--list", LAB_TARGETS="flask-asgi,flask-svc")

    assert done.stdout.split()[2:] == [
        *("FlaskAsgi", "FlaskSvc", "FlaskAsgiApi", "FlaskSvcApi"),
        *("FlaskAsgiStreams", "FlaskSvcStreams", "FlaskSvcSockets"),
        *("FlaskAsgiDatabase", "FlaskSvcDatabase"),
    ]


def test_a_target_without_the_route_gets_no_load_unless_it_is_named(services: Any) -> None:
    """Left out with a sentence; named, it ends the command with one."""
    ports = services.ports | {"STARLETTE_SVC_PORT": services.ports["FASTAPI_SVC_PORT"]}
    asked = ("-t", "1s", "--route", "io")
    targets = {"LAB_TARGETS": "fastapi-svc,starlette-svc"}

    left_out = run_alone(ports, *asked, **targets)
    named = run_alone(ports, *asked, "StarletteSvc", **targets)
    on_a_route_of_its_own = run_alone(ports, "-t", "1s", "StarletteSvc", **targets)

    assert left_out.returncode == 0, left_out.stderr
    assert names_of(left_out) == {"fastapi-svc /io"}
    assert "locust: no load for starlette-svc, which has no /io" in left_out.stderr
    assert named.returncode == 2
    assert named.stderr.splitlines()[-1].startswith("locust: route='io': starlette-svc has no such")
    assert names_of(on_a_route_of_its_own) == {"starlette-svc /async-io"}


class Liar(BaseHTTPRequestHandler):
    """Answers each request with 200 and what `said` has, whatever it was."""

    protocol_version = "HTTP/1.1"
    said: bytes = b""
    status = 200

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("X-Worker-Pid", "7")
        self.send_header("Content-Length", str(len(self.said)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.said)
        self.close_connection = True

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def liar(said: bytes, status: int = 200) -> Iterator[dict[str, str]]:
    """A target that is not what it should be, by the settings that find it."""
    handler = type("Liar", (Liar,), {"said": said, "status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        port = str(server.server_address[1])
        yield {"FLASK_SVC_PORT": port, "FASTAPI_SVC_PORT": port, "MOCK_UPSTREAM_PORT": port}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def lines(*numbers: int) -> bytes:
    return b"".join(b'{"line": %d, "of": 10, "pid": 7}\n' % number for number in numbers)


PERSON = {
    "id": 1,
    "name": "a",
    "email": "a@b.c",
    "age": 1,
    "address": {},
    "roles": ["admin"],
    "nickname": None,
}


def listed(*ids: int) -> bytes:
    return json.dumps({"users": [PERSON | {"id": each} for each in ids]}).encode()


@pytest.mark.parametrize(
    ("name", "status", "said", "expected"),
    [
        ("FlaskSvcStreams", 200, b"", {"the stream ended before its first line"}),
        ("FlaskSvcStreams", 200, lines(1, 2), {"the stream ended before its last line"}),
        ("FlaskSvcStreams", 200, lines(1, 3), {"a line is not the one that was due"}),
        ("FlaskSvcStreams", 200, lines(*range(1, 12)), {"a line is not the one that was due"}),
        ("FlaskSvcStreams", 200, b"one\n", {"a line is not the one that was due"}),
        (
            "FlaskSvcStreams",
            503,
            b'{"error": "too_much", "detail": "later"}',
            {"answered 503 too_much: later"},
        ),
        (
            "FlaskSvcApi",
            200,
            listed(1, 2),
            {"answered 200, but not with users, the newest first", "answered 200"},
        ),
        (
            "FlaskSvcApi",
            200,
            listed(2, 1),
            {"answered 200, but not with the user of that id", "answered 200"},
        ),
        (
            "FlaskSvcApi",
            201,
            json.dumps(PERSON).encode(),
            {"answered 201, but not with the user that was sent and its id", "answered 201"},
        ),
        (
            "FlaskSvcApi",
            404,
            b'{"error": "not_found", "detail": "no user has the id 17"}',
            {"answered 404 not_found"},
        ),
        ("FlaskSvcSockets", 200, b"{}", {"answered 200"}),
        (
            "FlaskSvcSockets",
            503,
            b'{"error": "too_many_sockets", "detail": "full"}',
            {"answered 503 too_many_sockets: full"},
        ),
    ],
)
def test_what_is_wrong_is_a_failure_with_a_sentence(
    name: str, status: int, said: bytes, expected: set[str]
) -> None:
    """Equal ones are counted together, so that no number in it changes."""
    with liar(said, status) as ports:
        done = run_alone(ports, "-u", "2", "-r", "2", "-t", "1s", "--think-s", "0.05", name)

    found = re.findall(r"^\d+ +\S+ flask-svc [^:]+: (.*?) *$", done.stderr, flags=re.MULTILINE)
    assert set(found) == expected, done.stderr


@contextmanager
def bad_listener(*messages: bytes, closes: bool) -> Iterator[dict[str, str]]:
    """A target that takes a WebSocket, sends these frames, and may close it when asked to."""

    def serve(connection: socket.socket) -> None:
        with connection:
            asked = connection.recv(4096).decode()
            key = re.search(r"Sec-WebSocket-Key: (\S+)", asked)
            assert key is not None
            magic = (key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
            accept = base64.b64encode(hashlib.sha1(magic).digest()).decode()
            connection.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            for message in messages:
                connection.sendall(message)
            while said := connection.recv(4096):
                if said[0] == CLOSE[0] and closes:
                    return

    def accept_all(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=accept_all, args=(server,))
        thread.start()
        port = str(server.getsockname()[1])
        try:
            yield {"FLASK_SVC_PORT": port, "FASTAPI_SVC_PORT": port, "MOCK_UPSTREAM_PORT": port}
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def text(said: str) -> bytes:
    return bytes([0x81, len(said)]) + said.encode()


TICK = text('{"tick": 0, "pid": 7}')
CLOSE = bytes([0x88, 2]) + (1009).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([TICK, TICK], "a message is neither the next tick nor the echo"),
        ([TICK, text("hello")], "a message is neither the next tick nor the echo"),
        ([TICK, text('{"echo": "other"}')], "a message is neither the next tick nor the echo"),
        ([TICK, CLOSE], "the target closed the WebSocket with code 1009"),
        ([TICK], "the WebSocket was still open 3 s after it was closed"),
    ],
)
def test_a_websocket_that_says_something_else_is_a_failure(
    messages: list[bytes], expected: str
) -> None:
    """Or that does not close when it is asked to, at the end of the run."""
    with bad_listener(*messages, closes=len(messages) > 1) as ports:
        done = run_alone(
            ports, "-u", "1", "-r", "1", "-t", "1s", "--think-s", "0.05", "FlaskSvcSockets"
        )

    found = re.findall(r"^\d+ +\S+ flask-svc /ws: (.*?) *$", done.stderr, flags=re.MULTILINE)
    assert set(found) == {expected}, done.stderr
