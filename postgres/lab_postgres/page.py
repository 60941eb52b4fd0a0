"""What the server is doing, over HTTP: `GET /healthz` and `GET /activity`.

The lab's own programs ask here, so that none of them needs a driver or a connection of its own.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from lab_postgres.settings import Settings


def serve(settings: Settings, activity: Callable[[], dict[str, Any]]) -> ThreadingHTTPServer:
    """Serve the page from a thread. Raises OSError where its port is taken."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            if self.path == "/healthz":
                self._answer(HTTPStatus.OK, {"status": "ok"})
            elif self.path == "/activity":
                try:
                    self._answer(HTTPStatus.OK, activity())
                except Exception as problem:
                    # Whatever it is, the database cannot be asked at this moment.
                    self._answer(HTTPStatus.SERVICE_UNAVAILABLE, error("database_busy", problem))
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

    page = ThreadingHTTPServer((settings.listen_host, settings.page_port), Page)
    Thread(target=page.serve_forever, daemon=True).start()
    return page


def error(word: str, detail: object) -> dict[str, Any]:
    """Return the body that every error of the lab has."""
    return {"error": word, "detail": str(detail).strip()}
