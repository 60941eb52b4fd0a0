"""The definitions of a module: what stands in it under a name, and on which lines.

Every top-level statement is one but for imports and docstrings: a function or
class by its name, an assignment by its target, anything else by its own first
line, such as `if TYPE_CHECKING`.

A definition can be opened: the functions and classes in it are then definitions
too, `register.create_user`, and `register` is what remains. Of its other
statements only those stand alone that are asked for: `create_app.app.state.storage`
is the assignment to `app.state.storage` in `create_app`.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lab.boilerplate import lines

STAND_ALONE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Definition:
    """`name` has dots where it stands in another one."""

    name: str
    own_lines: tuple[int, ...]  # numbers from 1, decorators included; none of an inner definition
    statements: int  # likewise its own, without docstrings and imports


def definitions(
    source: str, *, named: Collection[str] = (), opened: Collection[str] = ()
) -> list[Definition]:
    """All definitions in order of appearance; SyntaxError where `source` is no Python.

    Opened are those of `opened`, and those with a definition inside that `named` has.
    """
    tree = ast.parse(source)
    top = [node for node in tree.body if _counts(node)]
    return [each for node in top for each in _definitions(node, name_of(node), named, opened)]


def name_of(node: ast.stmt) -> str:
    """Under which name a statement is a definition."""
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
    without = {line for each in inner for line in _reach(each)}
    yield Definition(
        name,
        tuple(line for line in _reach(node) if line not in without),
        sum(1 for _ in _statements(node, inner)),
    )
    for each, its_name in inner.items():
        yield from _definitions(each, its_name, named, opened)


def _inner(node: ast.AST, name: str, named: Collection[str]) -> Iterator[tuple[ast.stmt, str]]:
    """What stands alone in an opened statement, also if it is in an `if` or `with` of it."""
    for child in ast.iter_child_nodes(node):
        its_name = f"{name}.{name_of(child)}" if isinstance(child, ast.stmt) else ""
        if isinstance(child, STAND_ALONE) or (isinstance(child, ast.stmt) and its_name in named):
            yield child, its_name
        elif not isinstance(child, ast.expr):
            yield from _inner(child, name, named)


def _reach(node: ast.stmt) -> range:
    """Its lines, from its first decorator on."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    assert node.end_lineno is not None
    return range(min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno + 1)


def _statements(node: ast.AST, without: Collection[ast.stmt]) -> Iterator[ast.stmt]:
    """The statement itself and those in it."""
    if isinstance(node, ast.stmt):
        yield node
    for child in ast.iter_child_nodes(node):
        if child not in without and _counts(child):
            yield from _statements(child, without)


def _counts(node: ast.AST) -> bool:
    return not (lines.is_import(node) or lines.is_docstring(node))
