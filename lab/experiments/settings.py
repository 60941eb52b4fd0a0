"""Settings of the servers that an experiment changes: which there are, and what lies over what."""

from collections.abc import Mapping

from lab import environment
from lab.experiments.table import ExperimentFileError, Table

BASE: Mapping[str, str] = environment.read(environment.ROOT / ".env")
"""What an experiment begins with: .env alone, so that a run means the same on every machine."""

_OTHERS = ("LAB_", "LOCUST_", "LOAD_", "PYTHON_", "UPSTREAM_DELAY_MS")
KNOWN = tuple(
    sorted(
        [name for name in BASE if not name.startswith(_OTHERS) and not name.endswith("_PORT")]
        + ["GUNICORN_CMD_ARGS"]
    )
)
"""Those of .env that a server is told, and gunicorn's own variable for all that it can do
besides, such as --preload. The upstream's delay stands in [upstream]."""


def read(table: Table) -> dict[str, str]:
    """A table of settings; ExperimentFileError for one that no server has."""
    found = {}
    for name, value in table.rest().items():
        if not isinstance(value, str):
            raise table.bad(name, value, f'a text, as "{BASE.get(name, 4)}"')
        if problem := _problem(name, value):
            raise ExperimentFileError(f"{table.file}: {table.path}: {problem}")
        found[name] = value
    return found


def asked_for(settings: Mapping[str, str], file: str) -> dict[str, str]:
    """What the user asked for; ExperimentFileError for what no server has."""
    for name, value in settings.items():
        if problem := _problem(name, value):
            raise ExperimentFileError(f"{file} with other settings: {problem}")
    return dict(settings)


def of_framework(settings: Mapping[str, str], framework: str) -> dict[str, str]:
    """Those that a service of this framework is told."""
    others = {"flask": "FASTAPI_", "fastapi": "FLASK_"}[framework]
    return {name: value for name, value in settings.items() if not name.startswith(others)}


def unheeded(environ: Mapping[str, str]) -> list[str]:
    """What somebody has set for the lab, and what an experiment does not begin with: ["A=1"]."""
    return [
        f"{name}={environ[name]}"
        for name in KNOWN
        if name in environ and environ[name] != BASE.get(name)
    ]


def _problem(name: str, value: str) -> str:
    if name not in KNOWN:
        return f"{name} is no setting of a server: expected one of {', '.join(KNOWN)}"
    if BASE.get(name, "").isdigit() and not name.endswith(("_S", "_CPUS")) and not value.isdigit():
        return f'{name} = "{value}": expected a whole number'
    return ""
