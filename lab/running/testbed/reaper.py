"""A process that outlives its host and cleans up what the host left behind.

    python -I -S reaper.py local FOLDER       kills process groups, then removes the folder
    python -I -S reaper.py docker LABEL FOLDER    the same for containers and networks

The host keeps a pipe to this process open. The pipe closes when the host ends, whatever ended it:
Ctrl-C twice, a closed terminal, SIGKILL. Lines on the pipe: `+PID` and `-PID` for process groups
that start and end, `done` when the host has cleaned up itself. Standard library only.
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
QUIET_S = 3.0  # a Docker command still running may create another container
LONGEST_S = 60.0


def main(arguments: list[str]) -> None:
    """Wait until the host ends; clean up unless the host has sent `done`."""
    kind, *rest = arguments
    groups: set[int] = set()
    # The loop ends with the pipe, that is with the host.
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
    """Kill every process of the groups; ignore groups that have ended."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def remove_containers(label: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Remove containers and networks with the label; return True if there were any."""
    of_label = ["--quiet", "--filter", f"label={label}"]
    found = docker("ps", "--all", *of_label, environ=environ).split()
    if found:
        docker("rm", "--force", "--volumes", *found, environ=environ)
    networks = docker("network", "ls", *of_label, environ=environ).split()
    if networks:
        docker("network", "rm", *networks, environ=environ)
    return bool(found or networks)


def docker(*arguments: str, environ: Mapping[str, str]) -> str:
    """Output of a docker command; empty where it fails."""
    command = ["docker", *arguments]
    with contextlib.suppress(OSError):
        return subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, start_new_session=True
        ).stdout
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
