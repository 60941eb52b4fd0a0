"""Fixtures for all tests: real programs on free ports, and the lab in containers."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from made_handouts import make as make_handouts
from programs import DEADLINE_S, ROOT, SUPERVISOR_ABOVE, Program, running, running_locust

from lab import environment
from lab.running.testbed.ports import free_port
from lab.runtime import docker, topology

pytest_plugins = ("layers", "side_by_side", "costs")

CONTAINERS_DELAY_MS = "300"
# Each httpx client reads this machine's certificates, about 15 ms of processor time, and the tests
# create thousands of clients. They use plain HTTP only, so one shared context is enough.
ssl.create_default_context = cache(ssl.create_default_context)

# A background job of a shell ignores SIGINT, and every program that a test starts would inherit
# that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ports_of_a_lab() -> dict[str, str]:
    """Return a different free port for each setting of .env that ends in `_PORT`.

    The port of its supervisor is free, too.
    """
    names = [name for name in environment.read(ROOT / ".env") if name.endswith("_PORT")]
    return {name: str(free_port(also_above=SUPERVISOR_ABOVE)) for name in names}


@dataclass(frozen=True)
class Containers:
    """A lab in containers, with the settings of its start."""

    environ: dict[str, str]

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """Run `python3 -m lab ARGUMENTS` as make does; `changed` overrides settings."""
        return subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            env=self.environ | changed,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def compose(self, *arguments: str) -> str:
        """Run docker compose and return its stdout; fails the test unless the exit code is 0."""
        done = docker.compose(self.environ, *arguments, capture=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, name: str) -> str:
        """Return the published URL of a target, of the upstream or of Locust."""
        ports = {
            program.name: program.port_setting for program in topology.programs(topology.EVERYTHING)
        }
        return f"http://127.0.0.1:{self.environ[ports[name]]}"

    def python(self, name: str, code: str) -> str:
        """Run Python code inside a container and return its stdout."""
        return self.compose("exec", "--no-TTY", name, "python", "-c", code)


@pytest.fixture(scope="session")
def containers(
    free_ports: Callable[[], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Containers]:
    """Every program of the lab in a container, built from the tree and healthy."""
    own = {
        "LAB_RUN": str(tmp_path_factory.mktemp("containers") / "run"),
        "RUNTIME": "docker",
        "UPSTREAM_DELAY_MS": CONTAINERS_DELAY_MS,
        "CALIBRATE": "off",  # it would take slots and be in the upstream's counts
        # uvicorn may wait WORKER_TIMEOUT_S before it replaces a killed worker.
        "WORKER_TIMEOUT_S": "20",
        "UPSTREAM_TIMEOUT_S": "15",
    }
    started = Containers(environment.load(os.environ) | free_ports() | own)
    done = started.run("up", "--profile", topology.EVERYTHING)
    try:
        assert done.returncode == 0, done.stderr
        yield started
    finally:
        started.run("down")


@pytest.fixture(scope="session")
def free_ports() -> Callable[[], dict[str, str]]:
    """A function that returns free ports for a whole lab: `{setting: port}`."""
    return ports_of_a_lab


@pytest.fixture(scope="session")
def run_program() -> Callable[..., AbstractContextManager[Program]]:
    """The context manager `running`, for tests that start programs themselves."""
    return running


@pytest.fixture(scope="session")
def run_locust() -> Callable[..., AbstractContextManager[Program]]:
    """The context manager `running_locust`, for tests that start Locust themselves."""
    return running_locust


@pytest.fixture(scope="session")
def made_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site and booklet of the small handouts of made_handouts.py, built once."""
    handouts = make_handouts(tmp_path_factory.mktemp("made") / "lab")
    return build_handouts(handouts, handouts / "site")


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site and booklet of the real handouts, built once."""
    return build_handouts(ROOT / "handouts", tmp_path_factory.mktemp("real") / "site")


def build_handouts(source: Path, site: Path) -> Path:
    """Build site and booklet as `make handouts` does, and return the site's folder.

    Uses no settings of this machine.
    """
    from workshop.handouts import handouts_command  # here: only tests of handouts need it

    environ = environment.load({}, root=ROOT / "no-such-folder")
    assert handouts_command.build(room="", run=None, environ=environ, source=source, site=site) == 0
    return site


@pytest.fixture
def eventually() -> Callable[..., None]:
    """A function that polls a condition: eventually(lambda: is_idle(upstream), "idle").

    It fails the test with the sentence after DEADLINE_S seconds.
    """

    def poll(condition: Callable[[], object], sentence: str = "the condition did not hold") -> None:
        until = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"not within {DEADLINE_S} s: {sentence}")
            time.sleep(0.05)

    return poll
