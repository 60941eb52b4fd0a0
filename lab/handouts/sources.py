"""What the handouts are built from, and the three editions of it that Sphinx reads.

A page must read well on a code host too, so it is plain Markdown. What it says
only to tests stands in comments, and what Sphinx alone needs is added here.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from lab.handouts.links import relinked, settled
from lab.handouts.markdown import change_prose
from lab.handouts.room import Room

INDEX, DECK = "index.md", "slides.md"
FOLDERS = ("style", "pictures", "charts")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NOTE = re.compile(r"<!--(?!\s*(?:(?:end )?measured|walk)\b)(?P<note>.*?)-->", re.DOTALL)
_LISTED = re.compile(r"^[ \t]*(?:[-*]|\d+\.)[ \t].*?\]\((?P<page>[\w-]+)\.md\)", re.MULTILINE)
_TREE = "\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def copy(source: Path, folder: Path) -> Path:
    """The pages, their pictures and their style in a new folder; no exercise and nothing built."""
    folder.mkdir(parents=True)
    for page in [*source.glob("*.md"), source / "conf.py"]:
        shutil.copy(page, folder)
    for name in FOLDERS:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)
    return folder


def settle(folder: Path, room: Room, source: Path) -> None:
    """Make every address in the pages the room's, and take along or name what is not built."""
    for page in sorted(folder.glob("*.md")):
        text = room.edition(page.read_text(encoding="utf-8"))
        page.write_text(settled(text, page.name, source, folder), encoding="utf-8")


def site(folder: Path) -> None:
    """Make it the edition for the site: every page but the slides, which stand beside it."""
    _without_deck(folder, lambda text: f'<a href="slides/index.html">{text}</a>')
    pages = _listed(folder)
    _change(folder / INDEX, lambda text: text + _TREE.format(pages=pages))


def booklet(folder: Path) -> None:
    """Make it the edition for paper: what the index says before its list, and all pages.

    A contents with page numbers takes the place of the list.
    """
    _without_deck(folder, lambda text: text)
    pages = _listed(folder)
    _change(folder / INDEX, lambda text: _before_a_heading(text) + _TREE.format(pages=pages))


def deck(folder: Path) -> None:
    """Make it the edition for the slides: they alone, with links to the pages of the site.

    A comment is what the instructor says: it goes into the notes of its slide.
    """
    for page in folder.glob("*.md"):
        if page.name != DECK:
            page.unlink()
    _change(folder / DECK, lambda text: change_prose(text, lambda prose: _NOTE.sub(_said, prose)))
    _change(folder / DECK, lambda text: relinked(without_comments(text), _to_site))


def without_comments(text: str) -> str:
    """The text without its HTML comments, which speak to tests and tools alone.

    Their lines stay, empty, because a comment ends a table or a paragraph as an
    empty line does.
    """
    return change_prose(text, lambda prose: _COMMENT.sub("", prose))


def _listed(folder: Path) -> str:
    """The pages in the order of the index's list, a line each."""
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
    """Pages without comments and without the slides; links to these become what `link` makes."""

    def change(text: str, target: str) -> str | None:
        return link(text) if target == DECK else None

    (folder / DECK).unlink(missing_ok=True)
    for page in folder.glob("*.md"):
        _change(page, lambda text: relinked(without_comments(text), change))


def _change(page: Path, change: Callable[[str], str]) -> None:
    page.write_text(change(page.read_text(encoding="utf-8")), encoding="utf-8")
