"""A room: passes reach the instructor's page as `make check` sends them, and as others may."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import DEADLINE_S

from lab.runtime import RuntimeProblem
from workshop import membership

pytestmark = pytest.mark.loads

PASSWORD = "pass ö $1"
RunProgram = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def room(run_locust: RunProgram, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a page with a password; no test asks its targets."""
    ports = ("FLASK_SVC_PORT", "FASTAPI_SVC_PORT", "MOCK_UPSTREAM_PORT")
    told = dict.fromkeys(ports, "9") | {"LAB_PASSWORD": PASSWORD}
    with run_locust(told, tmp_path_factory.mktemp("locust") / "log") as locust:
        yield locust.url


@pytest.fixture
def page(room: str) -> Iterator[httpx.Client]:
    """The instructor's browser, logged in."""
    with httpx.Client(base_url=room, timeout=DEADLINE_S, trust_env=False) as client:
        client.post("/log-in", data={"username": "lab", "password": PASSWORD})
        yield client


def test_a_reported_pass_is_on_the_page(
    room: str, page: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name with which the attendee has joined."""
    environ = {"LAB_RUN": str(tmp_path), "LAB_PASSWORD": PASSWORD}
    membership.join(room, "Zoë <b>", environ)

    membership.report("05b", environ)

    assert "knows of this PASS" in capsys.readouterr().err
    told = page.get("/lab/passes").json()
    [row] = [each for each in told["names"] if each["name"] == "Zoë <b>"]
    assert list(row["passed"]) == ["05b"]
    assert told["newest"]["name"] == "Zoë <b>"


def test_without_the_password_nothing_is_taken_or_shown(room: str, tmp_path: Path) -> None:
    """Neither the passes nor the page."""
    with pytest.raises(RuntimeProblem, match="refuses the password"):
        membership.join(room, "Eve", {"LAB_RUN": str(tmp_path), "LAB_PASSWORD": "wrong"})
    with httpx.Client(base_url=room, timeout=DEADLINE_S, trust_env=False) as stranger:
        sent = {"name": "Eve", "exercise": "01"}
        assert stranger.post("/lab/passes", json=sent).status_code == 401
        for path in ("/lab/passes", "/lab/room.html", "/lab/static/room.js"):
            assert stranger.get(path).headers["Location"] == "/login"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ([], "expected a JSON object: name, exercise"),
        ({"exercise": "01"}, "name: expected a text."),
        ({"name": "Ada", "exercise": "one"}, "exercise: expected a number as 03 or 05b."),
    ],
)
def test_what_is_no_pass_is_refused(page: httpx.Client, sent: Any, sentence: str) -> None:
    """With 400 and the lab's form of an error."""
    answer = page.post("/lab/passes", json=sent)

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_value", "detail": sentence}


def test_another_page_cannot_send_a_pass(page: httpx.Client) -> None:
    """Although the browser is logged in."""
    foreign = {"Origin": "http://example.org"}
    sent = {"name": "Eve", "exercise": "01"}

    assert page.post("/lab/passes", json=sent, headers=foreign).status_code == 403
