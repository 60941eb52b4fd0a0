"""Where the twins answer differently, as docs/api.md lists it: what it says is so."""

import json
import re
import socket
from pathlib import Path

import httpx
import pytest

DOCUMENT = Path(__file__).parents[2] / "docs/api.md"
HANDSHAKE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
ADDRESS = {"street": "1 Main Street", "city": "London", "postcode": "N1 9GU", "country": "GB"}
USER = json.dumps(
    {"name": "Ada", "email": "a@example.org", "age": 36, "address": ADDRESS, "roles": ["admin"]}
).encode()
H2C = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIA\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(USER)
)
TEXT, HTML, JSON = "text/plain; charset=utf-8", "text/html", "application/json"


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n"


def handshake(method: bytes = b"GET", changed: bytes = HANDSHAKE) -> bytes:
    return method + b" /ws HTTP/1.1\r\nHost: x\r\n" + changed + b"\r\n"


# What is sent; then of flask-svc and of fastapi-svc: status, kind, and a part of the body.
REFUSED = (400, JSON, b"expected a whole number from 0 to 2000")
ROWS = {
    **{
        f"ms={text}": (get(b"/cpu?ms=" + text.encode()), REFUSED, (200, JSON, b'{"ms":%d}' % read))
        for text, read in {"2.0": 2, "%2B2": 2, "1_0": 10, "-0": 0, "%202": 2, "+2": 2}.items()
    },
    "twice": (get(b"/cpu?ms=2&ms=3"), (200, JSON, b'{"ms":2}'), (200, JSON, b'{"ms":3}')),
    "no UTF-8": (
        get(b"/weather?city=%FF"),
        (200, JSON, b'"city":"%FF"'),
        (200, JSON, '"city":"\ufffd"'.encode()),
    ),
    "no HTTP": (b"nonsense\r\n\r\n", (400, HTML, b"<html>"), (400, TEXT, b"Invalid HTTP request")),
    "a long query": (get(b"/json?a=" + b"x" * 9000), (414, HTML, b""), (200, JSON, b"hello")),
    "a long header": (
        get(b"/json", b"X-A: " + b"x" * 9000 + b"\r\n"),
        (431, HTML, b""),
        (200, JSON, b"hello"),
    ),
    "a stream by HTTP/1.0": (
        b"GET /stream?n=2&every_ms=1 HTTP/1.0\r\n\r\n",
        (200, "application/jsonl", b'\r\n\r\n{"line":1'),
        (200, "application/jsonl", b"\r\n\r\n1"),  # and more digits: the size of a chunk
    ),
    "h2c": (
        b"POST /users HTTP/1.1\r\nHost: x\r\n" + H2C + b"\r\n" + USER,
        (201, JSON, b'"name":"Ada"'),
        (400, JSON, b"Input should be a JSON object"),
    ),
    "no handshake": (
        get(b"/ws"),
        (400, JSON, b'"error":"bad_request"'),
        (404, JSON, b'"error":"not_found"'),
    ),
    "a handshake of version 8": (
        handshake(changed=HANDSHAKE.replace(b"13", b"8")),
        (400, JSON, b'"error":"bad_request"'),
        (400, TEXT, b"Sec-WebSocket-Version"),
    ),
    "a handshake without a key": (
        handshake(changed=HANDSHAKE.split(b"Sec-WebSocket-Key")[0]),
        (400, JSON, b'"error":"bad_request"'),
        (400, TEXT, b"Sec-WebSocket-Key"),
    ),
    "a handshake by POST": (
        handshake(b"POST", HANDSHAKE + b"Content-Length: 0\r\n"),
        (405, JSON, b'"error":"method_not_allowed"'),
        (405, TEXT, b"unsupported HTTP method"),
    ),
}

# What a row of the document speaks of, and the beginning of the names of its cases here.
DOCUMENTED = {
    "`2.0`": "ms=",
    "`ms=2&ms=3`": "twice",
    "`city=%FF`": "no UTF-8",
    "no HTTP": "no HTTP",
    "8 KiB": "a long",
    "HTTP/1.0": "a stream",
    "`Upgrade: h2c`": "h2c",
    "without a handshake": "no handshake",
    "a handshake that is none": "a handshake",
}


def ask(client: httpx.Client, sent: bytes) -> tuple[int, str, bytes]:
    """Status and kind of the answer, and all of it without spaces after colons."""
    with socket.create_connection((client.base_url.host, client.base_url.port), 10) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65536):
            answer += part
            head, _, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            if length and len(body) >= int(length[1]):
                break
    kind = re.search(rb"(?i)\r\ncontent-type: ([^\r]*)", answer)
    assert kind is not None, answer
    return int(answer[9:12]), kind[1].decode(), answer.replace(b": ", b":")


@pytest.mark.parametrize("name", ROWS)
def test_the_twins_differ_as_documented(twins: list[httpx.Client], name: str) -> None:
    sent, *expected = ROWS[name]

    for client, (status, kind, part) in zip(twins, expected, strict=True):
        found_status, found_kind, answer = ask(client, sent)
        assert (found_status, found_kind) == (status, kind)
        assert part.replace(b": ", b":") in answer


def test_a_body_behind_an_upgrade_is_read_with_h11(serve_one) -> None:
    program = serve_one("fastapi-svc", ASGI_HTTP="h11")

    with httpx.Client(base_url=program.url) as client:
        assert ask(client, ROWS["h2c"][0])[0] == 201


def test_every_difference_is_in_the_document() -> None:
    """With the statuses that are tried here, where they differ; and none that is not."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("## Where the two differ")[2]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]

    assert len(rows) == len(DOCUMENTED)
    tried = set()
    for (what, flask, fastapi, _), (words, begins) in zip(rows, DOCUMENTED.items(), strict=True):
        assert words in what
        cases = {name: ROWS[name] for name in ROWS if name.startswith(begins)}
        assert cases, begins
        tried |= set(cases)
        for _, (one, *_), (other, *_) in cases.values():
            if one != other:
                assert str(one) in flask
                assert str(other) in fastapi
    assert tried == set(ROWS)
