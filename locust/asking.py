"""One GET, sent once: by the HTTP client that Locust uses, without the session around it.

The session copies each answer, keeps cookies, follows redirects and prepares to
decompress; a fifth of what a load process can send went into that.
"""

from dataclasses import dataclass

from geventhttpclient import HTTPClient
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

KEPT: dict[str, str] = {}
# A sender of its own; a kept connection would pin it to one worker of the target.
ITS_OWN = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 0 where nothing did; `error` is what the client met.

    `worker_pid` and `server_timing` are the headers as they came, "" where absent.
    """

    status: int = 0
    content: bytes = b""
    worker_pid: str = ""
    server_timing: str = ""
    error: Exception | None = None


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
        try:
            answer = self._http.request("GET", path, headers=KEPT if keep else ITS_OWN)
        except FAILURE_EXCEPTIONS as error:
            return Answer(error=error)
        try:
            content = answer.read()
        except FAILURE_EXCEPTIONS as error:
            return Answer(answer.get_code(), error=error)
        return Answer(
            answer.get_code(),
            content,
            worker_pid=str(answer.get("X-Worker-Pid", "")),
            server_timing=str(answer.get("Server-Timing", "")),
        )

    def close(self) -> None:
        """End all idle connections."""
        self._http.close()
