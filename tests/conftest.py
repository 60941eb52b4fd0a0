"""What every test may use: real programs on free ports, and a word on layers left out."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from lab import environment
from lab.runtime import docker, topology

ROOT = Path(__file__).parent.parent
DEADLINE_S = 60.0
CONTAINERS_DELAY_MS = "300"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What each layer needs, and how to have it.
LAYERS = {
    "docker": "no Docker engine answers; start one (on bare Debian: .ci/docker-engine)",
    "room": "no network namespace can be had for a room without internet; run as root on Linux",
    "browser": "no Chromium in PATH; install one (on Debian: apt-get install chromium)",
}


# A shell's background job ignores SIGINT, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def has_layer(layer: str) -> bool:
    """Whether this machine has what the layer needs."""
    if layer == "browser":
        return any(shutil.which(name) for name in BROWSERS)
    try:
        ask = ["docker", "version", "--format", "{{.Server.Version}}"]
        if layer == "room":
            user = [] if os.geteuid() == 0 else ["--map-root-user"]
            ask = ["unshare", "--net", *user, "ip", "link", "set", "lo", "up"]
        return subprocess.run(ask, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the layers this machine lacks, unless LAB_LAYERS names them as required."""
    required = set(filter(None, os.environ.get("LAB_LAYERS", "").split(",")))
    if unknown := required - set(LAYERS):
        raise pytest.UsageError(f"LAB_LAYERS: no layer {unknown}: expected {', '.join(LAYERS)}")
    missing = [
        layer
        for layer in LAYERS
        if any(item.get_closest_marker(layer) for item in items) and not has_layer(layer)
    ]
    for layer in missing:
        if layer in required:
            raise pytest.UsageError(f"the {layer} layer is required: {LAYERS[layer]}")
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    config.stash[LEFT_OUT] = missing


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line what was left out and how to have it."""
    for layer in config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(f"left out: the {layer} layer, {LAYERS[layer]}", yellow=True)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ports_of_a_lab() -> dict[str, str]:
    """A free port for every setting of .env that is one; all differ."""
    names = [name for name in environment.read(ROOT / ".env") if name.endswith("_PORT")]
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {
            name: str(probe.getsockname()[1]) for name, probe in zip(names, probes, strict=True)
        }


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
    while time.monotonic() < until:
        if program.process.poll() is not None:
            pytest.fail(f"ended with {program.process.returncode}:\n{program.output()}")
        try:
            if httpx.get(program.url + path, timeout=5, trust_env=False).status_code == 200:
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
def containers(free_ports: Callable[[], dict[str, str]]) -> Iterator[Containers]:
    """Every target, the upstream and Locust, built from the tree and healthy."""
    own = {
        "COMPOSE_PROJECT_NAME": "lab-test",
        "RUNTIME": "docker",
        "UPSTREAM_DELAY_MS": CONTAINERS_DELAY_MS,
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


@pytest.fixture
def eventually() -> Callable[..., None]:
    """A function that waits for a condition: eventually(lambda: is_idle(upstream), "idle")."""

    def poll(condition: Callable[[], object], sentence: str = "the condition did not hold") -> None:
        until = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"not within {DEADLINE_S} s: {sentence}")
            time.sleep(0.02)

    return poll
