"""Splits a page into fenced blocks, which stay unchanged, and the prose around them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_OPENING = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines of one kind; `info` is the fence's info string, None for prose.

    `is_closed` is False for a fence without an end.
    """

    text: str
    info: str | None = None
    is_closed: bool = True

    @property
    def is_console(self) -> bool:
        """True where the block holds commands and their output."""
        return self.info == "console"


def pieces(text: str) -> Iterator[Piece]:
    """Yield prose and fenced blocks in turn; joined they give the text again."""
    held: list[str] = []
    fence = info = ""
    for line in text.splitlines(keepends=True):
        opening = None if fence else _OPENING.match(line.rstrip("\n"))
        if opening:
            yield Piece("".join(held))
            held = []
            fence, info = opening["fence"], opening["info"].strip()
        held.append(line)
        if fence and not opening and _closes(line, fence):
            yield Piece("".join(held), info)
            held, fence = [], ""
    yield Piece("".join(held), info, is_closed=False) if fence else Piece("".join(held))


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    # A closing fence has the same character and at least the same length (CommonMark).
    return len(mark) >= len(fence) and set(mark) == {fence[0]}


def change_prose(text: str, change: Callable[[str], str]) -> str:
    """Apply `change` to every piece of prose; fenced blocks stay unchanged."""
    return "".join(change(each.text) if each.info is None else each.text for each in pieces(text))
