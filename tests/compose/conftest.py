"""The whole lab in containers, under a project name and on ports of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from lab import environment
from lab.runtime import docker, topology
from lab.targets import target

DELAY_MS = 300


@dataclass(frozen=True)
class Lab:
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
def lab(free_ports: Callable[[], dict[str, str]]) -> Iterator[Lab]:
    """Every target, the upstream and Locust, built from the tree and healthy."""
    own = {
        "COMPOSE_PROJECT_NAME": "lab-test",
        "RUNTIME": "docker",
        "UPSTREAM_DELAY_MS": str(DELAY_MS),
    }
    started = Lab(environment.load(os.environ) | free_ports() | own)
    done = started.run("up", "--profile", "variants")
    try:
        assert done.returncode == 0, done.stderr
        yield started
    finally:
        started.run("down")


@pytest.fixture
def upstream(lab: Lab) -> Iterator[httpx.Client]:
    """A client of the upstream, its dial and statistics as at the start."""
    with httpx.Client(base_url=lab.url("mock-upstream"), timeout=30) as client:
        client.delete("/stats")
        yield client
        client.delete("/behaviour")


@pytest.fixture
def flask(lab: Lab) -> str:
    """The published address of flask-svc."""
    return lab.url(target("flask-svc").name)
