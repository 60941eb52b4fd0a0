"""Finds the modules of its own package that a source imports."""

import ast
from collections.abc import Iterable


def imported(source: str, package: str) -> set[str]:
    """Names of the imported modules, without the package's name.

    Imports anywhere in the source count, of a whole module or of names in it.
    """
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= _below(package, [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            # A relative import names its own package only by the leading dot.
            origin = f"{package}.{node.module or ''}".strip(".") if node.level else node.module
            if origin == package:
                modules |= {alias.name for alias in node.names}
            else:
                modules |= _below(package, [origin or ""])
    return modules


def _below(package: str, names: Iterable[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith(f"{package}.")}
