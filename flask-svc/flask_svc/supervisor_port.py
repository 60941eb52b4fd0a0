"""The supervisor's HTTP port: metrics and shape, also while every worker is busy or frozen."""

import ipaddress
import json
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from flask_svc import metrics, server, shape
from flask_svc.settings import SettingsError
from flask_svc.supervisor import Supervisor, SupervisorError

BODY_MAX_BYTES = 65_536
PATIENCE_S = 10.0
JSON = "application/json"
METHODS = {"/metrics": ("GET",), "/server": ("GET",), "/shape": ("GET", "PUT", "DELETE")}
ALSO = ("localhost",)


class Port(ThreadingHTTPServer):
    """The port of one supervisor."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int]) -> None:
        """Listen at the address. Raises OSError or OverflowError where that cannot be had."""
        super().__init__(address, _Handler)

    def answer_for(self, supervisor: Supervisor) -> None:
        """Answer from now on, in threads that end with the process."""
        self.supervisor = supervisor
        self.names = {supervisor.settings.target, *ALSO}
        Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write what went wrong, but nothing of a client that has left."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Problem(Exception):
    def __init__(self, status: HTTPStatus, error: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.error, self.detail = status, error, detail


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S
    server: Port

    def do_GET(self) -> None:
        self._answered({"/metrics": self._metrics, "/server": self._server, "/shape": self._shape})

    def do_PUT(self) -> None:
        self._answered({"/shape": self._put})

    def do_DELETE(self) -> None:
        self._answered({"/shape": self._delete})

    def log_message(self, *_: object) -> None:
        """Write nothing: a scraper asks every second."""

    def _metrics(self) -> None:
        self._send(HTTPStatus.OK, metrics.text(self.server.supervisor), metrics.CONTENT_TYPE)

    def _server(self) -> None:
        self._send_json(HTTPStatus.OK, {**server.describe(self.server.supervisor.settings)})

    def _shape(self) -> None:
        self._send_json(HTTPStatus.OK, shape.described(self.server.supervisor))

    def _put(self) -> None:
        try:
            self.server.supervisor.change(shape.asked(self._body()))
        except (shape.NotAShape, SettingsError) as error:
            raise _Problem(HTTPStatus.BAD_REQUEST, "bad_request", str(error)) from None
        self._shape()

    def _delete(self) -> None:
        self.server.supervisor.reset()
        self._shape()

    def _answered(self, routes: dict[str, Callable[[], None]]) -> None:
        path = self.path.partition("?")[0]
        try:
            self._refuse_foreign()
            if path not in METHODS:
                raise _Problem(HTTPStatus.NOT_FOUND, "not_found", f"there is no {path}")
            if path not in routes:
                allowed = ", ".join(METHODS[path])
                detail = f"{path}: expected {allowed}"
                raise _Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail)
            routes[path]()
        except _Problem as problem:
            self._fail(problem)
        except SupervisorError as problem:
            self._fail(_Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_started", str(problem)))

    def _refuse_foreign(self) -> None:
        # A web page may give its own name this machine's address; its scripts then ask here.
        host = self.headers.get("Host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.removeprefix("[").removesuffix("]").lower()
        if name in self.server.names:
            return
        try:
            ipaddress.ip_address(name)
        except ValueError:
            raise _Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "misdirected_request",
                f"Host: {host[:100]!r}: expected an address, or one of "
                f"{', '.join(sorted(self.server.names))}",
            ) from None

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _Problem(HTTPStatus.LENGTH_REQUIRED, "length_required", "expected Content-Length")
        if int(length) > BODY_MAX_BYTES:
            self.close_connection = True
            raise _Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "content_too_large",
                f"the body has more than {BODY_MAX_BYTES} bytes",
            )
        return self.rfile.read(int(length))

    def _fail(self, problem: _Problem) -> None:
        self._send_json(problem.status, {"error": problem.error, "detail": problem.detail})

    def _send_json(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content).encode(), JSON)

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
