"""START on the dashboard, by a rehearsal: what is said of a refusal."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from workshop.rehearsal import dashboard


class Refusing(BaseHTTPRequestHandler):
    """Refuses every form, as the lab's page does to a program."""

    def do_POST(self) -> None:
        said = json.dumps({"success": False, "message": "route='admin': expected io."}).encode()
        self.send_response(400)
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


def test_a_lab_that_is_not_up_is_asked_after(page: str) -> None:
    with pytest.raises(dashboard.DashboardProblem, match="is the lab up"):
        dashboard.run("http://127.0.0.1:9", {}, 0.0)
