"""A process that outlives its host, and then clears away what the host left.

    python -I -S keeper.py local FOLDER       kills groups of processes, then drops the folder
    python -I -S keeper.py docker LABEL FOLDER    likewise containers and networks with a label

The host keeps a pipe to it open, whose end is the host's end, whatever ended it: Ctrl-C twice,
a closed terminal, SIGKILL. It is told `+PID` and `-PID` of groups that come and go, and
`done` when the host has cleared away itself. It needs nothing but Python.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping

LOOK_EVERY_S = 0.5
QUIET_S = 3.0  # a command that the host had under way may still make a container
LONGEST_S = 60.0


def main(arguments: list[str]) -> None:
    """Wait for the host's end; clear away unless it says that it has."""
    kind, *rest = arguments
    groups: set[int] = set()
    for line in sys.stdin:
        word = line.strip()
        if word == "done":
            return
        if word.startswith("+"):
            groups.add(int(word[1:]))
        else:
            groups.discard(int(word[1:]))
    kill_groups(groups)
    if kind == "docker":
        began = time.monotonic()
        until = began + QUIET_S
        while time.monotonic() < min(until, began + LONGEST_S):
            if remove_containers(rest[0]):
                until = time.monotonic() + QUIET_S
            time.sleep(LOOK_EVERY_S)
    shutil.rmtree(rest[-1], ignore_errors=True)


def kill_groups(groups: Iterable[int]) -> None:
    """Kill every process of the groups; one that is gone is as good as killed."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def remove_containers(label: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Remove containers and networks with the label; whether there were any."""
    of_label = ["--quiet", "--filter", f"label={label}"]
    found = docker("ps", "--all", *of_label, environ=environ).split()
    if found:
        docker("rm", "--force", "--volumes", *found, environ=environ)
    networks = docker("network", "ls", *of_label, environ=environ).split()
    if networks:
        docker("network", "rm", *networks, environ=environ)
    return bool(found or networks)


def docker(*arguments: str, environ: Mapping[str, str]) -> str:
    """What a docker command prints; nothing where it fails."""
    command = ["docker", *arguments]
    with contextlib.suppress(OSError):
        return subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, start_new_session=True
        ).stdout
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
