"""CLIENT_TRANSPORT=requests: Flask's sync routes call `requests.get`, as articles print it."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import pytest

from flask_svc import timing
from flask_svc.settings import Settings
from flask_svc.upstream import HttpUpstream

AS_PRINTED = {"CLIENT_TRANSPORT": "requests", "CLIENT_LIFETIME": "request"}
SYNC = ["/io", "/blocking-io", "/weather"]


class Witness(BaseHTTPRequestHandler):
    """An upstream that notes each connection, and the caller of each request."""

    protocol_version = "HTTP/1.1"
    connections = 0
    callers: list[str | None] = []

    def setup(self) -> None:
        """Count a connection."""
        super().setup()
        Witness.connections += 1

    def do_GET(self) -> None:
        """Answer as the upstream does, and keep the connection."""
        Witness.callers.append(self.headers["X-Caller"])
        body = b'{"delay_ms": 1.0}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def witness() -> Iterator[str]:
    """The address of a Witness that has seen nothing yet."""
    Witness.connections, Witness.callers = 0, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Witness) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def as_printed(start, settings_of, upstream):
    """A function that starts flask-svc with one worker that asks as articles print it."""
    from lab.targets import target

    def as_printed(**changed: str):
        settings = settings_of(target("flask-svc")) | AS_PRINTED | {"FLASK_WORKERS": "1"} | changed
        title = re.sub(r"\W+", "_", f"as-printed-{changed}")
        return start(title, "flask_svc", settings, keep=False)

    return as_printed


@pytest.mark.parametrize(
    ("client", "connections"),
    [({}, 1), (AS_PRINTED, 3)],
    ids=["one for the worker", "requests.get"],
)
def test_each_call_opens_a_connection_and_says_who_calls(witness, client, connections):
    """Three calls in a row; the worker's own client needs one connection for them."""
    asked = {"UPSTREAM_URL": witness, "TARGET": "somebody"} | client
    timing.current.set(timing.Timing())

    upstream = HttpUpstream(Settings.from_env(asked))
    with closing(upstream._shared):
        answers = upstream.call(3)

    assert answers == [{"delay_ms": 1.0}] * 3
    assert Witness.connections == connections
    assert Witness.callers == ["somebody"] * 3


def test_every_route_answers_and_the_upstream_knows_who_asks(as_printed, upstream):
    """The async ones too, with the client that they always have."""
    client = as_printed()
    delay_ms = upstream.get("/behaviour").json()["delay_ms"]

    for path in ("/io?parts=2", "/async-io", "/async-io-multi", "/blocking-io"):
        answers = client.get(path).json()["answers"]
        assert sum(each["delay_ms"] for each in answers) == delay_ms
    assert client.get("/weather").json()["city"] == "London"
    assert set(upstream.get("/stats").json()["callers"]) == {"flask-svc"}


def test_server_says_that_the_client_is_requests(as_printed):
    """With its version; a connection for each call is what `lifetime` says."""
    told = as_printed().get("/server").json()["client"]

    assert told == {
        "name": "requests",
        "version": version("requests"),
        "transport": "requests",
        "lifetime": "request",
        "connections": None,
    }


@pytest.mark.parametrize("path", SYNC)
@pytest.mark.parametrize(
    ("behaviour", "status", "word", "said"),
    [
        ({"error_rate": 1, "error_status": 507}, 502, "upstream_error", "507"),
        ({"reset_rate": 1}, 502, "upstream_unreachable", "refused or broke"),
        ({"hang_rate": 1}, 504, "upstream_timeout", "no answer from the upstream in 0.3 s"),
    ],
)
def test_a_failure_of_the_upstream_is_the_same_error(
    as_printed, upstream, path, behaviour, status, word, said
):
    """As with the other client, down to the sentence."""
    client = as_printed(UPSTREAM_TIMEOUT_S="0.3")
    upstream.put("/behaviour", json=behaviour)
    answer = client.get(path)

    assert (answer.status_code, answer.json()["error"]) == (status, word)
    assert said in answer.json()["detail"]
    assert upstream.get("/stats").json()["all"]["peak"] == 1


@pytest.mark.parametrize("path", SYNC)
def test_an_upstream_that_refuses_is_unreachable(as_printed, closed_port, path):
    """502, with the address that refused."""
    url = f"http://127.0.0.1:{closed_port}"
    answer = as_printed(UPSTREAM_URL=url).get(path)

    assert (answer.status_code, answer.json()["error"]) == (502, "upstream_unreachable")
    assert url in answer.json()["detail"]
