"""Runs Sphinx in one process per edition. A Sphinx warning is an error."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path


class PageError(Exception):
    """The pages cannot be built; the message has Sphinx's complaints, one per line."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Arguments for Sphinx: a builder, a source folder, a target folder, and options."""

    builder: str
    sources: Path
    result: Path
    options: Sequence[str] = ()

    def command(self) -> list[str]:
        """Command line of Sphinx."""
        # A doctree cache per edition: editions run in parallel and differ in extensions.
        cache = self.sources.with_name(f"{self.sources.name}-read")
        sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", self.builder, "-d", str(cache)]
        return [*sphinx, *self.options, str(self.sources), str(self.result)]


def build_all(editions: Sequence[Edition]) -> None:
    """Build all editions in parallel. Raises PageError after the last one, if any failed."""
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
    # The editions share pages, so they report the same problems.
    if wrong := "\n".join(dict.fromkeys("\n".join(filter(None, said)).splitlines())):
        raise PageError(wrong)


def _complaint(program: "subprocess.Popen[str]", edition: Edition) -> str:
    _, said = program.communicate()
    if program.returncode == 0:
        return ""
    pages_named = said.replace(f"{edition.sources}/", "").strip()
    return pages_named or f"Sphinx ended with {program.returncode}"
