"""The built handouts, made anew where a page is newer than they are."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from lab.bundle import contents
from lab.runtime import RuntimeProblem, tell

MADE_OF = ("handouts/", "lab/handouts/")


def files(root: Path, tracked: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Their paths below `root`, sorted; built first if need be."""
    if is_stale(root, tracked):
        build(root, tracked, environ)
    site = root / contents.SITE
    return sorted(str(path.relative_to(root)) for path in site.rglob("*") if path.is_file())


def build(root: Path, tracked: Sequence[str], environ: Mapping[str, str]) -> None:
    """As `make handouts` does; a site which only lacks its booklet will do, and that is said."""
    from lab.handouts import command  # not before it is needed: it needs packages

    tell("bundle: building the handouts")
    try:
        with redirect_stdout(sys.stderr):
            command.build(room="", run=None, environ=environ)
    except RuntimeProblem as problem:
        if is_stale(root, tracked):
            raise
        tell(f"bundle: {problem}")


def is_stale(root: Path, tracked: Sequence[str]) -> bool:
    """Whether there is no first page yet, or a source is newer than it."""
    first = root / contents.SITE / "index.html"
    if not first.exists():
        return True
    sources = [name for name in tracked if name.startswith(MADE_OF)]
    built = first.stat().st_mtime
    return any(
        (root / name).stat().st_mtime > built
        for name in sources
        if not name.startswith(contents.SITE)
    )
