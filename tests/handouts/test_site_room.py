"""Where links lead in a room's edition, and which rooms there cannot be."""

import pytest

from lab import environment
from lab.runtime import RuntimeProblem
from workshop.handouts.room import room

ENVIRON = environment.load({}, root=environment.ROOT / "no-such-folder")
ROOM = "http://10.0.0.5"


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("Open <http://localhost:8089>.", "Open <http://10.0.0.5:8089>."),
        ("[dial](http://localhost:8003/stats)", "[dial](http://10.0.0.5:8003/stats)"),
        ("at localhost:8001 and localhost:8002", "at 10.0.0.5:8001 and 10.0.0.5:8002"),
        ("`127.0.0.1:8001`", "`10.0.0.5:8001`"),
        ("localhost:5432 is no part of the lab", "localhost:5432 is no part of the lab"),
        ("localhost:80015", "localhost:80015"),
        ("nolocalhost:8001 my.localhost:8001", "nolocalhost:8001 my.localhost:8001"),
        ("leads to `localhost`", "leads to `localhost`"),
    ],
)
def test_addresses_of_the_lab_become_the_instructors(written: str, made: str) -> None:
    """And no others."""
    assert room(ROOM, ENVIRON).edition(written) == made


@pytest.mark.parametrize("name", ["http://lab", "http://lab.local", "http://[fd00::5]"])
def test_a_room_may_have_a_name(name: str) -> None:
    """Or an address of the newer kind."""
    assert room(name, ENVIRON).edition("<http://localhost:8089>") == f"<{name}:8089>"


def test_output_follows_its_command() -> None:
    """Who asks the instructor's lab gets its addresses; what runs here prints this machine's."""
    block = (
        "```console\n"
        "$ curl localhost:8001/io\n"
        "from http://localhost:8003\n"
        "$ make up\n"
        "lab: the dashboard is at http://localhost:8089\n"
        "```\n"
        "See <http://localhost:8089>.\n"
    )

    assert room(ROOM, ENVIRON).edition(block).splitlines()[1:] == [
        "$ curl 10.0.0.5:8001/io",
        "from http://10.0.0.5:8003",
        "$ make up",
        "lab: the dashboard is at http://localhost:8089",
        "```",
        "See <http://10.0.0.5:8089>.",
    ]


def test_ports_come_from_the_settings() -> None:
    """Those in .env.local are those in the pages, in a room and on one machine, in output too."""
    ports = {"LOCUST_PORT": "9089", "FLASK_SVC_PORT": "8002", "FASTAPI_SVC_PORT": "8001"}
    environ = ENVIRON | ports
    page = (
        "<http://localhost:8089> localhost:8001 localhost:8002\n"
        "```console\n$ make up\nlocalhost:8089\n```\n"
    )

    here, there = room("", environ).edition(page), room(ROOM, environ).edition(page)

    assert here.splitlines()[0] == "<http://localhost:9089> localhost:8002 localhost:8001"
    assert here.splitlines()[3] == "localhost:9089"
    assert there.splitlines()[0] == "<http://10.0.0.5:9089> 10.0.0.5:8002 10.0.0.5:8001"


def test_without_a_room_and_with_the_usual_ports_a_page_stays() -> None:
    """To the last byte."""
    page = "# A\r\n\n<http://localhost:8089>\n\n~~~console\n$ curl localhost:8001\n~~~\n\n```\nopen"

    assert room("", ENVIRON).edition(page) == page


@pytest.mark.parametrize(
    "bad",
    [
        "10.0.0.5",
        "https://10.0.0.5",
        "ftp://10.0.0.5",
        "http://",
        "http:///",
        "http://10.0.0.5/",
        "http://10.0.0.5/lab",
        "http://10.0.0.5:8089",
        "http://10.0.0.5:",
        "http://10.0.0.5:x",
        "http://lab@10.0.0.5",
        "http://10.0.0.5?x=1",
        "http://10.0.0.5#x",
        "http://10.0.0.5 ",
        " http://10.0.0.5",
        "http://my lab",
        "http://10.0.0",
        "http://10.0.0.500",
        "http://0.0.0.0",
        "http://[10.0.0.5",
        "http://-lab",
        "http://lab)",
        'http://lab"',
        "http://läb",
        "lab",
    ],
)
def test_a_bad_room_is_one_sentence(bad: str) -> None:
    """It names what was said, and shows what would do."""
    with pytest.raises(RuntimeProblem) as caught:
        room(bad, ENVIRON)

    said = str(caught.value)
    assert f"ROOM={bad!r}" in said
    assert "ROOM=http://10.0.0.5" in said
    assert "\n" not in said
