"""A real mock upstream for the tests of this folder, and a whole lab before it, on free ports."""

import csv
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_database import Database, running_database
from running_lab import RunningLab, Services, running_page, running_services

from lab import child_process

DEADLINE_S = 20.0

StartUpstream = Callable[..., tuple[subprocess.Popen[bytes], httpx.Client]]


def poll(what: Callable[[], object], failure: Callable[[], str]) -> None:
    """Return once `what` gives something true; fail with `failure` after the deadline."""
    give_up_s = time.monotonic() + DEADLINE_S
    while not what():
        if time.monotonic() > give_up_s:
            pytest.fail(failure())
        time.sleep(0.01)


@contextmanager
def running_upstream(
    log: Path, settings: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A mock upstream that writes to `log`, and a client that speaks to it."""
    command = [sys.executable, "-m", "mock_upstream"]
    environ = os.environ | {"LISTEN_PORT": "0"} | settings
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)
    try:

        def address() -> re.Match[str] | None:
            if process.poll() is not None:
                pytest.fail(f"mock_upstream ended with {process.returncode}:\n{log.read_text()}")
            return re.search(r"listens on (\S+),", log.read_text())

        poll(address, lambda: f"mock_upstream did not listen:\n{log.read_text()}")
        found = address()
        assert found is not None
        with httpx.Client(base_url=found[1], timeout=DEADLINE_S) as client:
            yield process, client
    finally:
        child_process.kill(process)
    said = log.read_text()
    assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def upstream_process(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client, Path]]:
    """The one mock upstream that most tests share."""
    log = tmp_path_factory.mktemp("upstream") / "log"
    with running_upstream(log, {"UPSTREAM_DELAY_MS": "20"}) as (process, client):
        yield process, client, log


@pytest.fixture
def upstream(
    upstream_process: tuple[subprocess.Popen[bytes], httpx.Client, Path],
) -> Iterator[httpx.Client]:
    """A client of a mock upstream that holds nothing, remembers nothing and waits 20 ms."""
    process, client, log = upstream_process

    def is_idle() -> bool:
        return bool(client.get("/stats").json()["all"]["in_flight"] == 0)

    poll(is_idle, lambda: f"still holding: {client.get('/stats').text}")
    client.delete("/behaviour")
    client.delete("/stats")
    yield client
    if process.poll() is not None:
        pytest.fail(f"mock_upstream ended with {process.returncode}:\n{log.read_text()}")


@pytest.fixture(scope="session")
def database(
    upstream_process: tuple[subprocess.Popen[bytes], httpx.Client, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database]:
    """A PostgreSQL that follows the dial of the shared upstream."""
    url = str(upstream_process[1].base_url).rstrip("/")
    with running_database(tmp_path_factory.mktemp("database") / "log", url) as found:
        yield found


@pytest.fixture
def start_upstream(tmp_path: Path) -> Iterator[StartUpstream]:
    """Starts a mock upstream of the test's own: start_upstream(SHUTDOWN_S="1")."""
    with ExitStack() as stack:
        count = iter(range(100))

        def start(**settings: str) -> tuple[subprocess.Popen[bytes], httpx.Client]:
            log = tmp_path / f"upstream-{next(count)}.log"
            return stack.enter_context(running_upstream(log, settings))

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[[httpx.Client], socket.socket]]:
    """Opens bare connections to the server that a client speaks to, and closes them at the end."""
    with ExitStack() as stack:

        def open_connection(client: httpx.Client) -> socket.socket:
            url = client.base_url
            assert url.port is not None
            return stack.enter_context(
                socket.create_connection((url.host, url.port), timeout=DEADLINE_S)
            )

        yield open_connection


# What the page posts when START is pressed; a test posts all of it, because options outlive a run.
FORM: Mapping[str, object] = {
    "user_count": 16,
    "spawn_rate": 100,
    "load": "closed",
    "route": "natural",
    "think_s": 0,
    "burst_size": 16,
    "burst_every_s": 5,
    "arrival_rate": 8,
    "arrivals": "even",
    "arrival_seed": 1,
    "max_in_flight": 2000,
    "step_s": 15,
    "user_classes": ["FastapiSvc", "FlaskSvc"],
}


@pytest.fixture(scope="module")
def services(
    upstream_process: tuple[subprocess.Popen[bytes], httpx.Client, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Services]:
    """Both services before the shared upstream, for all tests of a file."""
    url = str(upstream_process[1].base_url)
    with running_services(url, tmp_path_factory.mktemp("services")) as both:
        yield both


class Lab(RunningLab):
    """Locust's page and the load workers behind it, each with its log."""

    form = FORM

    def dial(self, **fields: object) -> None:
        """Turn the upstream's dial by way of the page, which is then told of it."""
        told = self.page.put("/lab/behaviour", json=fields).raise_for_status().json()
        self.when(lambda state: state["upstream"]["behaviour"] == told, "the dial as it is now")

    def begin(self, **fields: object) -> None:
        """Press START, and wait for the first state of the new run."""
        before = self.state()["run"]["began_s"]
        self.edit(**fields)
        self.when(lambda state: state["run"]["began_s"] != before, "a new run")

    def rows(self) -> dict[str, tuple[int, int]]:
        """Locust's own counts, answers and failures, by the name of the row."""
        table = csv.DictReader(self.page.get("/stats/requests/csv").text.splitlines())
        return {
            each["Name"]: (int(each["Request Count"]), int(each["Failure Count"])) for each in table
        }

    def end(self) -> None:
        """Whatever a test has left: the run ends, as fast as its queue can be served."""
        self.page.delete("/lab/behaviour").raise_for_status()
        self.stop()


StartLab = Callable[..., AbstractContextManager[Lab]]


@pytest.fixture(scope="session")
def start_lab() -> StartLab:
    """Start Locust's page with load workers, or alone with 0: start_lab(ports, logs, workers=2).

    `ports` are the settings of the services' ports and the upstream's.
    """

    @contextmanager
    def start(ports: dict[str, str], logs: Path, *, workers: int) -> Iterator[Lab]:
        with running_page(ports, logs, load_workers=workers) as (page, load_workers):
            yield Lab(page, load_workers)

    return start


@pytest.fixture(scope="module")
def shared_lab(
    services: Any, start_lab: StartLab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """Locust's page and one load worker, for all tests of a module."""
    with start_lab(services.ports, tmp_path_factory.mktemp("lab"), workers=1) as lab:
        yield lab
