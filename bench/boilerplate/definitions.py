"""The definitions of a module: their names and their lines.

Every top-level statement except imports and docstrings is a definition. Its name is that of the
function or class, the target of an assignment, or else its first line, such as `if TYPE_CHECKING`.

A definition can be opened. The functions and classes inside then become definitions too, such as
`register.create_user`, and `register` keeps the rest. Other statements inside become definitions
only on request: `create_app.app.state.storage` is the assignment to `app.state.storage` in
`create_app`.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bench.boilerplate import lines

STAND_ALONE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition; `name` has dots where it is inside another one."""

    name: str
    own_lines: tuple[int, ...]  # 1-based, with decorators, without inner definitions
    statements: int  # without inner definitions, docstrings and imports


def definitions(
    source: str, *, named: Collection[str] = (), opened: Collection[str] = ()
) -> list[Definition]:
    """All definitions in order of appearance. Raises SyntaxError for invalid Python.

    A definition is opened if `opened` has it or if `named` has a definition inside it.
    """
    tree = ast.parse(source)
    top = [node for node in tree.body if _counts(node)]
    return [each for node in top for each in _definitions(node, name_of(node), named, opened)]


def name_of(node: ast.stmt) -> str:
    """Name of a statement as a definition."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Assign():
            return ", ".join(ast.unparse(target) for target in node.targets)
        case ast.AnnAssign() | ast.AugAssign():
            return ast.unparse(node.target)
    return ast.unparse(node).splitlines()[0].removesuffix(":")


def _definitions(
    node: ast.stmt, name: str, named: Collection[str], opened: Collection[str]
) -> Iterator[Definition]:
    inner: dict[ast.stmt, str] = {}
    if name in opened or any(each.startswith(f"{name}.") for each in named):
        inner = dict(_inner(node, name, named))
    # Lines of inner definitions count for their own purpose, and no line counts twice.
    without = {line for each in inner for line in _reach(each)}
    yield Definition(
        name,
        tuple(line for line in _reach(node) if line not in without),
        sum(1 for _ in _statements(node, inner)),
    )
    for each, its_name in inner.items():
        yield from _definitions(each, its_name, named, opened)


def _inner(node: ast.AST, name: str, named: Collection[str]) -> Iterator[tuple[ast.stmt, str]]:
    """Inner definitions of an opened statement, also inside its `if` and `with` blocks."""
    for child in ast.iter_child_nodes(node):
        its_name = f"{name}.{name_of(child)}" if isinstance(child, ast.stmt) else ""
        if isinstance(child, STAND_ALONE) or (isinstance(child, ast.stmt) and its_name in named):
            yield child, its_name
        elif not isinstance(child, ast.expr):
            yield from _inner(child, name, named)


def _reach(node: ast.stmt) -> range:
    """Lines of a statement, from its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    assert node.end_lineno is not None
    return range(min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno + 1)


def _statements(node: ast.AST, without: Collection[ast.stmt]) -> Iterator[ast.stmt]:
    if isinstance(node, ast.stmt):
        yield node
    for child in ast.iter_child_nodes(node):
        if child not in without and _counts(child):
            yield from _statements(child, without)


def _counts(node: ast.AST) -> bool:
    return not (lines.is_import(node) or lines.is_docstring(node))
