"""Server settings that an experiment may change, and their precedence."""

from collections.abc import Mapping

from lab import environment
from lab.experiments.toml_table import ExperimentFileError, TomlTable

BASE: Mapping[str, str] = environment.read(environment.ROOT / ".env")
"""Lowest settings of every experiment: .env alone, so a run means the same on every machine."""

_OTHERS = ("LAB_", "LOCUST_", "LOAD_", "CALIBRATE", "PYTHON_", "UPSTREAM_DELAY_MS")
KNOWN = tuple(
    sorted(
        [name for name in BASE if not name.startswith(_OTHERS) and not name.endswith("_PORT")]
        + ["GUNICORN_CMD_ARGS"]
    )
)
"""Settings of .env that reach a server, and gunicorn's own variable for its other options, such as
--preload. The upstream's delay is not among them: an experiment sets it in [upstream]."""


def read(table: TomlTable) -> dict[str, str]:
    """Read a table of settings. Raises ExperimentFileError for a setting that no server has."""
    found = {}
    for name, value in table.rest().items():
        if not isinstance(value, str):
            raise table.bad(name, value, f'a text, as "{BASE.get(name, 4)}"')
        if why := why_not(name, value):
            raise ExperimentFileError(f"{table.file}: {table.path}: {why}")
        found[name] = value
    return found


def asked_for(settings: Mapping[str, str], file: str) -> dict[str, str]:
    """Check the user's own settings. Raises ExperimentFileError for one that no server has."""
    for name, value in settings.items():
        if why := why_not(name, value):
            raise ExperimentFileError(f"{file} with other settings: {why}")
    return dict(settings)


def of_framework(settings: Mapping[str, str], framework: str) -> dict[str, str]:
    """Drop the settings that only the other framework reads."""
    others = {"flask": "FASTAPI_", "fastapi": "FLASK_"}[framework]
    return {name: value for name, value in settings.items() if not name.startswith(others)}


def unheeded(environ: Mapping[str, str]) -> list[str]:
    """Settings in `environ` that differ from .env and that experiments ignore, as ["A=1"]."""
    return [
        f"{name}={environ[name]}"
        for name in KNOWN
        if name in environ and environ[name] != BASE.get(name)
    ]


def why_not(name: str, value: str) -> str:
    """Return why a server does not take this setting; empty where it does."""
    if name not in KNOWN:
        near = environment.nearest(name, KNOWN)
        expected = near or "a name from .env, as FLASK_WORKERS"
        return f"{name} is no setting of a server: expected {expected}"
    if BASE.get(name, "").isdigit() and not name.endswith(("_S", "_CPUS")) and not value.isdigit():
        return f'{name} = "{value}": expected a whole number'
    return ""
