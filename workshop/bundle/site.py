"""The built handouts, rebuilt where a page is newer."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from lab.runtime import RuntimeProblem, bundle_contents, tell

MADE_OF = ("handouts/", "workshop/handouts/")


def files(root: Path, tracked: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Paths of the built handouts below `root`, sorted; builds them first if they are stale."""
    if is_stale(root, tracked):
        build(root, tracked, environ)
    site = root / bundle_contents.SITE
    return sorted(str(path.relative_to(root)) for path in site.rglob("*") if path.is_file())


def build(root: Path, tracked: Sequence[str], environ: Mapping[str, str]) -> None:
    """Build the handouts as `make handouts` does.

    A site that lacks only its booklet is accepted, with a message.
    """
    from workshop.handouts import handouts_command  # imported here because it needs packages

    tell("bundle: building the handouts")
    try:
        with redirect_stdout(sys.stderr):
            handouts_command.build(room="", run=None, environ=environ)
    except RuntimeProblem as problem:
        if is_stale(root, tracked):
            raise
        tell(f"bundle: {problem}")


def is_stale(root: Path, tracked: Sequence[str]) -> bool:
    """Return True where the first page is missing or older than a source."""
    first = root / bundle_contents.SITE / "index.html"
    if not first.exists():
        return True
    sources = [name for name in tracked if name.startswith(MADE_OF)]
    built = first.stat().st_mtime
    return any(
        (root / name).stat().st_mtime > built
        for name in sources
        if not name.startswith(bundle_contents.SITE)
    )
