"""Counting the services' code for the claims, and keeping the count with a report.

A report can be looked at where the services' source is not, so that the count goes into
its folder.
"""

import ast
import json
import sys
from dataclasses import asdict
from pathlib import Path

from lab.boilerplate.comparison import Purpose
from lab.boilerplate.completeness import count_all
from lab.boilerplate.counting import Count, CountError
from lab.boilerplate.table import TABLE
from lab.claims.amounts import Amounts, Code
from lab.environment import ROOT
from lab.results import folder

FILE = "code.json"
DOCUMENTATION = {
    "fastapi": "fastapi-svc/fastapi_svc/documentation.py",
    "flask": "flask-svc/flask_svc/documentation.py",
}


def count(root: Path = ROOT) -> Amounts:
    """Count the services below `root`. Raises CountError where they do not fit the table."""
    (users,) = (each for each in count_all(TABLE, root) if each.comparison.name == "users")
    return Amounts(
        users={each.implementation.name: _code(each) for each in users.counts},
        documented_with={
            framework: sorted(_packages((root / path).read_text(encoding="utf-8"), framework))
            for framework, path in DOCUMENTATION.items()
        },
    )


def save(report: Path, root: Path = ROOT) -> None:
    """Keep a count of today in the report's folder. Raises CountError and OSError."""
    folder.replace(report / FILE, asdict(count(root)))


def find(report: Path, root: Path = ROOT) -> Amounts | None:
    """What was kept with the report; else a count of today; None where neither can be had."""
    try:
        if (report / FILE).is_file():
            return _rebuilt(json.loads((report / FILE).read_text(encoding="utf-8")))
        return count(root)
    except (CountError, OSError, ValueError, KeyError, TypeError):
        return None


def _rebuilt(document: dict[str, dict[str, object]]) -> Amounts:
    return Amounts(
        users={name: Code(**each) for name, each in document["users"].items()},  # type: ignore[arg-type]
        documented_with=document["documented_with"],  # type: ignore[arg-type]
    )


def _code(counted: Count) -> Code:
    return Code(
        validation_lines=counted.of(Purpose.VALIDATION).code_lines,
        plain_lines=counted.total.code_lines,
        plain_statements=counted.total.statements,
        documented_lines=counted.documented_total.code_lines,
        documented_statements=counted.documented_total.statements,
    )


def _packages(source: str, framework: str) -> set[str]:
    """Packages from outside that a source imports: neither Python's own nor the service's."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - {f"{framework}_svc"} - sys.stdlib_module_names
