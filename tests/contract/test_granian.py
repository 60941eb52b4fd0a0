"""granian in the place of gunicorn and of uvicorn: what the lab's settings mean there."""

import os
import signal
import socket
import threading

import httpx
import pytest

BOTH = ["flask-granian", "fastapi-granian"]


def connect(url: str) -> socket.socket:
    """A connection to a server; nothing is sent yet."""
    address = httpx.URL(url)
    return socket.create_connection((address.host, address.port), timeout=20)


def ask(connection: socket.socket) -> None:
    """Send a request that is answered at once, and keep the connection."""
    connection.sendall(b"GET /json HTTP/1.1\r\nHost: lab\r\n\r\n")


def is_answered(connection: socket.socket) -> bool:
    """Whether an answer comes, rather than the end of the connection."""
    return connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("name", BOTH)
def test_an_idle_connection_is_closed_after_keep_alive_s(serve_one, name):
    """By itself granian would wait half a minute."""
    program = serve_one(name, KEEP_ALIVE_S="1")
    with connect(program.url) as connection:
        ask(connection)
        assert is_answered(connection)
        while connection.recv(4096):  # the body may come by itself; the socket has a timeout
            pass


def test_a_kept_connection_holds_its_place(serve_one):
    """One connection, one thread: the next waits, as it does at gunicorn's threads."""
    program = serve_one("flask-granian", KEEP_ALIVE_S="3600")
    with connect(program.url) as kept, connect(program.url) as waiting:
        ask(kept)
        assert is_answered(kept)
        ask(waiting)
        waiting.settimeout(1)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        waiting.settimeout(20)
        kept.close()
        assert is_answered(waiting)


@pytest.mark.parametrize("name", BOTH)
def test_a_worker_that_does_not_end_is_killed_after_shutdown_s(
    run_target, upstream, eventually, name
):
    """A request that hangs for a minute keeps nobody waiting for so long."""
    program = run_target(name, SHUTDOWN_S="1")
    upstream.put("/behaviour", json={"delay_ms": 60_000})
    refused = []

    def wait() -> None:
        try:
            httpx.get(program.url + "/io", timeout=60)
        except httpx.TransportError as error:
            refused.append(error)

    asking = threading.Thread(target=wait)
    asking.start()
    eventually(lambda: upstream.get("/stats").json()["all"]["in_flight"] > 0, "a call upstream")
    program.process.send_signal(signal.SIGTERM)

    program.process.wait(timeout=30)
    asking.join(timeout=30)
    assert len(refused) == 1
    assert "Killing worker" in program.output()


@pytest.mark.parametrize("name", BOTH)
def test_a_killed_worker_is_replaced(run_target, eventually, name):
    """By itself granian would end with it."""
    program = run_target(name)
    victim = int(httpx.get(program.url + "/json").headers["X-Worker-Pid"])
    os.kill(victim, signal.SIGKILL)

    def two_others() -> bool:
        try:
            answers = [httpx.get(program.url + "/json", timeout=5) for _ in range(20)]
        except httpx.TransportError:
            return False
        pids = {int(each.headers["X-Worker-Pid"]) for each in answers}
        return victim not in pids and len(pids) == 2

    eventually(two_others, "answers of the other worker and of a new one")


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("asked", ["0", "1"])
def test_a_request_is_logged_only_where_that_is_set(serve_one, eventually, name, asked):
    """One line with its path."""
    program = serve_one(name, ACCESS_LOG=asked)
    assert httpx.get(program.url + "/json").status_code == 200

    if asked == "1":
        eventually(lambda: '"GET /json HTTP/1.1" 200' in program.output(), "a line")
    else:
        assert "/json" not in program.output()


def test_chunks_that_break_off_count_as_a_whole_body_on_wsgi(serve_one, new_user):
    """granian tells a WSGI app nothing of it; on ASGI it is the client's fault, as elsewhere."""
    body = httpx.Request("POST", "http://lab", json=new_user()).content
    head = (
        b"POST /users HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    statuses = {}
    for name in BOTH:
        with connect(serve_one(name).url) as connection:
            connection.sendall(head + f"{len(body):x}\r\n".encode() + body + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            statuses[name] = int(connection.recv(65536).split()[1])

    assert statuses == {"flask-granian": 201, "fastapi-granian": 400}
