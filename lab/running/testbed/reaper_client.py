"""The host's side of the reaper process (reaper.py)."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab import child_process

_SCRIPT = Path(__file__).with_name("reaper.py")


class ReaperClient:
    """A pipe to its own reaper process, which Ctrl-C does not reach."""

    def __init__(self, environ: Mapping[str, str], *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SCRIPT), *arguments],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # In its own session, so that Ctrl-C in the terminal does not reach it.
            start_new_session=True,
        )

    def began(self, group: int) -> None:
        """Register a process group; the reaper kills it if this process ends."""
        self._say(f"+{group}")

    def ended(self, group: int) -> None:
        """Unregister a process group that has ended."""
        self._say(f"-{group}")

    def done(self) -> None:
        """Tell the reaper that nothing is left to clean up, and wait for its end."""
        if self._process.poll() is None:
            self._say("done")
        child_process.hang_up(self._process)

    def _say(self, line: str) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(line.encode() + b"\n")
            pipe.flush()
        except OSError:
            return  # the reaper was killed; the next testbed finds leftovers by their label
