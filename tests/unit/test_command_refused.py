"""A refusal by the operating system ends a command with a sentence, never with a traceback."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import command
from lab.command import running
from lab.environment import ROOT
from lab.runtime import RUN

OR = ", or set LAB_RUN to another folder"
# RLIMIT_FSIZE 0: the process can create files but not write to them, as on a full disk.
FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from lab.command import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", str(RUN / "lock")),
            f"{RUN}/lock: No space left on device: free some space there{OR}",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", str(RUN)),
            f"{RUN}: Permission denied: give this user the right to it{OR}",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", str(RUN)),
            f"{RUN}: Read-only file system: make it writable{OR}",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/results"),
            "/x/results: Permission denied: give this user the right to it",
        ),
        (
            OSError(errno.EIO, "Input/output error"),
            "Input/output error: mend that, then try again",
        ),
        (OSError("odd"), "odd: mend that, then try again"),
        (OSError(), "OSError: mend that, then try again"),
    ],
)
@pytest.mark.parametrize("name", ["up", "down"])
def test_it_is_said_with_the_file_and_what_to_do(
    name: str,
    problem: OSError,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code is 1, as for every problem."""

    def refuse(*_: object) -> int:
        raise problem

    monkeypatch.setattr(running, name, refuse)

    assert command.main([name]) == 1
    assert capsys.readouterr().err == f"lab: {said}\n"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("up", 1, " (File too large): free some space there"), ("down", 0, "lab: stopped")],
)
def test_on_a_full_disk_the_lab_goes_down_and_says_why_it_does_not_come_up(
    name: str,
    code: int,
    said: str,
    tmp_path: Path,
    free_ports: Callable[[], dict[str, str]],
) -> None:
    """The lock works without its content, the PID."""
    own = {
        "RUNTIME": "local",
        "LAB_RUN": str(tmp_path / "not/there/run"),
        "LAB_BIND": "127.0.0.1",
        "LAB_PASSWORD": "",
        "DOCKER_HOST": f"unix://{tmp_path}/nowhere",
    }

    done = subprocess.run(
        [sys.executable, "-c", FULL, name],
        cwd=ROOT,
        env=os.environ | free_ports() | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
