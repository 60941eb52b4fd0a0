"""The supervisor of each service: what it counts, what it refuses, and how it changes the shape."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
from programs import SUPERVISOR_ABOVE as ABOVE
from programs import supervised as supervised_settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from fastapi_svc import metrics as fastapi_metrics
from flask_svc import metrics as flask_metrics
from lab.environment import ROOT
from lab.targets import target as target_named

FRAMEWORKS = ("flask", "fastapi")
DEADLINE_S = 20.0
BURNT_S = 0.004


class Supervised:
    """A service with a supervisor."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self.url = url
        self.process = process
        self.port = int(url.rpartition(":")[2])
        self.service = httpx.Client(base_url=url, timeout=30)
        address = f"http://127.0.0.1:{self.port + ABOVE}"
        # A connection for each request: a server must not depend on the one that asked for it.
        no_keep_alive = httpx.Limits(max_keepalive_connections=0)
        self.supervisor = httpx.Client(base_url=address, timeout=60, limits=no_keep_alive)

    def close(self) -> None:
        """Close the clients."""
        self.service.close()
        self.supervisor.close()

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels; fails where it is absent."""
        found = self.samples(name)
        assert found, f"{name} is absent"
        return sum(found.values())

    def samples(self, name: str) -> dict[str, float]:
        """The values of a metric by worker, or by process."""
        answer = self.supervisor.get("/metrics")
        assert answer.status_code == 200, answer.text
        return {
            sample.labels.get("worker", sample.labels.get("process", "")): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == name
        }

    def until(self, name: str, value: float) -> None:
        """Wait until a metric has this value."""
        give_up_s = time.monotonic() + DEADLINE_S
        while (found := self.metric(name)) != value:
            assert time.monotonic() < give_up_s, f"{name} stays {found}, expected {value}"
            time.sleep(0.02)


@pytest.fixture
def supervised(run_target) -> Iterator[Callable[..., Supervised]]:
    """A function that starts a target below a supervisor."""
    with ExitStack() as stack:

        def supervised(name: str, **changed: str) -> Supervised:
            program = run_target(name, **supervised_settings(), **changed)
            return stack.enter_context(closing(Supervised(program.url, program.process)))

        yield supervised


@pytest.fixture(params=FRAMEWORKS)
def either(request: pytest.FixtureRequest, supervised) -> Supervised:
    """Each service in turn, with both of its workers."""
    one: Supervised = supervised(f"{request.param}-svc")
    one.until("lab_workers_started_total", 2)
    return one


@pytest.fixture(params=FRAMEWORKS)
def unchanged(request: pytest.FixtureRequest, start, settings_of) -> Iterator[Supervised]:
    """Each service in turn, the same for all tests that change nothing."""
    target = target_named(f"{request.param}-svc")
    client = start(
        f"{target.name} supervised",
        f"{request.param}_svc",
        settings_of(target) | supervised_settings(),
    )
    with closing(Supervised(str(client.base_url).rstrip("/"))) as one:
        one.until("lab_workers_started_total", 4)
        yield one


@pytest.fixture
def asking() -> Iterator[Callable[..., list[httpx.Response]]]:
    """A function that sends requests at once from threads; their answers come into its list."""
    threads: list[threading.Thread] = []

    def ask(url: str, number: int) -> list[httpx.Response]:
        answers: list[httpx.Response] = []

        def one() -> None:
            answers.append(httpx.get(url, timeout=60))

        threads.extend(threading.Thread(target=one) for _ in range(number))
        for each in threads[-number:]:
            each.start()
        return answers

    yield ask
    for each in threads:
        each.join()


def test_what_waits_for_a_sync_worker_is_in_the_accept_queue(supervised, upstream, asking):
    """Seven at once on two workers: two in service, five that the kernel holds."""
    upstream.put("/behaviour", json={"delay_ms": 1500})
    one = supervised("flask-svc")

    asking(f"{one.url}/io", 7)

    one.until("lab_requests_in_service", 2)
    one.until("lab_accept_queue_requests", 5)
    assert one.metric("lab_client_connections_busy") == 2


def test_plain_def_routes_wait_for_a_thread(supervised, upstream, asking):
    """Seven at once on one worker with three threads: all taken, three busy, four wait."""
    upstream.put("/behaviour", json={"delay_ms": 1500})
    one = supervised("fastapi-svc", FASTAPI_WORKERS="1", FASTAPI_THREADS="3")

    asking(f"{one.url}/io", 7)

    one.until("lab_threads_busy", 3)
    one.until("lab_threads_waiting", 4)
    assert one.metric("lab_requests_in_service") == 7
    assert one.metric("lab_accept_queue_requests") == 0


def test_requests_wait_for_a_thread_of_gunicorn(supervised, upstream, asking):
    """Seven at once on one worker with three threads: three in service, four taken that wait."""
    upstream.put("/behaviour", json={"delay_ms": 1500})
    one = supervised("flask-gthread", FLASK_WORKERS="1", FLASK_THREADS="3", FLASK_CONNECTIONS="100")

    asking(f"{one.url}/io", 7)

    one.until("lab_requests_in_service", 3)
    one.until("lab_threads_waiting", 4)


def test_calls_wait_for_a_connection_of_the_pool(supervised, upstream, asking):
    """Seven at once, two connections: two calls at the upstream, five wait."""
    upstream.put("/behaviour", json={"delay_ms": 800})
    one = supervised("fastapi-svc", FASTAPI_WORKERS="1", CLIENT_CONNECTIONS="2")

    asking(f"{one.url}/async-io", 7)

    one.until("lab_client_connections_busy", 2)
    one.until("lab_client_connections_waiting", 5)
    assert upstream.get("/stats").json()["all"]["in_flight"] == 2


def test_a_blocked_loop_lags(supervised, upstream, asking):
    """A sync client inside of `async def`: no sign of life while it waits, and known after it."""
    upstream.put("/behaviour", json={"delay_ms": 1500})
    one = supervised("fastapi-svc", FASTAPI_WORKERS="1")
    assert one.metric("lab_event_loop_lag_seconds") < 0.5
    answered = one.metric("lab_requests_answered_total")

    asking(f"{one.url}/blocking-io", 1)
    one.until("lab_requests_answered_total", answered + 1)

    assert one.metric("lab_event_loop_lag_seconds") > 0.8


def test_every_answer_is_counted_and_so_is_what_it_cost(either):
    """Also those without a view."""
    before_s = either.metric("lab_processor_seconds_total")
    before = either.metric("lab_requests_answered_total")
    for _ in range(300):
        either.service.get("/json")
    either.service.get("/nowhere")

    either.until("lab_requests_answered_total", before + 301)
    assert either.metric("lab_processor_seconds_total") > before_s
    assert either.metric("lab_memory_proportional_bytes") > 10e6


@pytest.mark.linux
@pytest.mark.parametrize("metrics", [fastapi_metrics, flask_metrics], ids=FRAMEWORKS[::-1])
def test_processor_time_is_exact_and_has_ended_threads_in_it(metrics):
    """What the kernel tells of a process from outside is what the process itself would say."""
    own, burning = os.getpid(), threading.Thread(target=burn, args=(BURNT_S,))
    before_s = metrics.processor_s(own)
    burning.start()
    burning.join()

    least_s = time.process_time()
    after_s = metrics.processor_s(own)

    assert after_s - before_s > BURNT_S
    assert least_s <= after_s <= time.process_time()


def burn(processor_s: float) -> None:
    """Use the processor in this thread: less than a tick of the kernel's hundredth of a second."""
    until_s = time.thread_time() + processor_s
    while time.thread_time() < until_s:
        pass


