"""Amounts of code for the small API in each framework, counted with bench/boilerplate.

The count goes into the report's folder as JSON, because a report may be read on a machine without
the services' source.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.claims import printed_commands
from lab.environment import ROOT
from lab.results import folder

FASTAPI, BY_HAND, EXTENSION = "FastAPI", "Flask by hand", "Flask with extension"


FILE = "code.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Size of one implementation of the users, in lines and statements of code.

    bench/boilerplate/__init__.py defines how they are counted. `validation_lines` counts the
    models, or the checks by hand. `documented_*` includes the code for the OpenAPI document,
    `plain_*` does not.
    """

    validation_lines: int
    plain_lines: int
    plain_statements: int
    documented_lines: int
    documented_statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Code sizes of all implementations of the users, by name.

    `documented_with` has the packages that make each service's documentation, by framework.
    `features` has the packages that a feature needs, by feature and framework. `serialized` has
    the number of calls in views that serialize a result, by implementation. `commands` has the
    exit codes of the commands that an article prints. The last three are empty in older reports.
    """

    users: Mapping[str, Code]
    documented_with: Mapping[str, Sequence[str]]
    features: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    serialized: Mapping[str, int] = field(default_factory=dict)
    commands: Mapping[str, int] = field(default_factory=dict)


class CodeCountError(Exception):
    """Counting the services' code failed; the message is one sentence."""


def save(report: Path, root: Path = ROOT) -> None:
    """Count now and write the count into the report's folder.

    Raises CodeCountError and OSError.
    """
    folder.replace(report / FILE, _count(root) | {"commands": printed_commands.exit_codes()})


def find(report: Path, root: Path = ROOT) -> Amounts | None:
    """Return the report's own count, else count now; None where neither works."""
    try:
        if (report / FILE).is_file():
            return _amounts(json.loads((report / FILE).read_text(encoding="utf-8")))
        return _amounts(_count(root))
    except (CodeCountError, OSError, ValueError, KeyError, TypeError):
        return None


def _count(root: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.boilerplate", "--claims", str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CodeCountError(said[-1] if said else f"it ended with code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _amounts(document: dict[str, dict[str, Any]]) -> Amounts:
    return Amounts(
        users={name: Code(**each) for name, each in document["users"].items()},
        documented_with=document["documented_with"],
        features=document.get("features", {}),
        serialized=document.get("serialized", {}),
        commands=document.get("commands", {}),
    )
