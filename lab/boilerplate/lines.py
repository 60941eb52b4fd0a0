"""What kind of line each line of a Python source is.

A line that has several kinds of token counts as the first of code, import,
docstring and comment: code with a comment at its end is code. An empty line
inside a docstring is docstring, inside another string code. A docstring is any
statement that is nothing but a text: at the beginning of a module, class or
function, or below what it describes.
"""

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

Place = tuple[int, int]
"""Line from 1, column from 0 in characters, as `tokenize` has it."""

LAYOUT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


class Kind(StrEnum):
    """Of a line; of those that fit, the first is taken."""

    CODE = "code"
    IMPORT = "import"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    BLANK = "blank"


def kinds(source: str) -> list[Kind]:
    """The kind of each line, the first line first; SyntaxError where it is no Python."""
    apart = _apart(source)
    lines = _lines(source)
    found: list[set[Kind]] = [set() for _ in lines]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            for line in range(token.start[0], token.end[0] + 1):
                found[line - 1].add(_kind(token, apart))
    return [next((kind for kind in Kind if kind in each), Kind.BLANK) for each in found]


def tally(found: Iterable[Kind]) -> dict[Kind, int]:
    """How many there are of each kind, in the order of `Kind`."""
    counts = Counter(found)
    return {kind: counts[kind] for kind in Kind}


def is_docstring(node: ast.AST) -> bool:
    """A text that is a statement of its own: it does nothing but document."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_import(node: ast.AST) -> bool:
    """An import statement, wherever it stands."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def _kind(token: tokenize.TokenInfo, apart: dict[tuple[Place, Place], Kind]) -> Kind:
    if token.type == tokenize.COMMENT:
        return Kind.COMMENT
    within = (kind for (first, end), kind in apart.items() if first <= token.start < end)
    return next(within, Kind.CODE)


def _apart(source: str) -> dict[tuple[Place, Place], Kind]:
    """From where to where each docstring and each import reaches."""
    lines = _lines(source)
    apart = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and (is_import(node) or is_docstring(node)):
            kind = Kind.IMPORT if is_import(node) else Kind.DOCSTRING
            apart[_reach(node, lines)] = kind
    return apart


def _reach(node: ast.stmt, lines: list[str]) -> tuple[Place, Place]:
    """The syntax tree counts columns in bytes, `tokenize` in characters."""

    def place(line: int, offset: int) -> Place:
        return line, len(lines[line - 1].encode()[:offset].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)


def _lines(source: str) -> list[str]:
    return source.removesuffix("\n").split("\n") if source else []
