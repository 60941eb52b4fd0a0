"""A real mock upstream for the tests of this folder, as a process on a free port."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

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
        process.kill()
        process.wait()
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
