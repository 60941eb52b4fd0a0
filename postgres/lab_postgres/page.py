"""What the server is doing, over HTTP: `GET /healthz` and `GET /activity`.

The lab's own programs ask here, so that none of them needs a driver or a connection of its own.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import psycopg

from lab_postgres.settings import Settings


@contextmanager
def served(settings: Settings, activity: Callable[[], dict[str, Any]]) -> Iterator[None]:
    """Serve the page from a thread until the end of the block.

    Raises OSError where its port is taken.
    """

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            if self.path == "/healthz":
                self._answer(HTTPStatus.OK, {"status": "ok"})
            elif self.path == "/activity":
                try:
                    self._answer(HTTPStatus.OK, activity())
                except psycopg.Error as problem:
                    body = error("database_unreachable", problem)
                    self._answer(HTTPStatus.SERVICE_UNAVAILABLE, body)
            else:
                self._answer(HTTPStatus.NOT_FOUND, error("not_found", f"GET {self.path}"))

        def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # its name there
            pass

    with ThreadingHTTPServer((settings.listen_host, settings.listen_port), Page) as page:
        Thread(target=page.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            page.shutdown()


def error(word: str, detail: object) -> dict[str, Any]:
    """Return the body that every error of the lab has."""
    return {"error": word, "detail": str(detail).strip()}
