"""A request as the routes see it, and an answer as the wire sees it."""

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
    """One whole request; `target` is the request target as it was sent, `host` the Host header.

    `caller` is X-Caller's value; `keep_alive` says whether the client lets the connection be used
    again.
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
    """A status, a body that JSON can hold, and any headers beyond those that every answer has."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def to_problem(cls, problem: Problem) -> "Answer":
        """The answer that tells a client what it did wrong."""
        headers = {"Allow": problem.allow} if problem.allow else {}
        return cls(problem.status, problem.body(), headers)

    def encode(self, request: Request | None, *, keep_alive: bool) -> bytes:
        """The bytes to write; `request` is None where there was none that could be read.

        HEAD gets the headers that GET would get, and no body. An HTTP/1.0 client is told
        that its connection stays open, because it would expect the opposite.
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
    """The Date header, formatted once a second rather than once an answer."""
    global _latest_date
    if _latest_date[0] != second:
        _latest_date = (second, formatdate(second, usegmt=True))
    return _latest_date[1]
