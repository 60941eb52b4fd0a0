"""What the supervisor of each service leaves behind, however it or its server ends: nothing."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from programs import SUPERVISOR_ABOVE, Program
from programs import supervised as supervised_settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families

MODULES = ("flask_svc", "fastapi_svc")
FEW_WORKERS = {"FLASK_WORKERS": "2", "FASTAPI_WORKERS": "2"}
# uvicorn's server waits so long for a sign of life before it replaces a worker.
SOON_REPLACED = {"WORKER_TIMEOUT_S": "5", "UPSTREAM_TIMEOUT_S": "4"}
TIMEOUT_S = 30.0

Eventually = Callable[..., None]
Run = Callable[..., "Supervised"]


@dataclass(frozen=True)
class Supervised:
    """A service with a supervisor and two workers."""

    program: Program
    folder: Path

    @property
    def process(self) -> psutil.Process:
        """The supervisor."""
        return psutil.Process(self.program.process.pid)

    def below(self) -> list[psutil.Process]:
        """The server, which is the first, and its workers."""
        return self.process.children(recursive=True)

    def ask(self, method: str, path: str, **shape: int) -> httpx.Response:
        """Ask the supervisor, on a connection of its own."""
        return httpx.request(method, self.address + path, json=shape or None, timeout=60)

    @property
    def address(self) -> str:
        """Where the supervisor answers."""
        return f"http://127.0.0.1:{int(self.program.url.rpartition(':')[2]) + SUPERVISOR_ABOVE}"

    def starts(self) -> float:
        """How many workers have started, as it counts them."""
        families = text_string_to_metric_families(self.ask("GET", "/metrics").text)
        [started] = [each for each in families if each.name == "lab_workers_started"]
        return float(started.samples[0].value)

    def workers(self) -> list[int]:
        """Processes of the workers that count."""
        families = text_string_to_metric_families(self.ask("GET", "/metrics").text)
        [serving] = [each for each in families if each.name == "lab_requests_in_service"]
        return [int(sample.labels["worker"]) for sample in serving.samples]

    def counts(self) -> list[Path]:
        """The files of counts in the service's folder."""
        return sorted(self.folder.glob("*.counts"))


@pytest.fixture
def run(run_program: Any, tmp_path: Path, eventually: Eventually) -> Iterator[Run]:
    """A function that starts a service with these settings; the folder is the same for all."""
    number = iter(range(9))
    with ExitStack() as stack:

        def run(module: str, **settings: str) -> Supervised:
            environ = FEW_WORKERS | SOON_REPLACED | supervised_settings() | settings
            log = tmp_path / f"{next(number)}.log"
            one = Supervised(stack.enter_context(run_program(module, environ, log)), tmp_path)
            eventually(lambda: one.starts() == 2, "both workers")
            return one

        yield run


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> str:
    """Each service in turn."""
    name: str = request.param
    return name


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )


def test_a_killed_server_leaves_no_worker(run: Run, module: str, eventually: Eventually) -> None:
    """Its workers would serve on, and keep the port from the next service."""
    one = run(module)
    server, *workers = one.below()
    server.kill()

    assert one.program.process.wait(TIMEOUT_S) == -signal.SIGKILL
    eventually(lambda: are_gone(workers), "no worker")
    assert one.counts() == []


def test_a_reload_is_no_end(run: Run, module: str) -> None:
    """SIGHUP lets the server replace its workers, and the shape can be changed after it."""
    one = run(module)
    one.process.send_signal(signal.SIGHUP)

    changed = one.ask("PUT", "/shape", workers=3)

    assert changed.status_code == 200, changed.text
    assert httpx.get(f"{one.program.url}/server").json()["workers"] == 3


def test_two_services_in_one_folder_count_for_themselves(
    run: Run, module: str, eventually: Eventually
) -> None:
    """Also after one of them has ended: a worker that then starts finds its own table."""
    first, second = run(module), run(module)
    assert len(first.counts()) == 2
    os.kill(first.workers()[0], signal.SIGKILL)
    eventually(lambda: first.starts() == 3, "a third worker of the first")
    assert second.starts() == 2

    second.program.process.terminate()
    second.program.process.wait(TIMEOUT_S)
    os.kill(first.workers()[0], signal.SIGKILL)

    eventually(lambda: first.starts() == 4, "a fourth worker of the first")
    assert len(first.counts()) == 1


