"""Two ways to run the lab, one topology: containers, or local processes.

Everything in this package but `local` runs on Python alone, because it runs
before anything is installed.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from lab.runtime.checkout import engine_named as engine_named
from lab.runtime.checkout import folder, is_running_locally

RUN = folder(os.environ)
"""What the local lab writes: its log, its process number, the services' data."""
CHOICES = ("docker", "local")


class RuntimeProblem(Exception):
    """The lab cannot be brought up or down; one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which runtime, and why it."""

    name: str
    reason: str


def choose(environ: Mapping[str, str]) -> Choice:
    """RUNTIME if it is set; else what runs; else docker where an engine answers; else local."""
    forced = environ.get("RUNTIME", "")
    if forced and forced not in CHOICES:
        raise RuntimeProblem(f"RUNTIME={forced!r}: expected {' or '.join(CHOICES)}")
    if forced == "local":
        return Choice("local", "RUNTIME asks for it")
    if not forced and is_running_locally(environ):
        return Choice("local", "it is running")
    engine = engine_version(environ)
    if forced == "docker":
        if not engine:
            raise RuntimeProblem(
                f"RUNTIME=docker, but no Docker engine answers{engine_named(environ)}: start it, "
                "or use RUNTIME=local"
            )
        if not has_compose():
            raise RuntimeProblem(
                "RUNTIME=docker, but `docker compose` is missing: install the "
                "docker-compose-plugin package, or use RUNTIME=local"
            )
        return Choice("docker", f"RUNTIME asks for it{engine_named(environ)}")
    if not engine:
        return Choice("local", f"no Docker engine answers{engine_named(environ)}")
    if not has_compose():
        return Choice("local", "Docker is here, but without its Compose plugin")
    return Choice("docker", f"Docker engine {engine} answers{engine_named(environ)}")


def engine_version(environ: Mapping[str, str] = os.environ) -> str:
    """The version of the engine that answers; empty where none does within 10 s."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def has_compose() -> bool:
    """Whether `docker compose` is there."""
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def tell(sentence: str) -> None:
    """Say on stderr what is happening."""
    print(f"lab: {sentence}", file=sys.stderr)