@pytest.mark.linux
@pytest.mark.parametrize("metrics", [fastapi_metrics, flask_metrics], ids=FRAMEWORKS[::-1])
def test_of_a_process_that_has_ended_no_processor_time_is_known(metrics):
    """It is absent, not 0."""
    with subprocess.Popen(["true"]) as ended:
        ended.wait()

    assert metrics.processor_s(ended.pid) is None


def test_a_worker_in_place_of_another_is_counted(either):
    """The one that was killed is gone, and a third has started."""
    killed = workers(either)[0]
    os.kill(killed, signal.SIGKILL)

    either.until("lab_workers_started_total", 3)
    assert len(workers(either)) == 2
    assert killed not in workers(either)


def test_it_answers_while_every_worker_is_frozen(either):
    """The kernel's and the workers' last counts."""
    for worker in workers(either):
        os.kill(worker, signal.SIGSTOP)
    try:
        with socket.create_connection(("127.0.0.1", either.port)):
            either.until("lab_accept_queue_requests", 1)
        assert either.supervisor.get("/shape").status_code == 200
    finally:
        for worker in workers(either):
            os.kill(worker, signal.SIGCONT)


def workers(one: Supervised) -> list[int]:
    """Processes of the workers."""
    return [int(each) for each in one.samples("lab_requests_in_service")]


