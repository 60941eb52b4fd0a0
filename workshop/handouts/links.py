"""Links that work on a code host, and their replacement where pages are built."""

import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from lab.runtime import RuntimeProblem
from workshop.handouts.markdown import change_prose

# `[text](target)`; a "!" before it makes a picture. The text may contain one pair of brackets.
_LINK = re.compile(r"(?P<mark>!?)\[(?P<text>[^][]*(?:\[[^][]*\][^][]*)*)\]\((?P<target>[^()\s]+)\)")
_SCHEME = re.compile(r"[a-z]+:", re.IGNORECASE)
PICTURES = "pictures"

Change = Callable[[str, str], str | None]


def relinked(page: str, change: Change) -> str:
    """Replace each link of a page by `change(text, target)`; None keeps the link."""
    return _replaced(page, "", change)


def settled(page: str, name: str, handouts: Path, folder: Path) -> str:
    """Adapt the page `name` of `handouts` for a build in `folder`, which has only pages.

    The repository's other files exist on a code host and on an attendee's laptop, but not beside a
    built page. A link to such a file becomes its name, and a picture is copied. Raises
    RuntimeProblem where the repository has no such file.
    """

    def name_it(text: str, target: str) -> str | None:
        inside = _elsewhere(target, name, handouts)
        return inside and (text if inside in text else f"{text} (`{inside}`)")

    def take_along(text: str, target: str) -> str | None:
        inside = _elsewhere(target, name, handouts)
        if inside is None:
            return None
        # The path becomes part of the name, so that equal file names do not collide.
        taken = f"{PICTURES}/{inside.replace('/', '-')}"
        (folder / PICTURES).mkdir(exist_ok=True)
        shutil.copy(handouts.parent / inside, folder / taken)
        return f"![{text}]({taken})"

    return _replaced(_replaced(page, "", name_it), "!", take_along)


def _replaced(page: str, mark: str, change: Change) -> str:
    def one(found: re.Match[str]) -> str:
        changed = change(found["text"], found["target"]) if found["mark"] == mark else None
        return found[0] if changed is None else changed

    return change_prose(page, lambda prose: _LINK.sub(one, prose))


def _elsewhere(target: str, name: str, handouts: Path) -> str | None:
    """Path of the target in the repository; None for a page or a picture of the handouts."""
    path, _, _ = target.partition("#")
    is_built = path.startswith((f"{PICTURES}/", "charts/")) or _is_page(path)
    if not path or is_built or _SCHEME.match(path):
        return None
    inside = posixpath.normpath(f"{handouts.name}/{path}")
    # Outside the repository, or not there.
    if inside.startswith("..") or not (handouts.parent / inside).exists():
        raise RuntimeProblem(f"handouts/{name}: the link to {target} leads nowhere")
    return inside


def _is_page(path: str) -> bool:
    return "/" not in path and path.endswith(".md")
