"""Real programs of the lab for tests, each on a free port and with its output in a file."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import certifi
import httpx
import psutil
import pytest

from lab import child_process
from lab.running.testbed.ports import free_port

ROOT = Path(__file__).parent.parent
SUPERVISOR_ABOVE = 1000  # the supervisor's port is so much above its service's
DEADLINE_S = 60.0
LOCUST = (str(Path(sys.executable).with_name("locust")), "--config", "locust/locust.conf")


def one_certificate() -> Path:
    """Return a new file with one of this machine's certificates; it is removed with this process.

    A worker of a service reads all of them several times when it starts, up to a fifth of the
    processor time of its start, and the tests start hundreds. They use plain HTTP only.
    """
    end = "-----END CERTIFICATE-----\n"
    handle, name = tempfile.mkstemp(prefix="lab-tests-", suffix=".pem")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(certifi.contents().partition(end)[0] + end)
    atexit.register(Path(name).unlink, missing_ok=True)
    return Path(name)


ONE_CERTIFICATE = {"SSL_CERT_FILE": str(one_certificate())}


@dataclass(frozen=True)
class Program:
    """A running program of the lab, in its own process session."""

    process: "subprocess.Popen[bytes]"
    log: Path
    url: str

    def output(self) -> str:
        """Return the program's output so far: stdout and stderr."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the program and all below it; do nothing if they have ended.

        A supervisor's server is in a session of its own.
        """
        with suppress(psutil.NoSuchProcess):
            program = psutil.Process(self.process.pid)
            for each in [program, *program.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    each.send_signal(number)


def start(
    command: Sequence[str], environ: Mapping[str, str], log: Path, port: int, *, cwd: Path = ROOT
) -> Program:
    """Start a program in its own session; stdout and stderr go to `log`."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(process, log, f"http://127.0.0.1:{port}")


def wait_until_answering(program: Program, path: str) -> None:
    """Poll a path until it answers 200, at most DEADLINE_S seconds.

    Fails the test after the deadline, and if the program ends; the failure shows its output.
    """
    until = time.monotonic() + DEADLINE_S
    with httpx.Client(base_url=program.url, timeout=5, trust_env=False) as client:
        while time.monotonic() < until:
            if program.process.poll() is not None:
                pytest.fail(f"ended with {program.process.returncode}:\n{program.output()}")
            try:
                if client.get(path).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    pytest.fail(f"no answer within {DEADLINE_S} s:\n{program.output()}")


def supervised() -> dict[str, str]:
    """Return settings that give a service a supervisor, on ports that are free."""
    return {
        "SUPERVISOR_HOST": "127.0.0.1",
        "LISTEN_PORT": str(free_port(also_above=SUPERVISOR_ABOVE)),
    }


@contextmanager
def running(module: str, settings: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Run `python -m MODULE` with these settings; yield it healthy, and kill it at the end.

    Takes a free port unless `settings` has LISTEN_PORT. The workers are killed, too.
    """
    port = int(settings.get("LISTEN_PORT", "0")) or free_port()
    own = {"LISTEN_PORT": str(port), "DATA_DIR": settings.get("DATA_DIR", str(log.parent))}
    environ = os.environ | ONE_CERTIFICATE | settings | own
    program = start([sys.executable, "-m", module], environ, log, port)
    try:
        wait_until_answering(program, "/healthz")
        yield program
    finally:
        program.stop()
        child_process.kill_groups(program.process)


def locust_environ(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for Locust: `settings`, and no LAB_ or LOCUST_ variable of a shell.

    Nothing is calibrated unless `settings` say so, so that the targets get only the test's load,
    and there is no database: nothing listens on its port.
    """
    alone = {"LAB_TARGETS": "", "CALIBRATE": "off", "POSTGRES_PORT": "1"}
    outside = {
        key: os.environ[key] for key in os.environ if not key.startswith(("LAB_", "LOCUST_"))
    }
    return outside | ONE_CERTIFICATE | alone | dict(settings)


@contextmanager
def running_locust(settings: Mapping[str, str], log: Path, *arguments: str) -> Iterator[Program]:
    """Run Locust with its page, as the lab starts it; yield it healthy.

    At the end Locust gets SIGTERM, then its workers are killed. A traceback in its output fails
    the test.
    """
    port = free_port()
    environ = locust_environ({"LOCUST_WEB_PORT": str(port), **settings})
    program = start([*LOCUST, *arguments], environ, log, port)
    try:
        wait_until_answering(program, "/healthz")
        yield program
    finally:
        program.process.terminate()
        try:
            # Not child_process.stop: a Locust that ignores SIGTERM must fail the test.
            program.process.wait(DEADLINE_S)
        finally:
            program.stop()
    assert "Traceback" not in program.output(), program.output()


@contextmanager
def running_load_worker(
    settings: Mapping[str, str], log: Path, *, master_port: str
) -> Iterator[Program]:
    """Run a load worker of the page at `master_port`; kill it at the end.

    A traceback in its output fails the test.
    """
    own = {"LOCUST_MODE_WORKER": "true", "LOCUST_MASTER_NODE_PORT": master_port}
    program = start(LOCUST, locust_environ(own | dict(settings)), log, port=0)
    try:
        yield program
    finally:
        child_process.kill(program.process)
    assert "Traceback" not in program.output(), program.output()


def run_headless(
    settings: Mapping[str, str], *arguments: str, close_fds: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run Locust without its page to its end; stdout is a JSON list per process."""
    return subprocess.run(
        [*LOCUST, "--headless", "--json", *arguments],
        cwd=ROOT,
        env=locust_environ(settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        close_fds=close_fds,
    )
