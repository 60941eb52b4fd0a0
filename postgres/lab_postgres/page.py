"""What the server does, over HTTP: `/healthz`, `/activity`, `/stats` and `/dial`.

`DELETE /stats` begins the counts of `GET /stats` again.

The lab's own programs ask here, so that none of them needs a driver or a connection of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import psycopg

from lab_postgres.settings import Settings

Answers = Mapping[str, Callable[[], dict[str, Any]]]
"""What each method with its path answers. The functions may raise psycopg.Error."""


class PageError(Exception):
    """The page cannot be served; one sentence."""


@contextmanager
def served(settings: Settings, answers: Answers) -> Iterator[None]:
    """Serve the page from a thread until the end of the block.

    Raises PageError where its port cannot be had.
    """

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            asked = f"{self.command} {self.path}"
            if asked not in answers:
                self._answer(HTTPStatus.NOT_FOUND, _error("not_found", asked))
                return
            try:
                self._answer(HTTPStatus.OK, answers[asked]())
            except psycopg.Error as problem:
                body = _error("database_unreachable", problem)
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, body)

        do_DELETE = do_GET

        def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # its name there
            pass

    address = (settings.listen_host, settings.listen_port)
    try:
        server = ThreadingHTTPServer(address, Page)
    except OSError as error:
        raise PageError(
            f"port {settings.listen_port} on {settings.listen_host} cannot be had "
            f"({error.strerror}): stop what listens there, or set another POSTGRES_PORT"
        ) from None
    with server as page:
        Thread(target=page.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            page.shutdown()


def _error(word: str, detail: object) -> dict[str, Any]:
    return {"error": word, "detail": str(detail).strip()}
