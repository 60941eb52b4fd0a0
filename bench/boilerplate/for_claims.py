"""The count in the form that the claims use: the fields of lab/claims/code_count.py, as JSON."""

import ast
import sys
from pathlib import Path
from typing import Any

from bench.boilerplate.comparison import Purpose
from bench.boilerplate.completeness import count_all
from bench.boilerplate.counting import Count
from bench.boilerplate.table import TABLE

DOCUMENTATION = {
    "fastapi": "fastapi-svc/fastapi_svc/documentation.py",
    "flask": "flask-svc/flask_svc/documentation.py",
}

FEATURES = {
    "websocket": ("realtime.py", "talk"),
    "stream": ("realtime.py", "stream"),
    "background task": ("jobs.py", "start_job"),
}
"""Features with the module and the view that show them, the same in both services."""
ABOUT = {"pydantic", "flask_openapi"}
"""Packages of models and documentation: they belong to the API around a feature."""
SERIALIZED = {
    "Flask, dicts": "flask-svc/flask_svc/manual_users.py",
    "Flask, models": "flask-svc/flask_svc/users.py",
    "FastAPI, models": "fastapi-svc/fastapi_svc/users.py",
}
SERIALIZERS = {"model_dump", "model_dump_json", "jsonify", "dumps"}


def content(root: Path) -> dict[str, Any]:
    """Count the services below `root`. Raises CountError where services and table do not match."""
    (users,) = (each for each in count_all(TABLE, root) if each.comparison.name == "users")
    return {
        "users": {each.implementation.name: _code(each) for each in users.counts},
        "documented_with": {
            framework: sorted(_packages((root / path).read_text(encoding="utf-8"), framework))
            for framework, path in DOCUMENTATION.items()
        },
        "features": {
            feature: {
                framework: sorted(_used(_source(root, framework, module), view, framework))
                for framework in DOCUMENTATION
            }
            for feature, (module, view) in FEATURES.items()
        },
        "serialized": {
            name: _serializations((root / path).read_text(encoding="utf-8"))
            for name, path in SERIALIZED.items()
        },
    }


def _source(root: Path, framework: str, module: str) -> str:
    path = root / f"{framework}-svc" / f"{framework}_svc" / module
    return path.read_text(encoding="utf-8")


def _code(counted: Count) -> dict[str, int]:
    return {
        "validation_lines": counted.of(Purpose.VALIDATION).code_lines,
        "plain_lines": counted.total.code_lines,
        "plain_statements": counted.total.statements,
        "documented_lines": counted.documented_total.code_lines,
        "documented_statements": counted.documented_total.statements,
    }


def _packages(source: str, framework: str) -> set[str]:
    """Third-party packages that a source imports."""
    return set(_imported(ast.parse(source), framework).values())


def _imported(tree: ast.Module, framework: str) -> dict[str, str]:
    # Third-party package by the name under which a module knows what it imports from it.
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.asname or each.name.split(".")[0]: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {each.asname or each.name: node.module for each in node.names}
    own = {f"{framework}_svc"} | sys.stdlib_module_names
    packages = {name: path.split(".")[0] for name, path in found.items()}
    return {name: package for name, package in packages.items() if package not in own}


def _used(source: str, view: str, framework: str) -> set[str]:
    """Third-party packages that a view needs for what it does, the framework included.

    Its router, its documentation and the `response` for its headers do not count; an object of
    the module, such as an extension, counts as the package that it is made from.
    """
    tree = ast.parse(source)
    imported = _imported(tree, framework)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made_from = [imported[name] for name in _names(node.value.func) if name in imported]
            imported |= {name: each for each in made_from for name in _names(node.targets[0])}
    [function] = (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == view
    )
    function.args.args = [each for each in function.args.args if each.arg != "response"]
    routers = {name for name in imported if name in {"realtime", "sockets", "jobs"}}
    used = {imported[name] for name in _names(function) if name in imported.keys() - routers}
    return used - ABOUT


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _serializations(source: str) -> int:
    # Calls that turn a result into what is sent: those within a `return`.
    return sum(
        isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in SERIALIZERS
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Return)
        for call in ast.walk(node)
    )
