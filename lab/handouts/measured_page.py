"""Find the measured blocks of a page, and put other text between their markers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.handouts.measured_report import BlockProblem
from lab.runtime import RuntimeProblem

BEGIN = re.compile(r"<!-- *measured: *(?P<asked>[^\n]*?) *-->[ \t]*")
END = re.compile(r"<!-- *end measured *-->[ \t]*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Block:
    """What a block asks for: `kind` is its first word, `words` are those after it."""

    kind: str
    words: tuple[str, ...]

    def one(self, what: str) -> str:
        """The only word. Raises BlockProblem, which says what is expected."""
        if len(self.words) != 1:
            raise BlockProblem(f"expected {what} and nothing else")
        return self.words[0]


def rewritten(text: str, *, name: str, kinds: Sequence[str], write: Callable[[Block], str]) -> str:
    """The page `name` with the body of each block as `write` has it, all else as it was.

    Markers stand on lines of their own; what stands in a fence is an example. Raises
    RuntimeProblem with the page, the line and the block.
    """
    lines = text.splitlines(keepends=True)
    kept: list[str] = []
    fence = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        kept.append(line)
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
    """The fence that is open after that line; empty outside of any."""
    found = FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    closes = found[1].startswith(fence) and not line[found.end() :].strip()
    return "" if closes else fence


def _end(lines: Sequence[str], begin: int, where: str) -> int:
    """Where the block's last marker stands."""
    for number, line in enumerate(lines[begin:], start=begin):
        if END.fullmatch(line.rstrip("\r\n")):
            return number
        if BEGIN.fullmatch(line.rstrip("\r\n")):
            break
    raise RuntimeProblem(f"{where}: expected <!-- end measured --> after it")


def _body(asked: str, where: str, kinds: Sequence[str], write: Callable[[Block], str]) -> str:
    kind, *words = asked.split() or [""]
    try:
        if kind not in kinds:
            raise BlockProblem(f"expected one of {', '.join(kinds)}")
        return write(Block(kind, tuple(words)))
    except BlockProblem as problem:
        raise RuntimeProblem(f"{where}: {problem}") from problem
