"""START and the server's dial on the dashboard, by a rehearsal, and what is said of a refusal."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from workshop.rehearsal import dashboard


class Refusing(BaseHTTPRequestHandler):
    """Refuses every form, as the lab's page does to a program."""

    def do_POST(self) -> None:
        self._tell({"success": False, "message": "route='admin': expected io."}, 400)

    def do_PUT(self) -> None:
        """Another shape; one without workers is refused, as a supervisor does."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._tell(
            {"detail": "FLASK_WORKERS='0': expected more."}
            if asked == {"workers": 0}
            else {"shape": {"path": self.path, **asked}, "took_s": 1.5},
            422 if asked == {"workers": 0} else 200,
        )

    def do_DELETE(self) -> None:
        """The shape of the start."""
        self._tell({"shape": "as started", "took_s": 0.5}, 200)

    def _tell(self, told: dict[str, object], status: int) -> None:
        said = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_refused_start_has_the_sentence_of_the_page(page: str) -> None:
    with pytest.raises(dashboard.DashboardProblem) as problem:
        dashboard.run(page, {"route": "admin"}, 0.0)

    assert str(problem.value) == f"{page}/swarm answered 400: route='admin': expected io."


def test_another_shape_is_sent_with_numbers_and_words(page: str) -> None:
    fields = {"worker_class": "gthread", "threads": "100"}
    shape = {"path": "/lab/shape/flask-svc", "worker_class": "gthread", "threads": 100}
    assert dashboard.shape(page, "flask-svc", fields) == f"flask-svc: {shape}, replaced in 1.5 s"
    assert dashboard.shape(page, "flask-svc", {}) == "flask-svc: as started, replaced in 0.5 s"


def test_a_refused_shape_has_the_sentence_of_the_supervisor(page: str) -> None:
    with pytest.raises(dashboard.DashboardProblem, match="answered 422: FLASK_WORKERS='0'"):
        dashboard.shape(page, "flask-svc", {"workers": "0"})


def test_a_lab_that_is_not_up_is_asked_after(page: str) -> None:
    with pytest.raises(dashboard.DashboardProblem, match="is the lab up"):
        dashboard.run("http://127.0.0.1:9", {}, 0.0)
