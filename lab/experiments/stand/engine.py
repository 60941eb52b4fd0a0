"""Docker commands, out of Ctrl-C's reach: who presses it reaches this process alone."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.experiments.stand.problems import StandProblem
from lab.experiments.stand.uninterrupted import uninterrupted

PATIENCE_S = 20.0
"""So long an interruption waits for a command that makes or removes something: the engine
does what it was asked either way, and who is to clear it away has to know that it is there."""


class Command:
    """A command that is under way; leaving its block kills it if it is so still."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, given: Path | None = None
    ) -> None:
        self._command = list(command)
        given = given or Path("/dev/null")
        try:
            with uninterrupted(), given.open("rb") as file:
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
            raise StandProblem(f"{self._command[0]}: {problem.strerror}") from None

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
            self._process.communicate()

    def finish(self, timeout_s: float | None = None) -> "subprocess.CompletedProcess[str]":
        """Wait for its end; StandProblem where that takes longer."""
        try:
            out, complaints = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            shown = " ".join(self._command[:3])
            raise StandProblem(f"`{shown}` took longer than {timeout_s:g} s") from None
        return subprocess.CompletedProcess(self._command, self._process.returncode, out, complaints)


def run(command: Sequence[str], environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command that only reads, or that may be left half-done."""
    with Command(command, environ) as running:
        return running.finish()


def must(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """What a command prints that makes or removes something; StandProblem where it fails."""
    with Command(command, environ) as running:
        try:
            done = running.finish()
        except BaseException:
            with suppress(StandProblem):
                running.finish(PATIENCE_S)
            raise
    if done.returncode:
        raise StandProblem(f"{' '.join(command[:2])}: {last_line(done.stderr)}")
    return done.stdout


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
