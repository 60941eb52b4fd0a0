"""Links that hold on a code host, and what becomes of them where pages are built."""

import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from lab.handouts.markdown import change_prose
from lab.runtime import RuntimeProblem

# `[text](target)`, with "!" before it a picture; the text may hold a pair of brackets.
_LINK = re.compile(r"(?P<mark>!?)\[(?P<text>[^][]*(?:\[[^][]*\][^][]*)*)\]\((?P<target>[^()\s]+)\)")
_SCHEME = re.compile(r"[a-z]+:", re.IGNORECASE)
PICTURES = "pictures"

Change = Callable[[str, str], str | None]


def relinked(page: str, change: Change) -> str:
    """The page with each link made what `change` makes of its text and target; None leaves it."""
    return _replaced(page, "", change)


def settled(page: str, name: str, handouts: Path, folder: Path) -> str:
    """The page `name` of `handouts`, fit to be built in `folder`, where only pages are.

    The repository's other files are there on a code host and on an attendee's laptop,
    but not beside a built page: a link to one becomes its name, and a picture is taken
    along. RuntimeProblem where the repository has no such file.
    """

    def name_it(text: str, target: str) -> str | None:
        inside = _elsewhere(target, name, handouts)
        return inside and (text if inside in text else f"{text} (`{inside}`)")

    def take_along(text: str, target: str) -> str | None:
        inside = _elsewhere(target, name, handouts)
        if inside is None:
            return None
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
    """Where in the repository the target is; None for a page or a picture of the handouts."""
    path, _, _ = target.partition("#")
    is_built = path.startswith((f"{PICTURES}/", "charts/")) or _is_page(path)
    if not path or is_built or _SCHEME.match(path):
        return None
    inside = posixpath.normpath(f"{handouts.name}/{path}")
    if inside.startswith("..") or not (handouts.parent / inside).exists():
        raise RuntimeProblem(f"handouts/{name}: the link to {target} leads nowhere")
    return inside


def _is_page(path: str) -> bool:
    return "/" not in path and path.endswith(".md")
