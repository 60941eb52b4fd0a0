"""Requests, each sent once: by the HTTP client that Locust uses, without the session around it.

The session copies each answer, keeps cookies, follows redirects and prepares to
decompress; a fifth of what a load process can send went into that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geventhttpclient import HTTPClient
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

KEPT: dict[str, str] = {}
# A sender of its own; a kept connection would pin it to one worker of the target.
ITS_OWN = {"Connection": "close"}
JSON = {"Content-Type": "application/json"}


class BrokenOffError(Exception):
    """A stream that ended in the middle; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 0 where nothing did; `error` is what the client met.

    `worker_pid`, `server_timing` and `location` are the headers as they came, "" where
    absent; `location` is read where something was created.
    """

    status: int = 0
    content: bytes = b""
    worker_pid: str = ""
    server_timing: str = ""
    error: Exception | None = None
    location: str = ""


class Client:
    """Asks one address, over as many connections as there are requests at once."""

    def __init__(self, url: str, *, timeout_s: float, connections: int) -> None:
        self._http = HTTPClient.from_url(
            url,
            connection_timeout=timeout_s,
            network_timeout=timeout_s,
            concurrency=connections,
        )

    def get(self, path: str, *, keep: bool) -> Answer:
        """The answer in full; `keep` says whether the connection may serve another request."""
        return self._ask("GET", path, KEPT if keep else ITS_OWN, b"")

    def post(self, path: str, content: bytes) -> Answer:
        """The answer in full to so much JSON."""
        return self._ask("POST", path, JSON, content)

    def stream(self, path: str) -> tuple[Answer, Iterator[bytes]]:
        """The answer to a GET without its content, and that line by line, each when it is there.

        The lines raise BrokenOffError. Of an answer that is not 200 there are none, but
        its content.
        """
        try:
            answer = self._http.request("GET", path, headers=KEPT)
        except FAILURE_EXCEPTIONS as error:
            return Answer(error=error), iter(())
        if answer.get_code() != 200:
            return _read(answer), iter(())
        return _described(answer, b""), _lines(answer)

    def close(self) -> None:
        """End all idle connections."""
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
        answer.release()  # closes it, unless it was read to its end
