"""Reads the steps that a page of the handouts asks its reader to do, in order.

A `console` fence holds commands, each after "$ ", with their output below; a line of three dots
stands for any number of lines. Comments describe manual steps:

    <!-- walk: solve 03 -->                          makes the change that solves an exercise
    <!-- walk: start load=burst seconds=12 -->       presses START, and STOP 12 s later
    <!-- walk: shape flask-svc workers=1 -->         turns the server's dial of a target
    <!-- walk: shape flask-svc reset -->             and turns it back
    <!-- walk: not run, because it needs a mouse --> skips the fence that follows
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workshop.handouts.markdown import pieces

PROMPT = "$ "
_WALK = re.compile(r"^<!-- walk: (?P<what>.+?) -->$")
_LEFT_OUT = re.compile(r"not run, because \S.*")
_SOLVE = re.compile(r"solve (?P<name>[0-9a-z-]+)")
_START = re.compile(r"start(?P<fields>( \w+=\S+)+)")
_SHAPE = re.compile(r"shape (?P<target>[a-z-]+)(?: reset|(?P<fields>( \w+=\S+)+))")


class RehearsedPageError(Exception):
    """A page cannot be followed; one sentence that names the line."""


@dataclass(frozen=True, slots=True)
class PageCommand:
    """A command to type; `expected` is the output on the page, empty where it shows none."""

    line: int
    text: str
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solve:
    """The reader solves an exercise; the rehearsal applies its reference solution."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Start:
    """A timed run from the dashboard; `fields` are fields of its form."""

    line: int
    seconds: float
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """Another shape for a target's server, from the dashboard; without fields that of its start."""

    line: int
    target: str
    fields: Mapping[str, str] = field(default_factory=dict)


Step = PageCommand | Solve | Start | Shape


def steps(text: str) -> list[Step]:
    """All steps of the page, in order. Raises RehearsedPageError."""
    found: list[Step] = []
    is_left_out = False
    for number, kind, lines in _parts(text):
        if kind == "console":
            if not is_left_out:
                found += _commands(number, lines)
            is_left_out = False
        elif kind == "walk":
            if step := _by_hand(number, lines[0]):
                found.append(step)
            else:
                is_left_out = True
        elif kind == "text" and is_left_out:
            raise RehearsedPageError(
                f"line {number}: a console fence has to follow what is not run"
            )
    return found


def _parts(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Fences with their content, walk comments, and non-empty lines of text."""
    first = 1
    for piece in pieces(text):
        lines = piece.text.splitlines()
        if not piece.is_closed:
            raise RehearsedPageError(f"line {first}: this fence has no end")
        if piece.info is None:
            yield from _prose(first, lines)
        else:
            yield first + 1, "console" if piece.is_console else "fence", lines[1:-1]
        first += len(lines)


def _prose(first: int, lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    for number, line in enumerate(lines, start=first):
        if walk := _WALK.match(line.strip()):
            yield number, "walk", [walk["what"]]
        elif "walk:" in line:
            raise RehearsedPageError(
                f"line {number}: expected <!-- walk: ... --> on a line of its own"
            )
        elif line.strip():
            yield number, "text", [line]


def _commands(first: int, lines: list[str]) -> Iterator[PageCommand]:
    """Commands of a fence, each with the output below it."""
    if not lines or not lines[0].startswith(PROMPT):
        raise RehearsedPageError(f'line {first}: expected a command behind "{PROMPT}"')
    begins = [at for at, line in enumerate(lines) if line.startswith(PROMPT)]
    for at, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        expected = lines[at + 1 : end]
        # Empty lines before the next command only separate.
        while expected and not expected[-1].strip():
            expected.pop()
        yield PageCommand(first + at, lines[at].removeprefix(PROMPT).strip(), tuple(expected))


def _by_hand(number: int, what: str) -> Step | None:
    """The step in a walk comment; None where it skips the next fence."""
    if _LEFT_OUT.fullmatch(what):
        return None
    if solve := _SOLVE.fullmatch(what):
        return Solve(number, solve["name"])
    if start := _START.fullmatch(what):
        fields = _fields(start["fields"])
        seconds = fields.pop("seconds", "")
        if not seconds.isdigit():
            raise RehearsedPageError(f"line {number}: expected seconds=N, a whole number")
        return Start(number, float(seconds), fields)
    if shape := _SHAPE.fullmatch(what):
        return Shape(number, shape["target"], _fields(shape["fields"] or ""))
    raise RehearsedPageError(
        f"line {number}: {what!r}: expected solve, start, shape or not run, because ..."
    )


def _fields(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())
