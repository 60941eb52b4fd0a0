"""The dashboard's password: when one is needed, where it comes from, how long it stays."""

import stat

import pytest

from lab.command import choosing
from lab.runtime import Choice, docker, password

ALONE = {"LAB_BIND": "127.0.0.1", "LAB_PASSWORD": "", "LAB_TARGETS": "", "LOAD_WORKERS": "1"}
ROOM = ALONE | {"LAB_BIND": "0.0.0.0"}


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The file of a lab of the test's own."""
    path = tmp_path / "password"
    monkeypatch.setattr(password, "KEPT", path)
    return path


def test_on_loopback_none_is_needed(kept):
    """And none is made up."""
    assert password.with_password(ALONE) == ALONE
    assert not kept.exists()


@pytest.mark.parametrize("environ", [ALONE, ROOM])
def test_one_that_is_set_is_taken(kept, environ):
    """On loopback too, where it is not needed."""
    told = environ | {"LAB_PASSWORD": "sesame"}

    assert password.with_password(told) == told
    assert not kept.exists()


def test_a_room_gets_one_that_stays_until_down(kept):
    """So that a second `make up` neither locks anybody out nor restarts anything."""
    first = password.with_password(ROOM)["LAB_PASSWORD"]
    assert len(first) >= 12
    assert password.with_password(ROOM)["LAB_PASSWORD"] == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    password.forget()

    assert password.with_password(ROOM)["LAB_PASSWORD"] != first


def test_up_passes_it_on_and_prints_it_once(monkeypatch, capsys):
    """One line on stderr, with the user's name; nothing on loopback."""
    told = []
    monkeypatch.setattr(docker, "up", lambda environ, profile: told.append(environ))

    choosing.bring_up(Choice("docker", "a test"), ALONE, "")
    assert capsys.readouterr().err == ""
    choosing.bring_up(Choice("docker", "a test"), ROOM, "")

    made_up = told[-1]["LAB_PASSWORD"]
    assert capsys.readouterr() == (
        "",
        f"lab: the dashboard asks for user lab, password {made_up}\n",
    )
