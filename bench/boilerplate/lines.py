"""Classifies each line of a Python source.

A line with tokens of several kinds gets the first of code, import, docstring and comment: code with
a trailing comment is code. An empty line inside a docstring is docstring, inside another string it
is code. A docstring is any statement that consists of a string alone: at the beginning of a module,
class or function, or below the name that it describes.
"""

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

Place = tuple[int, int]
"""1-based line and 0-based column in characters, as in `tokenize`."""

LAYOUT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


class LineKind(StrEnum):
    """Kind of a line. Where several fit, the first one counts."""

    CODE = "code"
    IMPORT = "import"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    BLANK = "blank"


def kinds(source: str) -> list[LineKind]:
    """Kind of each line, in order. Raises SyntaxError for invalid Python."""
    apart = _apart(source)
    lines = _lines(source)
    found: list[set[LineKind]] = [set() for _ in lines]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        # Layout tokens are on every line and say nothing about its kind.
        if token.type not in LAYOUT:
            for line in range(token.start[0], token.end[0] + 1):
                found[line - 1].add(_kind(token, apart))
    # LineKind's order is the order of precedence.
    return [next((kind for kind in LineKind if kind in each), LineKind.BLANK) for each in found]


def tally(found: Iterable[LineKind]) -> dict[LineKind, int]:
    """Number of lines of each kind, in the order of `LineKind`."""
    counts = Counter(found)
    return {kind: counts[kind] for kind in LineKind}


def is_docstring(node: ast.AST) -> bool:
    """Return True for a statement that consists of a string alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_import(node: ast.AST) -> bool:
    """Return True for an import statement."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def _kind(token: tokenize.TokenInfo, apart: dict[tuple[Place, Place], LineKind]) -> LineKind:
    if token.type == tokenize.COMMENT:
        return LineKind.COMMENT
    within = (kind for (first, end), kind in apart.items() if first <= token.start < end)
    return next(within, LineKind.CODE)


def _apart(source: str) -> dict[tuple[Place, Place], LineKind]:
    """Start and end of each docstring and each import, with its kind."""
    lines = _lines(source)
    apart = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and (is_import(node) or is_docstring(node)):
            kind = LineKind.IMPORT if is_import(node) else LineKind.DOCSTRING
            apart[_reach(node, lines)] = kind
    return apart


def _reach(node: ast.stmt, lines: list[str]) -> tuple[Place, Place]:
    """Convert positions: the syntax tree counts columns in bytes, `tokenize` in characters."""

    def place(line: int, offset: int) -> Place:
        return line, len(lines[line - 1].encode()[:offset].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)


def _lines(source: str) -> list[str]:
    return source.removesuffix("\n").split("\n") if source else []
