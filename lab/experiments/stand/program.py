"""The programs of a stand: the upstream, and one server for each shape."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from lab import targets
from lab.experiments import experiment
from lab.experiments.experiment import Shape
from lab.experiments.settings import KNOWN
from lab.experiments.stand.problems import StandProblem
from lab.targets import UPSTREAM

DRIVE = ("-m", "lab.driver.serve")
"""What Python is told to become the driver."""

CONTAINER_SETTINGS = ("SERVICE_CPUS", "SERVICE_MEMORY")
"""Settings of the container around a server, and not of the server."""

_RESERVED = (UPSTREAM, experiment.UPSTREAM, experiment.DRIVER)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program: a service of docker-compose.yml, or `python -m MODULE` over .env's settings.

    `own` are those of the settings that the service does not have by itself.
    `path` answers once the program is there. `package` is a folder whose `module` runs in place
    of the lab's own, and `digest` what stands in it: with another content it is another program.
    """

    name: str
    service: str
    module: str
    path: str = "/server"
    settings: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    package: Path | None = None
    digest: str = ""


UPSTREAM_PROGRAM = Program(name=UPSTREAM, service=UPSTREAM, module="mock_upstream", path="/healthz")


def programs(shapes: Collection[Shape]) -> list[Program]:
    """A program for each shape; StandProblem where a shape cannot be made."""
    names = [shape.name for shape in shapes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise StandProblem(f"two shapes are called {min(twice)}: give each its own name")
    return [_program(shape) for shape in shapes]


def _program(shape: Shape) -> Program:
    if not _NAME.fullmatch(shape.name) or shape.name in _RESERVED:
        raise StandProblem(
            f"shape {shape.name!r}: expected a name of at most 40 small letters, digits and "
            f"hyphens, other than {', '.join(_RESERVED)}"
        )
    try:
        target = targets.target(shape.target)
    except KeyError:
        expected = ", ".join(each.name for each in targets.TARGETS)
        raise StandProblem(
            f"shape {shape.name}: no target {shape.target!r}: expected one of {expected}"
        ) from None
    other = {"flask": "FASTAPI_", "fastapi": "FLASK_"}[target.framework]
    for name in shape.settings:
        if name not in KNOWN or name.startswith(other):
            raise StandProblem(
                f"shape {shape.name}: {name} is no setting of {target.name}: "
                "expected one that .env explains"
            )
    module = f"{target.framework}_svc"
    if shape.package is not None and not (shape.package / module).is_dir():
        raise StandProblem(f"shape {shape.name}: there is no {module} in {shape.package}")
    return Program(
        name=shape.name,
        service=target.name,
        module=module,
        settings={**target.settings, **shape.settings},
        own=dict(shape.settings),
        package=shape.package,
        digest=_digest(shape.package / module) if shape.package else "",
    )


def _digest(folder: Path) -> str:
    """What the folder's files are called and hold, but for what Python itself leaves there."""
    found = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            found.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return found.hexdigest()
