"""How a child process of the lab is stopped, killed and waited for.

Every function except `signal_group` returns when the process has ended, so that it leaves no
zombie. Standard library only. `lab/running/testbed/reaper.py` has its own `kill_groups`, because it
runs as a file and cannot import the lab. `lab/runtime/local.py` ends processes of an earlier
command, which are no children of its own, with psutil.
"""

import contextlib
import os
import signal
import subprocess
from typing import Any


def stop(process: "subprocess.Popen[Any]", patience_s: float) -> None:
    """Send SIGTERM, then SIGKILL if the process still runs after `patience_s` seconds."""
    process.terminate()
    wait_or_kill(process, patience_s)


def hang_up(process: "subprocess.Popen[Any]", patience_s: float | None = None) -> None:
    """Close the pipes of a process that ends with its input; kill it after `patience_s` seconds.

    None waits without a limit.
    """
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # Unwritten bytes may be left, and the process has already ended.
            with contextlib.suppress(OSError):
                pipe.close()
    wait_or_kill(process, patience_s)


def wait_or_kill(process: "subprocess.Popen[Any]", patience_s: float | None) -> None:
    """Wait for the end of a process; kill it after `patience_s` seconds, with None never."""
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: "subprocess.Popen[Any]") -> None:
    """Kill one process, whatever it does."""
    process.kill()
    process.wait()


def kill_groups(*leaders: "subprocess.Popen[Any]") -> None:
    """Kill the process groups of these processes, each of which was started in its own session.

    Waits for the leaders only: the other processes of a group are no children of this process.
    """
    # Every group gets the signal before the first wait, so that they end at the same time.
    for leader in leaders:
        signal_group(leader, signal.SIGKILL)
    for leader in leaders:
        leader.wait()


def signal_group(leader: "subprocess.Popen[Any]", number: signal.Signals) -> None:
    """Send a signal to every process of a group, without a wait; ignore a group that has ended."""
    # macOS answers PermissionError for a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, number)
