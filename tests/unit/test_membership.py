"""Joining a room, leaving it, and reporting a PASS to it, at a small page in its place."""

import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from lab.environment import ROOT, read
from lab.running.testbed.ports import free_port
from lab.runtime import RuntimeProblem
from workshop import command, membership
from workshop.exercises import exercise_commands

PASSWORD = "wine-42 ö"


class Room:
    """A page: `content` answers a question, `answer` a pass; `taken` are the passes."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (204, b"")
        self.content = b'{"names": []}'
        self.is_locked = False
        self.taken: list[Any] = []
        self.url = ""


@pytest.fixture
def room() -> Iterator[Room]:
    """A room on a free port, open to all."""
    room = Room()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self._is_let_in():
                self._say(200, room.content)
            else:
                self._say(302, b"", Location="/login")

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/log-in":
                is_right = sent == b"username=lab&password=wine-42+%C3%B6"
                where, cookie = ("/", "session=in") if is_right else ("/login", "session=out")
                self._say(302, b"", **{"Location": where, "Set-Cookie": f"{cookie}; HttpOnly"})
            elif self._is_let_in():
                room.taken.append(json.loads(sent))
                self._say(*room.answer)
            else:
                self._say(401, b"{}")

        def _is_let_in(self) -> bool:
            return not room.is_locked or self.headers["Cookie"] == "session=in"

        def _say(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        room.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield room
        server.shutdown()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The settings, with a run folder of the test's own."""
    return read(ROOT / ".env") | {"LAB_RUN": str(tmp_path / "run")}


@pytest.fixture
def workshop(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command of the workshop, as make does, with these settings."""
    for name in read(ROOT / ".env"):
        monkeypatch.delenv(name, raising=False)
    for name in ("MAKEFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **settings: str) -> int:
        for name, value in ({"LAB_RUN": environ["LAB_RUN"]} | settings).items():
            monkeypatch.setenv(name, value)
        return command.main(arguments)

    return run


def stored(environ: dict[str, str]) -> Path:
    return Path(environ["LAB_RUN"]) / membership.FILE


def test_who_joins_is_known_by_name_until_leaving(
    room: Room,
    environ: dict[str, str],
    workshop: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each command prints one sentence; the file is for its owner alone."""
    assert workshop("join", f"--room={room.url}/", "--", " Ada ") == 0
    assert capsys.readouterr().out == (
        f"Joined {room.url} as Ada: each PASS is shown there; `make leave` ends it.\n"
    )
    assert stored(environ).stat().st_mode & 0o777 == 0o600
    membership.report("05b", environ)
    assert room.taken == [{"name": "Ada", "exercise": "05b"}]
    assert capsys.readouterr().err == (
        f"lab: the room at {room.url} knows of this PASS, by the name of Ada\n"
    )

    assert workshop("leave") == 0
    assert capsys.readouterr().out == "Left the room: no PASS is reported.\n"
    assert not stored(environ).exists()
    membership.report("06", environ)
    assert len(room.taken) == 1
    assert workshop("leave") == 0
    assert capsys.readouterr() == ("No room was joined.\n", "")


def test_without_a_port_it_is_that_of_the_settings(
    room: Room, workshop: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the handouts that are built for a room."""
    host, _, port = room.url.rpartition(":")

    assert workshop("join", f"--room={host}", "--", "Ada", LOCUST_PORT=port) == 0
    assert f"Joined {room.url} as Ada" in capsys.readouterr().out


def test_a_password_lets_in_and_is_not_stored(room: Room, environ: dict[str, str]) -> None:
    """What is stored is the cookie of the login, which ends with the room's lab."""
    room.is_locked = True
    membership.join(room.url, "Ada", environ | {"LAB_PASSWORD": PASSWORD})

    membership.report("01", environ)

    assert room.taken == [{"name": "Ada", "exercise": "01"}]
    assert json.loads(stored(environ).read_text())["cookie"] == "session=in"
    assert "wine" not in stored(environ).read_text()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("", "asks for a password: `LAB_PASSWORD="), ("x", "refuses the password in LAB_PASSWORD")],
)
def test_without_the_password_nobody_joins(
    room: Room, environ: dict[str, str], password: str, sentence: str
) -> None:
    """One sentence; nothing is stored."""
    room.is_locked = True

    with pytest.raises(RuntimeProblem, match=sentence):
        membership.join(room.url, "Ada", environ | {"LAB_PASSWORD": password})
    assert not stored(environ).exists()


@pytest.mark.parametrize("content", [b"hello", b"[]", b'{"other": 1}'])
def test_another_program_is_no_room(room: Room, environ: dict[str, str], content: bytes) -> None:
    """One sentence; nothing is stored."""
    room.content = content

    with pytest.raises(RuntimeProblem, match="is no lab's page that takes passes"):
        membership.join(room.url, "Ada", environ)
    assert not stored(environ).exists()


def test_a_room_that_does_not_answer_is_a_sentence(
    environ: dict[str, str], workshop: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """And an exit code; nothing is stored."""
    url = f"http://127.0.0.1:{free_port()}"

    assert workshop("join", f"--room={url}", "--", "Ada") == 1
    assert capsys.readouterr().err == f"lab: {url} cannot be reached: Connection refused\n"
    assert not stored(environ).exists()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((400, b'{"detail": "500 names are\\u001b here."}'), "refused it: 500 names are here"),
        ((404, b"nothing"), "refused it: 404"),
        ((401, b"{}"), "asks for its password again: `LAB_PASSWORD=... make join"),
        ((302, b""), "asks for its password again"),
    ],
)
def test_a_refused_report_is_a_sentence(
    room: Room,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    answer: tuple[int, bytes],
    sentence: str,
) -> None:
    """The room's own words, without what a terminal would obey."""
    membership.join(room.url, "Ada", environ)
    room.answer = answer

    membership.report("01", environ)

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("lab: this PASS is not on the room's page: ")
    assert sentence in line


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"room": "x"}', '{"room": 1, "name": 2}', "\\"])
def test_a_damaged_file_is_a_sentence(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """It costs no PASS either."""
    stored(environ).parent.mkdir()
    stored(environ).write_text(text)

    membership.report("01", environ)

    assert "is damaged: `make join` again" in capsys.readouterr().err


def test_a_silent_room_is_not_waited_for(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes the connection, as a frozen machine does, and says nothing."""
    monkeypatch.setattr(membership, "REPORT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stored(environ).parent.mkdir()
        stored(environ).write_text(json.dumps({"room": url, "name": "Ada"}))

        membership.report("01", environ)

    assert capsys.readouterr().err == (
        f"lab: this PASS is not on the room's page: {url} gave no answer within 0.1 s\n"
    )


@pytest.mark.parametrize("code", [0, 3])
def test_only_a_pass_is_reported_and_its_code_stays(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
) -> None:
    """Also where the room has ended: the attendee's result is the attendee's own."""
    url = f"http://127.0.0.1:{free_port()}"
    stored(environ).parent.mkdir()
    stored(environ).write_text(json.dumps({"room": url, "name": "Ada"}))
    monkeypatch.setattr(exercise_commands, "_attempt", lambda *_: None)
    monkeypatch.setattr(exercise_commands, "_judge", lambda *_, **__: code)

    assert exercise_commands.check("05b", runtime="local", environ=environ) == code

    told = capsys.readouterr().err
    assert ("this PASS is not on the room's page" in told) is (code == 0)