def test_a_changed_shape_is_that_of_the_server(either):
    """PUT, then DELETE; the server itself says which shape it has."""
    start = either.supervisor.get("/shape").json()["shape"]

    changed = either.supervisor.put("/shape", json={"workers": 3, "client_connections": 7})

    assert changed.status_code == 200, changed.text
    assert changed.json()["shape"] == start | {"workers": 3, "client_connections": 7}
    assert changed.json()["took_s"] > 0
    assert either.service.get("/server").json()["workers"] == 3
    assert len(workers(either)) == 3
    assert either.supervisor.delete("/shape").json()["shape"] == start
    assert either.service.get("/server").json()["workers"] == 2


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_reset_takes_back_what_the_start_did_not_set(framework, run_program, tmp_path):
    """Started without a single setting of the shape: those of the code are the start's."""
    with (
        run_program(f"{framework}_svc", supervised_settings(), tmp_path / "log") as program,
        closing(Supervised(program.url)) as one,
    ):
        start = one.supervisor.get("/shape").json()["shape"]
        one.supervisor.put("/shape", json={"client_connections": 7, "workers": 1})

        assert one.supervisor.delete("/shape").json()["shape"] == start
        assert one.service.get("/server").json()["workers"] == start["workers"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_request_is_lost_while_the_shape_changes(supervised, upstream, framework):
    """Sixteen clients who ask again at once, each on a new connection, through two changes."""
    upstream.put("/behaviour", json={"delay_ms": 50})
    one = supervised(f"{framework}-svc")
    ends, answers, failures = threading.Event(), [], []

    def user() -> None:
        while not ends.is_set():
            try:
                answers.append(httpx.get(f"{one.url}/io", timeout=60).status_code)
            except httpx.TransportError as error:
                failures.append(repr(error))

    users = [threading.Thread(target=user) for _ in range(16)]
    for each in users:
        each.start()
    try:
        assert one.supervisor.put("/shape", json={"workers": 3}).status_code == 200
        assert one.supervisor.delete("/shape").status_code == 200
    finally:
        ends.set()
        for each in users:
            each.join()

    assert failures == []
    assert set(answers) == {200}
    assert upstream.get("/stats").json()["all"]["served"] >= len(answers) > 16


def test_it_describes_the_server_as_the_server_itself_does(unchanged):
    """Word by word."""
    told = unchanged.supervisor.get("/server")

    assert told.status_code == 200
    assert told.json() == unchanged.service.get("/server").json()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{}", "expected a JSON object with some of worker_class, workers"),
        (b"[1]", "expected a JSON object"),
        (b"\xff", "expected a JSON object"),
        (b'{"wrokers": 3}', "wrokers: expected one of worker_class, workers"),
        (b'{"workers": true}', "workers: expected a whole number or a text"),
        (b'{"workers": 0}', "_WORKERS='0': expected a whole number from 1 to 1000"),
        (b'{"worker_class": "magic"}', "_WORKER_CLASS='magic': expected one of"),
    ],
)
def test_what_is_no_shape_is_refused_and_nothing_happens(unchanged, body, sentence):
    """With the sentence that start-up would give."""
    before = workers(unchanged)
    answer = unchanged.supervisor.put("/shape", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert sentence in answer.json()["detail"]
    assert workers(unchanged) == before


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/metrics", 405, "method_not_allowed"),
        ("DELETE", "/metrics", 405, "method_not_allowed"),
    ],
)
def test_other_paths_and_methods_are_refused_in_the_common_form(
    unchanged, method, path, status, error
):
    """An error and a detail."""
    answer = unchanged.supervisor.request(method, path, content=b"")

    assert answer.status_code == status
    assert answer.json()["error"] == error


def test_it_answers_to_its_own_names_only(unchanged):
    """A web page's own name may lead here; its scripts then would ask in its name."""
    for host in ("localhost", "127.0.0.1:9001", "[::1]:9001"):
        assert unchanged.supervisor.get("/shape", headers={"Host": host}).status_code == 200
    foreign = unchanged.supervisor.get("/shape", headers={"Host": "example.org"})

    assert foreign.status_code == 421
    assert foreign.json()["error"] == "misdirected_request"


def test_it_ends_with_the_service_and_the_service_with_it(either):
    """A signal to either, however it comes, leaves no process."""
    left = [*workers(either)]
    either.process.terminate()

    assert either.process.wait(DEADLINE_S) in (0, -signal.SIGTERM)
    until_gone(left)


@pytest.mark.linux
def test_a_killed_supervisor_leaves_no_server(either):
    """The kernel ends the server with it."""
    left = [*workers(either)]
    either.process.kill()

    until_gone(left)


def until_gone(processes: list[int]) -> None:
    give_up_s = time.monotonic() + DEADLINE_S
    while any(Path(f"/proc/{each}").exists() for each in processes):
        assert time.monotonic() < give_up_s, processes
        time.sleep(0.02)


def test_the_documented_metrics_are_those_that_are_told(supervised):
    """By name; FastAPI tells all of them."""
    one = supervised("fastapi-svc")
    told = {
        sample.name
        for family in text_string_to_metric_families(one.supervisor.get("/metrics").text)
        for sample in family.samples
    }
    documented = {
        line.split("`")[1]
        for line in (ROOT / "docs/metrics.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `lab_")
    }

    assert told == documented
