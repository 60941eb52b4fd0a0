"""The request that a route gets, and the answer with its encoding as HTTP bytes."""

import json
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

from mock_upstream.problems import Problem

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    """One complete request.

    `target` is the request target as sent, `host` the value of the Host header, `caller` the
    value of X-Caller or None. `keep_alive` is true if the client allows a further request on
    the connection.
    """

    method: str
    target: bytes
    version: str
    keep_alive: bool
    host: bytes
    caller: bytes | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: a status, a JSON-serializable body, and headers beyond the common ones."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def to_problem(cls, problem: Problem) -> "Answer":
        """Return the answer for a problem; a 405 gets an Allow header."""
        headers = {"Allow": problem.allow} if problem.allow else {}
        return cls(problem.status, problem.body(), headers)

    def encode(self, request: Request | None, *, keep_alive: bool) -> bytes:
        """Return the answer as HTTP bytes; `request` is None if it could not be parsed.

        HEAD gets the headers of GET and no body. An HTTP/1.0 client gets an explicit
        `Connection: keep-alive`, because HTTP/1.0 closes by default.
        """
        body = json.dumps(self.body, separators=(",", ":")).encode()
        lines = [
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unassigned')}",
            f"Date: {_date(int(time.time()))}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "X-Content-Type-Options: nosniff",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not keep_alive:
            lines.append("Connection: close")
        elif request is not None and request.version == "1.0":
            lines.append("Connection: keep-alive")
        head = "\r\n".join(lines).encode("ascii") + b"\r\n\r\n"
        return head if request is not None and request.method == "HEAD" else head + body


_latest_date = (0, "")


def _date(second: int) -> str:
    # Formatted once per second, not once per answer.
    global _latest_date
    if _latest_date[0] != second:
        _latest_date = (second, formatdate(second, usegmt=True))
    return _latest_date[1]
