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


def content(root: Path) -> dict[str, Any]:
    """Count the services below `root`. Raises CountError where services and table do not match."""
    (users,) = (each for each in count_all(TABLE, root) if each.comparison.name == "users")
    return {
        "users": {each.implementation.name: _code(each) for each in users.counts},
        "documented_with": {
            framework: sorted(_packages((root / path).read_text(encoding="utf-8"), framework))
            for framework, path in DOCUMENTATION.items()
        },
    }


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
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - {f"{framework}_svc"} - sys.stdlib_module_names
