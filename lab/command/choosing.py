"""Chooses the runtime of a command and continues in the right environment."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab import environment
from lab.runtime import Choice, RuntimeProblem, checkout, choose, docker, password, tell, topology

VENV_PYTHON = environment.ROOT / ".venv/bin/python"


def chosen(environ: Mapping[str, str]) -> Choice:
    """Choose the runtime and print it; for the local one, continue in .venv."""
    choice = choose(environ)
    if choice.name == "local":
        in_venv()
    tell(f"runtime {choice.name}: {choice.reason}")
    return choice


def in_venv() -> None:
    """Re-execute this command in .venv, created first if needed; no effect inside .venv."""
    if Path(sys.prefix).resolve() == VENV_PYTHON.parent.parent.resolve():
        return
    if subprocess.run(["make", "--silent", ".venv"], cwd=environment.ROOT, check=False).returncode:
        raise RuntimeProblem(".venv could not be made: the lines above say why")
    module = getattr(sys.modules["__main__"].__spec__, "parent", "lab")  # "lab" or "workshop"
    # execv replaces this process: its output, exit code and signals stay the command's own.
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", module, *sys.argv[1:]])


def bring_up(choice: Choice, environ: Mapping[str, str], profile: str) -> None:
    """Start the lab on that runtime unless it already runs."""
    environ = password.with_password(topology.with_targets(environ, profile))
    topology.load_workers(environ)
    with checkout.alone(environ, tell):
        if choice.name == "docker":
            docker.up(environ, profile)
        else:
            # local needs psutil, so it is imported only where .venv is in use.
            from lab.runtime import local

            local.up(environ, profile)
    if environ["LAB_PASSWORD"]:
        tell(f"the dashboard asks for user {password.USER}, password {environ['LAB_PASSWORD']}")


def require_folder_of(path: Path | None) -> None:
    """Raise RuntimeProblem where the folder of an output file is not writable.

    It is checked before the measurement, not after it.
    """
    if path is not None and not os.access(path.resolve().parent, os.W_OK | os.X_OK):
        raise RuntimeProblem(f"{path}: its folder does not exist or cannot be written to")
