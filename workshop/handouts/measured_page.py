"""Finds the measured blocks of a page and replaces the text between their markers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.runtime import RuntimeProblem
from workshop.handouts.measured_report import BlockProblem

BEGIN = re.compile(r"<!-- *measured: *(?P<asked>[^\n]*?) *-->[ \t]*")
END = re.compile(r"<!-- *end measured *-->[ \t]*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """The request of a block: `kind` is its first word, `words` are the words after it."""

    kind: str
    words: tuple[str, ...]

    def one(self, what: str) -> str:
        """The only word of the block. Raises BlockProblem, which says that `what` is expected."""
        if len(self.words) != 1:
            raise BlockProblem(f"expected {what} and nothing else")
        return self.words[0]


def rewritten(
    text: str, *, name: str, kinds: Sequence[str], write: Callable[[MeasuredBlock], str]
) -> str:
    """Return the page `name` with the body of each block replaced by `write(block)`.

    Markers stand on their own lines; markers inside a fence are examples. Raises RuntimeProblem
    with the page, the line and the block.
    """
    lines = text.splitlines(keepends=True)
    kept: list[str] = []
    fence = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        kept.append(line)
        # Markers in a fence are examples for authors.
        fence = _fence_after(line, fence)
        if fence:
            continue
        where = f"{name}, line {number}"
        if END.fullmatch(line.rstrip("\r\n")):
            raise RuntimeProblem(f"{where}: end of a measured block that did not begin")
        begin = BEGIN.fullmatch(line.rstrip("\r\n"))
        if begin is None:
            continue
        where = f'{where}, "measured: {begin["asked"]}"'
        number = _end(lines, number, where)
        kept += [_body(begin["asked"], where, kinds, write) + "\n", lines[number]]
        number += 1
    return "".join(kept)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after that line; empty for none."""
    found = FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    closes = found[1].startswith(fence) and not line[found.end() :].strip()
    return "" if closes else fence


def _end(lines: Sequence[str], begin: int, where: str) -> int:
    """Index of the block's end marker."""
    for number, line in enumerate(lines[begin:], start=begin):
        if END.fullmatch(line.rstrip("\r\n")):
            return number
        if BEGIN.fullmatch(line.rstrip("\r\n")):
            break
    raise RuntimeProblem(f"{where}: expected <!-- end measured --> after it")


def _body(
    asked: str, where: str, kinds: Sequence[str], write: Callable[[MeasuredBlock], str]
) -> str:
    kind, *words = asked.split() or [""]
    try:
        if kind not in kinds:
            raise BlockProblem(f"expected one of {', '.join(kinds)}")
        return write(MeasuredBlock(kind, tuple(words)))
    except BlockProblem as problem:
        raise RuntimeProblem(f"{where}: {problem}") from problem
