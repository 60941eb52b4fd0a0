"""A connection that a frozen database leaves unanswered is cut, and says so."""

import socket
from types import ModuleType

import pytest

from fastapi_svc import overdue as of_fastapi
from flask_svc import overdue as of_flask

BOTH = pytest.mark.parametrize("module", [of_flask, of_fastapi], ids=["flask", "fastapi"])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to be waited for."""
    for module in (of_flask, of_fastapi):
        monkeypatch.setattr(module, "GRACE_S", 0.0)
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)


@BOTH
def test_a_thread_that_waits_too_long_gets_a_time_out(module: ModuleType) -> None:
    """Its read ends, as it would if the server had closed the connection."""
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        pytest.raises(Exception, match="no answer of the database in 0.05 s") as raised,
        module.Overdue(0.05).watched(ours),
    ):
        raise ConnectionError(ours.recv(1))
    assert type(raised.value).__name__ == "DatabaseTimeout"
    assert isinstance(raised.value.__cause__, ConnectionError)


@BOTH
def test_an_error_of_a_connection_that_was_not_cut_is_another(module: ModuleType) -> None:
    """And so is one in a block that has just begun."""
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ConnectionError), module.Overdue(60).watched(ours):
        raise ConnectionError


@BOTH
def test_a_connection_that_was_given_back_is_cut_no_more(module: ModuleType) -> None:
    """The next one who borrows it has the whole time."""
    overdue = module.Overdue(0.05)
    ours, theirs = socket.socketpair()
    slow, other = socket.socketpair()
    with ours, theirs, slow, other:
        with overdue.watched(ours):
            theirs.send(b"1")
            assert ours.recv(1) == b"1"
        # Another one is cut, so that the watch has looked since then.
        with pytest.raises(Exception, match="no answer"), overdue.watched(slow):
            raise ConnectionError(slow.recv(1))
        theirs.send(b"2")
        assert ours.recv(1) == b"2"
