"""Locust without its page: what it sends, to whom, and what it makes of the answers."""

import csv
import json
import os
import re
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import httpx
import pytest
from programs import run_headless
from running_lab import running_services

from lab.running.testbed.ports import free_port

pytestmark = pytest.mark.loads

ROWS = {"flask-svc": "flask-svc /io", "fastapi-svc": "fastapi-svc /async-io"}

Upstream = tuple[subprocess.Popen[bytes], httpx.Client, Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def ports(
    upstream_process: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Both services before the shared upstream, by the settings of their ports."""
    url = str(upstream_process[1].base_url)
    shape = {"FASTAPI_WORKERS": "2", "LISTEN_BACKLOG": "512"}
    with running_services(url, tmp_path_factory.mktemp("services"), **shape) as services:
        yield services.own_ports


@pytest.fixture
def run(ports: dict[str, str]) -> Run:
    """Runs Locust to its end: run("-u", "4", LAB_TARGETS="flask-svc")."""

    def run_locust(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        told = ports | {name: str(value) for name, value in settings.items()}
        # One test has file descriptors to inherit.
        return run_headless(told, *arguments, close_fds=False)

    return run_locust


@dataclass(frozen=True)
class Row:
    """What Locust counted under one name; times in milliseconds."""

    requests: int
    failures: int
    total_ms: float
    times_ms: dict[float, int]


def rows(done: subprocess.CompletedProcess[str]) -> dict[str, Row]:
    """The rows of a run, by name. Load workers print an empty list each before the master's."""
    lists = done.stdout.lstrip("[]\n")
    return {
        each["name"]: Row(
            requests=each["num_requests"],
            failures=each["num_failures"],
            total_ms=each["total_response_time"],
            times_ms={float(ms): n for ms, n in each["response_times"].items()},
        )
        for each in json.loads(f"[{lists}")
    }


def served(upstream: httpx.Client) -> dict[str, int]:
    """How many calls the upstream has answered, by target."""
    stats = upstream.get("/stats").json()
    assert stats["all"]["in_flight"] == 0
    return {name: counts["served"] for name, counts in stats["callers"].items()}


def by_target(counted: dict[str, Row]) -> dict[str, int]:
    return {target: counted[name].requests for target, name in ROWS.items()}


def test_each_target_has_a_row_and_no_request_is_lost(
    run: Run, upstream: httpx.Client, tmp_path: Path
) -> None:
    """The rows add up to what the upstream served, requests in flight at the end included.

    Those of the files too, in which Locust alone would lack the last second.
    """
    upstream.put("/behaviour", json={"delay_ms": 300})

    done = run("-u", "16", "-r", "16", "-t", "2s", "--csv", str(tmp_path / "run"))

    assert done.returncode == 0, done.stderr
    counted = rows(done)
    assert set(counted) == set(ROWS.values())
    assert by_target(counted) == served(upstream)
    assert sum(row.failures for row in counted.values()) == 0
    stats, history, failures, _ = (
        list(csv.DictReader((tmp_path / f"run_{name}.csv").read_text().splitlines()))
        for name in ("stats", "stats_history", "failures", "exceptions")
    )
    written = {each["Name"]: int(each["Request Count"]) for each in stats}
    total = written.pop("Aggregated")
    assert written == {name: row.requests for name, row in counted.items()}
    assert int(history[-1]["Total Request Count"]) == total == sum(written.values())
    assert failures == []


def test_classes_of_another_file_run_beside_the_plain_ones(run: Run, tmp_path: Path) -> None:
    """As Locust alone would have them; those of the lab that run only when named do not.

    Their failures may be exceptions that nothing can copy; and a schedule they know none.
    """
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from locust import User, constant, events, task\n"
        "class Odd(Exception):\n"
        "    def __init__(self, a, b):\n"
        "        super().__init__('odd')\n"
        "class Mine(User):\n"
        "    wait_time = constant(0.2)\n"
        "    @task\n"
        "    def greet(self):\n"
        "        events.request.fire(request_type='', name='mine', response_time=1.0,\n"
        "                            response_length=0, exception=Odd(1, 2), context={})\n"
    )
    both = ("-f", f"locust/locustfile.py,{mine}")

    done = run(*both, "-u", "6", "-r", "6", "-t", "2s")
    refused = run(*both, "--load", "open", "-t", "2s")

    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    counted = rows(done)
    assert set(counted) == {*ROWS.values(), "mine"}
    assert counted["mine"].failures == counted["mine"].requests > 0
    assert refused.returncode == 2
    assert "locust: load='open': Mine cannot be scheduled" in refused.stderr


def test_response_times_are_kept_to_a_tenth_of_a_millisecond(
    run: Run, upstream: httpx.Client
) -> None:
    """Locust's own classes are 10 ms wide here, and would be off by 2.5 ms on average."""
    upstream.put("/behaviour", json={"delay_ms": 104})

    done = run("-u", "8", "-r", "8", "-t", "2s")

    for row in rows(done).values():
        of_classes_ms = sum(ms * n for ms, n in row.times_ms.items())
        assert of_classes_ms == pytest.approx(row.total_ms, abs=0.051 * row.requests)


def test_the_host_option_cannot_lead_the_load_elsewhere(run: Run, upstream: httpx.Client) -> None:
    """Nothing listens on port 9: a request that went there would be a failure."""
    done = run("-u", "2", "-t", "1s", "--host", "http://127.0.0.1:9", LOCUST_HOST="http://[::1]:9")

    assert done.returncode == 0, done.stderr
    assert "--host is ignored" in done.stderr
    assert by_target(rows(done)) == served(upstream)


def test_two_load_workers_run_both_classes_each_and_lose_nothing(
    run: Run, upstream: httpx.Client
) -> None:
    """Locust alone would give each of two workers one class, and count no request in flight."""
    upstream.put("/behaviour", json={"delay_ms": 900})
    port = free_port()

    done = run(
        *("-u", "16", "-r", "16", "-t", "2s", "--processes", "2", "--loglevel", "DEBUG"),
        LOCUST_MASTER_BIND_PORT=port,
        LOCUST_MASTER_NODE_PORT=port,
    )

    assert done.returncode == 0, done.stderr
    spawned = re.findall(r"Spawning additional ({.*?})", done.stderr)
    assert [json.loads(each) for each in spawned] == [{"FastapiSvc": 4, "FlaskSvc": 4}] * 2
    assert by_target(rows(done)) == served(upstream)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"LAB_TARGETS": "flask-svc,django"}, "LAB_TARGETS='flask-svc,django': expected names"),
        ({"FLASK_SVC_PORT": "http"}, "FLASK_SVC_PORT='http': expected a port from 1 to 65535"),
        ({"LAB_ROUTE": "admin"}, "argument --route: invalid choice: 'admin'"),
        ({"LAB_THINK_S": "-1"}, "argument --think-s: expected a number from 0 to 3,600"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_it_with_a_sentence(
    run: Run, settings: dict[str, str], sentence: str
) -> None:
    """Exit code 2, and nothing is sent."""
    done = run("-t", "1s", **settings)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_variants_are_there_where_they_are_named(run: Run) -> None:
    """LAB_TARGETS decides which classes there are; spaces and repetitions do not matter."""
    default = run("--list")
    named = run("--list", LAB_TARGETS="flask-asgi, fastapi-svc,flask-asgi")

    # The plain ones come first.
    assert default.stdout.split()[2:5] == ["FlaskSvc", "FastapiSvc", "FlaskSvcApi"]
    assert named.stdout.split()[2:5] == ["FlaskAsgi", "FastapiSvc", "FlaskAsgiApi"]


FAULTS = {
    b"HTTP/1.1 504 Gateway Timeout": (
        b'{"error": "upstream_timeout", "detail": "no answer in 65 s"}',
        "answered 504 upstream_timeout: no answer in 65 s",
    ),
    b"HTTP/1.1 500 Internal Server Error": (b"<h1>oh</h1>", "answered 500"),
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/": (b"{}", "answered 302"),
    b"HTTP/1.1 200 OK": (b"hello", "answered 200, but not with JSON"),
    b"HTTP/1.1 200 Fine": (b"{}", "answered 200, but without X-Worker-Pid"),
    b"HTTP/1.1 200 OK\r\nX-Worker-Pid: 1": (b"", "the answer could not be read: "),
    b"": (b"", "no answer: "),
}


@pytest.fixture
def impostor() -> Iterator["Impostor"]:
    """A server that is none of the lab's; it gives each answer of `heads` in turn."""
    with Impostor() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Impostor(ThreadingHTTPServer):
    """Counts its connections and requests."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: Iterator[bytes] = cycle([good_answer()])
        self.connections = 0
        self.requests = 0
        self.lock = Lock()

    def next_answer(self) -> bytes:
        with self.lock:
            self.requests += 1
            return next(self.answers)


def good_answer() -> bytes:
    return b"HTTP/1.1 200 OK\r\nX-Worker-Pid: 1\r\nContent-Length: 2\r\n\r\n{}"


class Answering(BaseHTTPRequestHandler):
    """Writes the bytes that it is told to; an answer that is not a good one ends the connection."""

    protocol_version = "HTTP/1.1"
    server: Impostor

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        answer = self.server.next_answer()
        self.wfile.write(answer)
        self.close_connection = answer != good_answer()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_wrong_answer_is_a_failure_with_a_sentence(run: Run, impostor: Impostor) -> None:
    """Whatever is wrong: the request counts, under its own name, as failed."""
    impostor.answers = cycle(
        head and head + b"\r\nContent-Length: %d\r\n\r\n" % (len(body) or 99) + body
        for head, (body, _) in FAULTS.items()
    )

    done = run(
        *("-u", "1", "-t", "1s", "--think-s", "0.01"),
        LAB_TARGETS="flask-svc",
        FLASK_SVC_PORT=impostor.server_port,
    )

    assert done.returncode == 1, done.stderr
    [(name, row)] = rows(done).items()
    assert name == "flask-svc /io"
    assert row.failures == row.requests == impostor.requests
    report = done.stderr.partition("Error report")[2]
    assert report.count("flask-svc /io") == len(FAULTS), report
    for _, sentence in FAULTS.values():
        assert sentence in report
    assert "Traceback" not in done.stderr


def test_a_target_that_is_down_is_a_failure_too(run: Run) -> None:
    """A refused connection has a row like any other request."""
    done = run(
        *("-u", "1", "-t", "1s", "--think-s", "0.1"),
        LAB_TARGETS="fastapi-svc",
        FASTAPI_SVC_PORT=free_port(),
    )

    assert done.returncode == 1
    row = rows(done)["fastapi-svc /async-io"]
    assert row.failures == row.requests > 0
    assert "no answer: [Errno 111] Connection refused" in done.stderr


def test_connections_are_kept_beyond_descriptor_1024(run: Run, impostor: Impostor) -> None:
    """select() cannot look at such a descriptor; Locust's client would connect for each request."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        if soft < 2048:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))
            stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1024):
            os.set_inheritable(descriptor := os.open(os.devnull, os.O_RDONLY), True)
            stack.callback(os.close, descriptor)

        # Forty users, because a few descriptors below are free again in the child.
        run(
            *("-u", "40", "-r", "40", "-t", "3s", "--think-s", "0.1"),
            LAB_TARGETS="flask-svc",
            FLASK_SVC_PORT=impostor.server_port,
        )

    assert impostor.requests >= 2 * 40
    assert impostor.connections == 40
