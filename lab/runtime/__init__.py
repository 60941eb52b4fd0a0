"""Start and stop the lab: in containers or as local processes, with one topology.

Every module of this package except `local` uses the standard library alone, because it runs before
anything is installed.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from lab.runtime.checkout import engine_named as engine_named
from lab.runtime.checkout import folder, is_running_locally

RUN = folder(os.environ)
"""Folder of the local lab's files: its log, Honcho's PID, the services' databases."""
CHOICES = ("docker", "local")


class RuntimeProblem(Exception):
    """The lab cannot be started or stopped. The message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen runtime and the reason for the choice."""

    name: str
    reason: str


def choose(environ: Mapping[str, str]) -> Choice:
    """Choose the runtime: "docker" or "local".

    The first of these rules that applies decides: RUNTIME, if it is set; local, if the lab already
    runs locally; docker, if an engine with Compose answers; otherwise local. Raises RuntimeProblem
    where RUNTIME is unknown, or where it asks for docker and the engine or Compose is missing.
    """
    forced = environ.get("RUNTIME", "")
    if forced and forced not in CHOICES:
        raise RuntimeProblem(
            f"RUNTIME={forced!r}: expected {' or '.join(CHOICES)}, e.g. `RUNTIME=local make up`"
        )
    if forced == "local":
        return Choice("local", "RUNTIME asks for it")
    # A running local lab wins over an engine, so that every later command reaches the same lab.
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
    """Return the version of the Docker engine; empty where none answers within 10 s."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def has_compose() -> bool:
    """Return True where `docker compose` is installed."""
    # Compose is a plugin: the docker command may exist without it.
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def tell(sentence: str) -> None:
    """Print a status sentence on stderr."""
    print(f"lab: {sentence}", file=sys.stderr)