def test_what_a_killed_service_left_behind_is_replaced(
    run: Run, module: str, eventually: Eventually
) -> None:
    """By the next one of the same port, which counts from zero."""
    killed = run(module)
    below = killed.below()
    killed.process.kill()
    killed.program.process.wait(TIMEOUT_S)
    for each in below:
        each.kill()
    eventually(lambda: are_gone(below), "no process of the first")
    [left] = killed.counts()

    following = run(module, LISTEN_PORT=killed.program.url.rpartition(":")[2])

    assert following.counts() == [left]
    assert following.starts() == 2


@pytest.mark.linux
def test_changes_of_the_shape_leave_no_file_open(
    run: Run, module: str, eventually: Eventually
) -> None:
    """Neither the supervisor nor a server has more of them after three more changes."""

    def files() -> tuple[int, int]:
        # The supervisor may close an answer's connection only after the client has read it.
        eventually(lambda: not connected(one.process), "the supervisor without a client")
        return one.process.num_fds(), one.below()[0].num_fds()

    one = run(module)
    one.ask("PUT", "/shape", workers=1)
    before = files()

    for connections in (7, 8, 9):
        answer = one.ask("PUT", "/shape", client_connections=connections)
        assert answer.status_code == 200, answer.text

    assert files() == before


def connected(process: psutil.Process) -> bool:
    return any(each.status != psutil.CONN_LISTEN for each in process.net_connections())


def test_a_client_that_leaves_is_no_traceback(run: Run, module: str) -> None:
    """In the middle of its request, as when a scraper is ended."""
    one = run(module)
    port = int(one.address.rpartition(":")[2])
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /met")
            # The kernel resets the connection when it is closed.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert one.ask("GET", "/shape").status_code == 200

    assert "Traceback" not in one.program.output()


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """A function that starts a service, and does not wait for it; it runs some code first."""
    started: list[subprocess.Popen[str]] = []

    def begin(module: str, code: str = "", **settings: str) -> "subprocess.Popen[str]":
        (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
        path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH", ""))))
        own = {"DATA_DIR": str(tmp_path), "PYTHONPATH": path} | supervised_settings() | settings
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=os.environ | FEW_WORKERS | own,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for each in started:
        each.kill()
        each.wait()
        assert each.stderr
        each.stderr.close()


# In the supervisor: a signal to itself as soon as its server is there, before it knows of it.
EARLY = """
import os, subprocess, sys, time
class Early(subprocess.Popen):
    def __init__(self, command, **more):
        super().__init__(command, **more)
        if command[-1].endswith(".serving"):
            with open({file!r}, "w") as file:
                file.write(str(self.pid))
            os.kill(os.getpid(), {number})
            time.sleep(0.5)
subprocess.Popen = Early
"""


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.linux)],
)
def test_a_signal_as_the_server_starts_leaves_no_server(
    begin: Any, module: str, number: signal.Signals, tmp_path: Path, eventually: Eventually
) -> None:
    """It has not yet asked the kernel to end with the supervisor; a signal that ends is kept."""
    file = tmp_path / "server"
    process = begin(module, EARLY.format(file=str(file), number=int(number)))

    # A server that has come so far ends by itself, as asked; one that has not is ended.
    assert process.wait(TIMEOUT_S) in {-number, 0 if number == signal.SIGTERM else -number}
    server = int(file.read_text(encoding="ascii"))
    eventually(lambda: not psutil.pid_exists(server) or is_zombie(server), "no server")
    if number == signal.SIGTERM:
        assert list(tmp_path.glob("*.counts")) == []


def is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_port_or_a_folder_that_cannot_be_had_leaves_no_file(
    begin: Any, module: str, tmp_path: Path
) -> None:
    """A sentence, and the exit code of a bad setting."""
    port = supervised_settings()["LISTEN_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        taken = begin(module, LISTEN_PORT=port)
        assert f"LISTEN_PORT={port}: expected a free port of" in taken.communicate()[1]
    assert taken.returncode == 2
    assert list(tmp_path.glob("*.counts")) == []

    name = f"{module.replace('_', '-')}-{port}.counts"
    (tmp_path / name).mkdir()
    refused = begin(module, LISTEN_PORT=port)
    assert f"DATA_DIR={str(tmp_path)!r}: expected a folder for {name}: " in refused.communicate()[1]
    assert refused.returncode == 2
