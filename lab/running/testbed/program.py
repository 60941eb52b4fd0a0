"""The programs of a testbed, one per shape and the upstream, and the platform that runs them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lab import targets
from lab.experiments import experiment
from lab.experiments.experiment import Shape
from lab.experiments.settings import KNOWN
from lab.results.measurement import Process
from lab.running.testbed.driver_client import Launched
from lab.running.testbed.problems import Ending, TestbedError
from lab.targets import POSTGRES, UPSTREAM

DRIVE = ("-m", "lab.driver.serve")
"""Python's arguments to start the driver."""

CONTAINER_SETTINGS = ("SERVICE_CPUS", "SERVICE_MEMORY")
"""Settings of the container around a server, not of the server itself."""

_RESERVED = (UPSTREAM, POSTGRES, experiment.UPSTREAM, experiment.DRIVER)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestbedProgram:
    """One program: a service of docker-compose.yml, or `python -m MODULE` with .env's settings.

    `settings` are all that differ from .env, `own` those among them that the service does not have
    by itself. `path` answers once the program is ready. `package` is a folder whose `module` runs
    in place of the lab's own.
    """

    name: str
    service: str
    module: str
    path: str = "/server"
    settings: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    package: Path | None = None


UPSTREAM_PROGRAM = TestbedProgram(
    name=UPSTREAM, service=UPSTREAM, module="mock_upstream", path="/healthz"
)


POSTGRES_PROGRAM = TestbedProgram(
    name=POSTGRES, service=POSTGRES, module="lab_postgres", path="/healthz"
)
NO_SERVERS = (UPSTREAM, POSTGRES)
"""What stands behind the servers."""


def database_url(host: str, port: int | str) -> str:
    """Address of the testbed's database, as a server gets it."""
    return f"postgresql://lab:lab@{host}:{port}/lab"


def programs(shapes: Collection[Shape]) -> list[TestbedProgram]:
    """One program per shape. Raises TestbedError where a shape is invalid."""
    names = [shape.name for shape in shapes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise TestbedError(f"two shapes are called {min(twice)}: give each its own name")
    return [_program(shape) for shape in shapes]


def _program(shape: Shape) -> TestbedProgram:
    # The name becomes a host name and a container's name.
    if not _NAME.fullmatch(shape.name) or shape.name in _RESERVED:
        raise TestbedError(
            f"shape {shape.name!r}: expected a name of at most 40 small letters, digits and "
            f"hyphens, other than {', '.join(_RESERVED)}"
        )
    try:
        target = targets.target(shape.target)
    except KeyError:
        expected = ", ".join(each.name for each in targets.TARGETS)
        raise TestbedError(
            f"shape {shape.name}: no target {shape.target!r}: expected one of {expected}"
        ) from None
    # A setting of the other framework would have no effect here.
    other = {"flask": "FASTAPI_", "fastapi": "FLASK_"}[target.framework]
    for name in shape.settings:
        if name not in KNOWN or name.startswith(other):
            raise TestbedError(
                f"shape {shape.name}: {name} is no setting of {target.name}: "
                "expected one that .env explains"
            )
    module = f"{target.framework}_svc"
    if shape.package is not None and not (shape.package / module).is_dir():
        raise TestbedError(f"shape {shape.name}: there is no {module} in {shape.package}")
    return TestbedProgram(
        name=shape.name,
        service=target.name,
        module=module,
        settings={**target.settings, **shape.settings},
        own=dict(shape.settings),
        package=shape.package,
    )


class Platform(Protocol):
    """Starts, inspects and ends programs. Every method raises TestbedError."""

    runtime: str

    def start(self, programs: Sequence[TestbedProgram]) -> None:
        """Start all programs at once; return before they answer."""

    def restart(self, name: str) -> None:
        """Kill a program and start it again at the same address; return before it answers."""

    def stop(self, names: Sequence[str]) -> None:
        """Kill programs and wait until they have ended."""

    def url(self, name: str) -> str:
        """Base URL of a program, as the driver reaches it."""

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """The programs that ended by themselves."""

    def said(self, name: str) -> str:
        """The program's output, or the end of it."""

    def look(self, name: str) -> list[Process]:
        """The program's current processes."""

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait until each server has its number of idle workers; return the names of the others."""

    def launch_driver(self) -> Launched:
        """Start the driver's process with pipes."""

    def end_driver(self) -> None:
        """Kill the driver, however busy it is."""

    def close(self) -> None:
        """Stop everything that was started and leave nothing behind."""
