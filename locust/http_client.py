"""Send each request once, with the HTTP client that Locust uses but without Locust's session.

The session copies each answer, keeps cookies, follows redirects and prepares to decompress;
that took a fifth of the requests that a load process can send.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geventhttpclient import HTTPClient
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

KEPT: dict[str, str] = {}
# For a request from a new sender; a kept connection would pin it to one worker of the target.
ITS_OWN = {"Connection": "close"}
JSON = {"Content-Type": "application/json"}


class BrokenOffError(Exception):
    """A stream ended in the middle; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is 0 where nothing did, `error` is the client's exception.

    `worker_pid`, `server_timing` and `location` are header values as they came, "" where absent.
    `location` is read only with status 201, where something was created.
    """

    status: int = 0
    content: bytes = b""
    worker_pid: str = ""
    server_timing: str = ""
    error: Exception | None = None
    location: str = ""


class Client:
    """Sends requests to one address, over as many connections as there are concurrent requests."""

    def __init__(self, url: str, *, timeout_s: float, connections: int) -> None:
        self._http = HTTPClient.from_url(
            url,
            connection_timeout=timeout_s,
            network_timeout=timeout_s,
            concurrency=connections,
        )

    def get(self, path: str, *, keep: bool) -> Answer:
        """GET `path` and return the whole answer; `keep` allows reuse of the connection."""
        return self._ask("GET", path, KEPT if keep else ITS_OWN, b"")

    def post(self, path: str, content: bytes) -> Answer:
        """POST `content`, which is JSON, and return the whole answer."""
        return self._ask("POST", path, JSON, content)

    def stream(self, path: str) -> tuple[Answer, Iterator[bytes]]:
        """GET `path`; return the answer without its content, and an iterator over its lines.

        Each line comes as soon as it is there. The iterator raises BrokenOffError where the stream
        ends in the middle. An answer with another status than 200 has its content and no lines.
        """
        try:
            answer = self._http.request("GET", path, headers=KEPT)
        except FAILURE_EXCEPTIONS as error:
            return Answer(error=error), iter(())
        if answer.get_code() != 200:
            return _read(answer), iter(())
        return _described(answer, b""), _lines(answer)

    def close(self) -> None:
        """Close all idle connections."""
        self._http.close()

    def _ask(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> Answer:
        try:
            answer = self._http.request(method, path, content, headers)
        except FAILURE_EXCEPTIONS as error:
            return Answer(error=error)
        return _read(answer)


def _read(answer: Any) -> Answer:
    try:
        content = answer.read()
    except FAILURE_EXCEPTIONS as error:
        return Answer(answer.get_code(), error=error)
    return _described(answer, content)


def _described(answer: Any, content: bytes) -> Answer:
    status = answer.get_code()
    return Answer(
        status,
        content,
        worker_pid=str(answer.get("X-Worker-Pid", "")),
        server_timing=str(answer.get("Server-Timing", "")),
        location=str(answer.get("Location", "")) if status == 201 else "",
    )


def _lines(answer: Any) -> Iterator[bytes]:
    try:
        while line := answer.readline(b"\n"):
            yield line
    except FAILURE_EXCEPTIONS as error:
        raise BrokenOffError(f"the stream broke off: {error}") from error
    finally:
        answer.release()  # closes the connection, unless all was read
