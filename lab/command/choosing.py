"""Which runtime a command uses, and where it goes on for that."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab import environment
from lab.runtime import (
    Choice,
    RuntimeProblem,
    checkout,
    choose,
    docker,
    password,
    tell,
    topology,
)

VENV_PYTHON = environment.ROOT / ".venv/bin/python"


def chosen(environ: Mapping[str, str]) -> Choice:
    """The runtime, said aloud; for the local one, this process moves into .venv."""
    choice = choose(environ)
    if choice.name == "local":
        in_venv()
    tell(f"runtime {choice.name}: {choice.reason}")
    return choice


def in_venv() -> None:
    """Go on in .venv, which is made first if need be; does nothing when already there."""
    if Path(sys.prefix).resolve() == VENV_PYTHON.parent.parent.resolve():
        return
    if subprocess.run(["make", "--silent", ".venv"], cwd=environment.ROOT, check=False).returncode:
        raise RuntimeProblem(".venv could not be made: the lines above say why")
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", "lab", *sys.argv[1:]])


def bring_up(choice: Choice, environ: Mapping[str, str], profile: str) -> None:
    """Start the lab on that runtime, unless it runs already."""
    environ = password.with_password(topology.with_targets(environ, profile))
    topology.load_workers(environ)
    with checkout.alone(environ, tell):
        if choice.name == "docker":
            docker.up(environ, profile)
        else:
            from lab.runtime import local

            local.up(environ, profile)
    if environ["LAB_PASSWORD"]:
        tell(f"the dashboard asks for user {password.USER}, password {environ['LAB_PASSWORD']}")


def require_folder_of(path: Path | None) -> None:
    """A file to be written needs its folder now, not after the measuring."""
    if path is not None and not os.access(path.resolve().parent, os.W_OK | os.X_OK):
        raise RuntimeProblem(f"{path}: its folder does not exist or cannot be written to")
