"""What every test may use: real programs on free ports, and the lab in containers."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest
from made_handouts import make as make_handouts

from lab import environment
from lab.experiments.stand.ports import free_port
from lab.runtime import docker, topology

pytest_plugins = ("layers", "side_by_side", "costs")

ROOT = Path(__file__).parent.parent
DEADLINE_S = 60.0
CONTAINERS_DELAY_MS = "300"
# Each httpx client would read this machine's certificates, some 15 ms of processor time, and there
# are thousands: once is enough, since the tests speak plain HTTP.
ssl.create_default_context = cache(ssl.create_default_context)

# A shell's background job ignores SIGINT, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ports_of_a_lab() -> dict[str, str]:
    """A free port for every setting of .env that is one; all differ."""
    names = [name for name in environment.read(ROOT / ".env") if name.endswith("_PORT")]
    return {name: str(free_port()) for name in names}


@dataclass(frozen=True)
class Program:
    """A running program of the lab, in a session of its own."""

    process: "subprocess.Popen[bytes]"
    log: Path
    url: str

    def output(self) -> str:
        """All it has written."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to it and its workers."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


@contextmanager
def running(module: str, settings: Mapping[str, str], log: Path) -> Iterator[Program]:
    """`python -m MODULE` with these settings, healthy; killed with its workers in the end."""
    port = int(settings.get("LISTEN_PORT", "0")) or free_port()
    own = {"LISTEN_PORT": str(port), "DATA_DIR": settings.get("DATA_DIR", str(log.parent))}
    environ = os.environ | settings | own
    program = start([sys.executable, "-m", module], environ, log, port)
    try:
        wait_until_answering(program, "/healthz")
        yield program
    finally:
        program.stop()
        program.process.wait()


@contextmanager
def running_locust(settings: Mapping[str, str], log: Path, *arguments: str) -> Iterator[Program]:
    """Locust with its page, as the lab starts it; its workers end with it."""
    port = free_port()
    outside = {
        key: os.environ[key] for key in os.environ if not key.startswith(("LAB_", "LOCUST_"))
    }
    environ = outside | {"LAB_TARGETS": "", "LOCUST_WEB_PORT": str(port)} | settings
    locust = [str(Path(sys.executable).with_name("locust")), "--config", "locust/locust.conf"]
    program = start([*locust, *arguments], environ, log, port)
    try:
        wait_until_answering(program, "/healthz")
        yield program
    finally:
        program.process.terminate()
        try:
            program.process.wait(DEADLINE_S)
        finally:
            program.stop()
    assert "Traceback" not in program.output(), program.output()


def start(command: list[str], environ: Mapping[str, str], log: Path, port: int) -> Program:
    """A program in a session of its own that writes to `log`."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(process, log, f"http://127.0.0.1:{port}")


def wait_until_answering(program: Program, path: str) -> None:
    """Poll a path; a program that dies puts its output into the failure."""
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


@dataclass(frozen=True)
class Containers:
    """A lab in containers and the settings it was started with."""

    environ: dict[str, str]

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """`python3 -m lab ARGUMENTS` as make calls it."""
        return subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            env=self.environ | changed,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def compose(self, *arguments: str) -> str:
        """What docker compose prints; it has to succeed."""
        done = docker.compose(self.environ, *arguments, capture=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, name: str) -> str:
        """A target's published address, or the upstream's or Locust's."""
        ports = {program.name: program.port_setting for program in topology.programs("variants")}
        return f"http://127.0.0.1:{self.environ[ports[name]]}"

    def python(self, name: str, code: str) -> str:
        """What a piece of Python prints inside a container."""
        return self.compose("exec", "--no-TTY", name, "python", "-c", code)


@pytest.fixture(scope="session")
def containers(
    free_ports: Callable[[], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Containers]:
    """Every target, the upstream and Locust, built from the tree and healthy."""
    own = {
        "LAB_RUN": str(tmp_path_factory.mktemp("containers") / "run"),
        "RUNTIME": "docker",
        "UPSTREAM_DELAY_MS": CONTAINERS_DELAY_MS,
        # uvicorn may wait so long before it replaces a worker that was killed.
        "WORKER_TIMEOUT_S": "20",
        "UPSTREAM_TIMEOUT_S": "15",
    }
    started = Containers(environment.load(os.environ) | free_ports() | own)
    done = started.run("up", "--profile", "variants")
    try:
        assert done.returncode == 0, done.stderr
        yield started
    finally:
        started.run("down")


@pytest.fixture(scope="session")
def free_ports() -> Callable[[], dict[str, str]]:
    """A function that returns free ports for a whole lab, by setting."""
    return ports_of_a_lab


@pytest.fixture(scope="session")
def run_program() -> Callable[..., AbstractContextManager[Program]]:
    """`running`, for tests that start programs themselves."""
    return running


@pytest.fixture(scope="session")
def run_locust() -> Callable[..., AbstractContextManager[Program]]:
    """`running_locust`, likewise."""
    return running_locust


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site and booklet of the handouts that made_handouts.py makes, built once."""
    handouts = make_handouts(tmp_path_factory.mktemp("made") / "lab")
    return build_handouts(handouts, handouts / "site")


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site and booklet of the real handouts, built once."""
    return build_handouts(ROOT / "handouts", tmp_path_factory.mktemp("real") / "site")


def build_handouts(source: Path, site: Path) -> Path:
    """As `make handouts` builds them, whatever this machine's settings are."""
    from lab.handouts import command  # here: what runs no handouts need not import it

    environ = environment.load({}, root=ROOT / "no-such-folder")
    assert command.build(room="", run=None, environ=environ, source=source, site=site) == 0
    return site


@pytest.fixture
def eventually() -> Callable[..., None]:
    """A function that waits for a condition: eventually(lambda: is_idle(upstream), "idle")."""

    def poll(condition: Callable[[], object], sentence: str = "the condition did not hold") -> None:
        until = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"not within {DEADLINE_S} s: {sentence}")
            time.sleep(0.05)

    return poll
