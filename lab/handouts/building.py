"""Sphinx, as a program of its own for each edition; a warning is an error."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path


class PageError(Exception):
    """Pages cannot be built as they are; what Sphinx says is wrong, a line each."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What Sphinx is told: a builder, a folder of sources, one for the result, and options."""

    builder: str
    sources: Path
    result: Path
    options: Sequence[str] = ()

    def command(self) -> list[str]:
        """The program and its arguments."""
        cache = self.sources.with_name(f"{self.sources.name}-read")
        sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", self.builder, "-d", str(cache)]
        return [*sphinx, *self.options, str(self.sources), str(self.result)]


def build_all(editions: Sequence[Edition]) -> None:
    """Build them at the same time; raises PageError, once all have ended, if one complains."""
    with ExitStack() as running:
        programs = [
            running.enter_context(
                subprocess.Popen(
                    edition.command(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                )
            )
            for edition in editions
        ]
        said = [_complaint(*pair) for pair in zip(programs, editions, strict=True)]
    # The editions have pages in common, and with them what is wrong.
    if wrong := "\n".join(dict.fromkeys("\n".join(filter(None, said)).splitlines())):
        raise PageError(wrong)


def _complaint(program: "subprocess.Popen[str]", edition: Edition) -> str:
    _, said = program.communicate()
    if program.returncode == 0:
        return ""
    pages_named = said.replace(f"{edition.sources}/", "").strip()
    return pages_named or f"Sphinx ended with {program.returncode}"
