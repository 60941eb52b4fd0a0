"""Docker commands in their own session, so that Ctrl-C reaches only this process."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.running.signals import deferred_sigint
from lab.running.testbed.problems import TestbedError

PATIENCE_S = 20.0
"""Seconds an interruption waits for a command that creates or removes something.

The engine carries out the command in any case, and the clean-up must know what exists.
"""


class DockerCommand:
    """A running command. Leaving its `with` block kills it if it still runs."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, given: Path | None = None
    ) -> None:
        self._command = list(command)
        given = given or Path("/dev/null")
        try:
            # An interruption between start and assignment would lose the process.
            with deferred_sigint(), given.open("rb") as file:
                self._process = subprocess.Popen(
                    self._command,
                    env=dict(environ),
                    stdin=file,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
        except OSError as problem:
            raise TestbedError(f"{self._command[0]}: {problem.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            # Read to the end: `docker compose` is a child of `docker` and holds the same pipes.
            self._process.communicate()

    def finish(self, timeout_s: float | None = None) -> "subprocess.CompletedProcess[str]":
        """Wait for the end of the command. Raises TestbedError after `timeout_s` seconds."""
        try:
            out, complaints = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            shown = " ".join(self._command[:3])
            raise TestbedError(f"`{shown}` took longer than {timeout_s:g} s") from None
        return subprocess.CompletedProcess(self._command, self._process.returncode, out, complaints)


def run(command: Sequence[str], environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command that only reads, or that may be left half-done."""
    with DockerCommand(command, environ) as running:
        return running.finish()


def must(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Run a command that creates or removes something; return its output.

    Raises TestbedError where it fails.
    """
    with DockerCommand(command, environ) as running:
        try:
            done = running.finish()
        except BaseException:
            with suppress(TestbedError):
                # Interrupted, but the engine goes on: wait until the result is known to the
                # clean-up.
                running.finish(PATIENCE_S)
            raise
    if done.returncode:
        raise TestbedError(f"{' '.join(command[:2])}: {last_line(done.stderr)}")
    return done.stdout


def last_line(text: str) -> str:
    """The last line that is not empty."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
