"""Limits of size and time for requests to Locust's page."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LOCUST = Path(__file__).parents[2] / "locust"
SERVER = """
from gevent import monkey
monkey.patch_all()
import sys
sys.path.insert(0, sys.argv[1])
import entrance
entrance.REQUEST_S, entrance.IDLE_S, entrance.BODY_BYTES = 0.5, 2.0, 100
entrance.install()
from flask import Flask, request
from gevent import pywsgi, sleep
app = Flask(__name__)

@app.post("/")
def echo():
    return request.get_data()

@app.get("/slow")
def slow():
    sleep(1.0)
    return "slow"

server = pywsgi.WSGIServer(("127.0.0.1", 0), app, log=None)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
"""
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Port of a page that accepts 100 bytes per body and 0.5 s per request."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, LOCUST], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.kill()


def ask(port: int, *parts: bytes) -> bytes:
    """Send the parts and read until the connection closes."""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        for part in parts:
            client.sendall(part)
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 101\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n",
    ],
    ids=["announced", "in chunks"],
)
def test_a_body_of_too_many_bytes_is_refused_at_once(port: int, request_: bytes) -> None:
    assert ask(port, request_).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "part",
    [
        b"P",
        HEAD,
        HEAD + b"Content-Length: 5\r\n\r\nhal",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5",
    ],
    ids=["of the line", "of the head", "of the body", "of a chunk"],
)
def test_a_part_of_a_request_is_not_waited_for(port: int, part: bytes) -> None:
    answer = ask(port, part)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"A whole request must come within 0.5 s." in answer


def test_whoever_asks_for_nothing_is_let_go(port: int) -> None:
    assert ask(port) == b""


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["announced", "in chunks"],
)
def test_several_requests_on_one_connection_are_answered(port: int, body: bytes) -> None:
    last = HEAD + b"Connection: close\r\n" + body

    assert ask(port, HEAD + body, last).count(b"\r\n\r\nhello") == 2


def test_an_answer_may_take_longer_than_its_request(port: int) -> None:
    head = b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    assert ask(port, head).endswith(b"\r\n\r\nslow")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhe",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n\r\n",
    ],
    ids=["too short", "no size", "an empty size"],
)
def test_a_body_that_is_none_is_refused(port: int, body: bytes) -> None:
    """The client also gets the answer after it has shut down its side."""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(HEAD + body)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body does not match the request's headers." in answer


def test_who_still_sends_reads_the_refusal_and_no_reset(port: int) -> None:
    megabytes = b"x" * 2_000_000

    answer = ask(port, HEAD + b"Content-Length: 2000000\r\n\r\n", megabytes)

    assert answer.startswith(b"HTTP/1.1 413 ")
