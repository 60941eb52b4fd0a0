"""The host's side of the keeper (keeper.py)."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_SCRIPT = Path(__file__).with_name("keeper.py")


class Kept:
    """A pipe to a keeper of its own, out of Ctrl-C's reach."""

    def __init__(self, environ: Mapping[str, str], *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SCRIPT), *arguments],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def began(self, group: int) -> None:
        """A group of processes is to be killed should this process end."""
        self._say(f"+{group}")

    def ended(self, group: int) -> None:
        """That group is gone."""
        self._say(f"-{group}")

    def done(self) -> None:
        """Nothing is left to clear away."""
        if self._process.poll() is None:
            self._say("done")
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(OSError):
            pipe.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(line.encode() + b"\n")
            pipe.flush()
        except OSError:
            return  # it was killed; the mark still leads the next stand to what is left
