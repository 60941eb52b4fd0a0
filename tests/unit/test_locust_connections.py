"""Which idle connection the load uses again: a young one, before its server would close it."""

import socket

import connections
import pytest
from geventhttpclient import client
from geventhttpclient.connectionpool import ConnectionPool


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock, by hand."""
    now_s = [100.0]
    monkeypatch.setattr(connections, "monotonic", lambda: now_s[0])
    return now_s


@pytest.fixture
def pool(monkeypatch, clock):
    """A pool of connections to a server that keeps idle ones for 4 s, and says nothing."""
    for name in ("_create_tcp_socket", "return_socket", "_is_socket_alive"):
        monkeypatch.setattr(ConnectionPool, name, getattr(ConnectionPool, name))
    monkeypatch.setattr(ConnectionPool, "longest_idle_s", None, raising=False)
    monkeypatch.setattr(client, "_may_retry_after_send_error", client._may_retry_after_send_error)
    connections.install({"KEEP_ALIVE_S": "4"})
    with socket.create_server(("127.0.0.1", 0)) as server:
        pool = ConnectionPool(*server.getsockname(), *server.getsockname(), size=2)
        yield pool
        pool.close()


@pytest.mark.parametrize(("idle_s", "is_kept"), [(0, True), (2, True), (2.01, False), (9, False)])
def test_a_connection_is_used_again_within_half_of_the_keep_alive(pool, clock, idle_s, is_kept):
    """From the end of the answer on, however long that took; an older one is closed."""
    first = pool.get_socket()
    clock[0] += 30
    pool.return_socket(first)
    clock[0] += idle_s
    second = pool.get_socket()

    assert (second is first) == is_kept
    assert (first.fileno() >= 0) == is_kept
    pool.release_socket(second)


def test_a_connection_that_its_server_has_closed_is_not_used_again(monkeypatch, clock, pool):
    """However young it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        pool = ConnectionPool(*server.getsockname(), *server.getsockname(), size=1)
        first = pool.get_socket()
        server.accept()[0].close()
        first.recv(1, socket.MSG_PEEK)  # until the end is there
        pool.return_socket(first)
        second = pool.get_socket()

        assert second is not first
        pool.release_socket(second)


def test_the_services_keep_alive_is_five_seconds_unless_somebody_says_so():
    """As .env has it."""
    assert connections.longest_idle_s({}) == 2.5


@pytest.mark.parametrize("told", ["0", "-1", "2.5", "", "long"])
def test_a_keep_alive_that_will_not_do_is_a_sentence(told, capsys):
    """Exit code 2, as the services have it."""
    with pytest.raises(SystemExit) as ended:
        connections.longest_idle_s({"KEEP_ALIVE_S": told})

    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"locust: KEEP_ALIVE_S={told!r}: expected a whole number above 0\n"
    )
