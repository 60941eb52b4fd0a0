"""Prepares the sources of the handouts for the three editions that Sphinx builds.

A page must also read well on a code host, so it is plain Markdown. Information for tests stands in
comments, and parts that only Sphinx needs are added here.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from workshop.handouts.links import relinked, settled
from workshop.handouts.markdown import change_prose
from workshop.handouts.room import Room

INDEX, DECK = "index.md", "slides.md"
FOLDERS = ("style", "pictures", "charts")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NOTE = re.compile(r"<!--(?!\s*(?:(?:end )?measured|walk)\b)(?P<note>.*?)-->", re.DOTALL)
_LISTED = re.compile(r"^[ \t]*(?:[-*]|\d+\.)[ \t].*?\]\((?P<page>[\w-]+)\.md\)", re.MULTILINE)
_TREE = "\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def copy(source: Path, folder: Path) -> Path:
    """Copy pages, pictures and style to a new folder, without exercises and built files."""
    folder.mkdir(parents=True)
    # Only top-level pages: exercises are not part of the handouts.
    for page in [*source.glob("*.md"), source / "conf.py"]:
        shutil.copy(page, folder)
    for name in FOLDERS:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)
    return folder


def settle(folder: Path, room: Room, source: Path) -> None:
    """Replace addresses in the pages by the room's; copy or name files that are not built."""
    for page in sorted(folder.glob("*.md")):
        text = room.edition(page.read_text(encoding="utf-8"))
        page.write_text(settled(text, page.name, source, folder), encoding="utf-8")


def site(folder: Path) -> None:
    """Prepare the edition for the site: every page except the slides, which are built beside it."""
    _without_deck(folder, lambda text: f'<a href="slides/index.html">{text}</a>')
    pages = _listed(folder)
    _change(folder / INDEX, lambda text: text + _TREE.format(pages=pages))


def booklet(folder: Path) -> None:
    """Prepare the edition for paper: the index up to its list, then all pages.

    A table of contents with page numbers replaces the list.
    """
    _without_deck(folder, lambda text: text)
    pages = _listed(folder)
    _change(folder / INDEX, lambda text: _before_a_heading(text) + _TREE.format(pages=pages))


def deck(folder: Path) -> None:
    """Prepare the edition for the slides: only their page, with links to the pages of the site.

    A comment becomes the instructor's notes of its slide.
    """
    for page in folder.glob("*.md"):
        if page.name != DECK:
            page.unlink()
    _change(folder / DECK, lambda text: change_prose(text, lambda prose: _NOTE.sub(_said, prose)))
    _change(folder / DECK, lambda text: relinked(without_comments(text), _to_site))


def without_comments(text: str) -> str:
    """Remove HTML comments, which are for tests and tools only.

    Their lines stay empty, because a comment ends a table or a paragraph as an empty line does.
    """
    return change_prose(text, lambda prose: _COMMENT.sub("", prose))


def _listed(folder: Path) -> str:
    """Page names in the order of the index's list, one per line."""
    text = (folder / INDEX).read_text(encoding="utf-8")
    return "\n".join(dict.fromkeys(found["page"] for found in _LISTED.finditer(text)))


def _before_a_heading(text: str) -> str:
    return re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]


def _said(found: re.Match[str]) -> str:
    return f"\n```{{revealjs-notes}}\n{found['note'].strip()}\n```\n"


def _to_site(text: str, target: str) -> str | None:
    page, dot_md, anchor = target.partition(".md")
    return f'<a href="../{page}.html{anchor}">{text}</a>' if dot_md else None


def _without_deck(folder: Path, link: Callable[[str], str]) -> None:
    """Remove comments and the slides; `link` replaces links to the slides."""

    def change(text: str, target: str) -> str | None:
        return link(text) if target == DECK else None

    (folder / DECK).unlink(missing_ok=True)
    for page in folder.glob("*.md"):
        _change(page, lambda text: relinked(without_comments(text), change))


def _change(page: Path, change: Callable[[str], str]) -> None:
    page.write_text(change(page.read_text(encoding="utf-8")), encoding="utf-8")
