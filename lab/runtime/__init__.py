"""Two ways to run the lab, one topology: containers, or local processes.

Everything in this package but `local` runs on Python alone, because it runs
before anything is installed.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.environment import ROOT

RUN = Path(os.environ.get("LAB_RUN", ROOT / ".run"))  # the local lab's log and pid
PID_FILE = RUN / "honcho.pid"
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
    if not forced and is_running_locally():
        return Choice("local", "it is running")
    engine = engine_version()
    if forced == "docker":
        if not engine:
            raise RuntimeProblem(
                "RUNTIME=docker, but no Docker engine answers: start it, or use RUNTIME=local"
            )
        if not has_compose():
            raise RuntimeProblem(
                "RUNTIME=docker, but `docker compose` is missing: install the "
                "docker-compose-plugin package, or use RUNTIME=local"
            )
        return Choice("docker", "RUNTIME asks for it")
    if not engine:
        return Choice("local", "no Docker engine answers")
    if not has_compose():
        return Choice("local", "Docker is here, but without its Compose plugin")
    return Choice("docker", f"Docker engine {engine} answers")


def engine_version() -> str:
    """The version of the engine that answers; empty where none does within 10 s."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def has_compose() -> bool:
    """Whether `docker compose` is there."""
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def is_running_locally() -> bool:
    """Whether the local lab's Honcho is alive."""
    pid = honcho_pid()
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def honcho_pid() -> int | None:
    """The process that the local lab was last started under; None where none is noted."""
    try:
        return int(PID_FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def tell(sentence: str) -> None:
    """Say on stderr what is happening."""
    print(f"lab: {sentence}", file=sys.stderr)
