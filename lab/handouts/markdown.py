"""A page's text in pieces: fenced blocks, which stay as they are, and the prose around them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_OPENING = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that belong together; `info` is what stands behind the fence, None for prose.

    `is_closed` is False for a fence that the text ends in.
    """

    text: str
    info: str | None = None
    is_closed: bool = True

    @property
    def is_console(self) -> bool:
        """Whether it holds commands and what they print."""
        return self.info == "console"


def pieces(text: str) -> Iterator[Piece]:
    """Prose and fenced blocks in turn; joined, they are the text again."""
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
    return len(mark) >= len(fence) and set(mark) == {fence[0]}


def change_prose(text: str, change: Callable[[str], str]) -> str:
    """The text with every piece of prose changed, and every fenced block as it was."""
    return "".join(change(each.text) if each.info is None else each.text for each in pieces(text))
