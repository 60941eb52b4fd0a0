"""A testbed of containers, in its own Compose project and network, beside a lab that may be up.

docker-compose.yml is the only description of a container. Its services, as printed by `docker
compose config`, are written to a new file under the names of the shapes, without ports and health
checks. `docker compose up` then starts all of them at once.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab import child_process, environment
from lab.environment import ROOT
from lab.experiments.experiment import DRIVER
from lab.results.measurement import Process
from lab.running.signals import deferred_sigint
from lab.running.testbed import engine, image_build, ownership_label, reaper
from lab.running.testbed.driver_client import Launched
from lab.running.testbed.problems import Ending, TestbedError
from lab.running.testbed.program import (
    CONTAINER_SETTINGS,
    DRIVE,
    NO_SERVERS,
    TestbedProgram,
    database_url,
)
from lab.running.testbed.reaper_client import ReaperClient
from lab.runtime import engine_version, has_compose
from lab.targets import POSTGRES, UPSTREAM

MEMORY = "8g"
"""Default memory limit of a container.

A hundred workers take 4 GB, and a server killed for lack of memory would tell nothing about its
shape.
"""

PROBE = Path(__file__).with_name("probe.py")
LOOK_DEADLINE_S = 30.0
DROPPED = (
    *("build", "command", "container_name", "depends_on", "deploy", "entrypoint", "healthcheck"),
    *("labels", "networks", "ports", "profiles", "stop_signal"),
)
OUT_OF_MEMORY = "a process was killed because memory ran out: raise SERVICE_MEMORY for this shape"
REMOVED = "its container was removed"
KILLED = 137
SAID_LINES = 400
SANDBOX = "/sandbox"
"""Mount point of the attendee's own package; on Python's path before the lab's packages."""
ROUNDS = 10


class ContainerPlatform:
    """Containers in their own network. Both are removed at the end, whatever ends this process."""

    runtime = "docker"

    def __init__(self, environ: Mapping[str, str]) -> None:
        _require_engine()
        self._environ = _without_settings(environ)
        clear_leftovers(self._environ)
        image_build.build(environ)
        self._services = _compose_services(self._environ)
        # The pid alone repeats, so a random part makes the project's name unique.
        self._project = f"lab-exp-{os.getpid()}-{os.urandom(2).hex()}"
        with deferred_sigint():
            self._folder = Path(tempfile.mkdtemp(prefix="lab-stand-"))
            self._reaper = ReaperClient(self._environ, "docker", self._label, str(self._folder))
        self._programs: dict[str, TestbedProgram] = {}
        self._started: set[str] = set()
        self._client: subprocess.Popen[bytes] | None = None

    def start(self, programs: Sequence[TestbedProgram]) -> None:
        """Start all programs at once; return before they answer."""
        names = [program.name for program in programs]
        self._programs |= dict(zip(names, programs, strict=True))
        self._write()
        self._compose("up", "--detach", "--no-deps", "--no-build", *names)
        self._started.update(names)

    def restart(self, name: str) -> None:
        """Kill a container and start it again with an empty /tmp."""
        # --time 0 kills at once, without the grace period.
        self._docker("restart", "--time", "0", self._container(name))

    def stop(self, names: Sequence[str]) -> None:
        """Kill and remove containers."""
        there = [name for name in names if name in self._programs]
        if there:
            self._docker("rm", "--force", "--volumes", *map(self._container, there))
        for name in there:
            del self._programs[name]
        self._started.difference_update(there)

    def url(self, name: str) -> str:
        """Base URL with the container's name, valid in the testbed's network."""
        service = self._services[self._programs[name].service]
        return f"http://{self._container(name)}:{service['environment']['LISTEN_PORT']}"

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """Containers that ended by themselves or were removed from outside."""
        asked = [name for name in names if name in self._started]
        if not asked:
            return []
        done = engine.run(["docker", "inspect", *map(self._container, asked)], self._environ)
        # docker inspect puts a "/" before a container's name.
        states = {each["Name"].lstrip("/"): each["State"] for each in json.loads(done.stdout)}
        endings = []
        for name in asked:
            state = states.get(self._container(name))
            if state is None:
                endings.append(Ending(name, KILLED, "", REMOVED))
            elif not state["Running"]:
                why = OUT_OF_MEMORY if state["OOMKilled"] else ""
                endings.append(Ending(name, state["ExitCode"], self.said(name), why))
        return endings

    def said(self, name: str) -> str:
        """The last SAID_LINES lines of the container's output."""
        logs = ["docker", "logs", "--tail", str(SAID_LINES), self._container(name)]
        done = engine.run(logs, self._environ)
        return done.stdout + done.stderr

    def look(self, name: str) -> list[Process]:
        """The server's current processes. Raises TestbedError where they cannot be read."""
        with self._probe(name, "look") as probe:
            done = probe.finish(LOOK_DEADLINE_S)
        if done.returncode:
            said = engine.last_line(done.stderr)
            raise TestbedError(f"{name}: its processes cannot be listed: {said}")
        return [Process(**process) for process in json.loads(done.stdout)]

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait for all servers at once, with one probe inside each container."""
        with ExitStack() as stack:
            probes = {
                name: stack.enter_context(self._probe(name, "rest", str(number), f"{timeout_s:g}"))
                for name, number in workers.items()
            }
            told = {name: each.finish(timeout_s + LOOK_DEADLINE_S) for name, each in probes.items()}
        for name, done in told.items():
            if done.returncode and not self.endings([name]):
                said = engine.last_line(done.stderr)
                raise TestbedError(f"{name}: its processes cannot be listed: {said}")
        return [name for name, done in told.items() if done.stdout.strip() != "true"]

    def launch_driver(self) -> Launched:
        """Start the driver in a container of the image that includes it."""
        self._write()
        complaints = self._folder / "driver"
        options = ["run", "--no-TTY", "--rm", "--no-deps", "--name", self._container(DRIVER)]
        with deferred_sigint(), complaints.open("wb") as file:
            process = subprocess.Popen(
                [*self._of_project(), *options, DRIVER],
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
            self._client = process
        return Launched(process, complaints)

    def end_driver(self) -> None:
        """Remove the driver's container, however busy it is."""
        reaper.docker("rm", "--force", self._container(DRIVER), environ=self._environ)

    def close(self) -> None:
        """Remove everything that belongs to the testbed's project."""
        if self._client is not None:
            # Kill first: it may be about to create the driver's container.
            child_process.kill(self._client)
        # More than once: a command that was under way may create another container meanwhile.
        rounds = iter(range(ROUNDS))
        while is_left := reaper.remove_containers(self._label, self._environ):
            if next(rounds, None) is None:
                break
        self._programs, self._started = {}, set()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._reaper.done()
        if is_left:
            raise TestbedError(
                f"containers or the network of {self._project} cannot be removed: see "
                f"`docker ps --all --filter label={self._label}`"
            )

    @property
    def _label(self) -> str:
        return f"com.docker.compose.project={self._project}"

    @property
    def _file(self) -> Path:
        return self._folder / "compose.json"

    def _container(self, name: str) -> str:
        return f"{self._project}-{name}"

    def _write(self) -> None:
        services = {name: self._service(program) for name, program in self._programs.items()}
        services[DRIVER] = self._plain("locust", DRIVER) | {
            "command": ["python", *DRIVE],
            "logging": {"driver": "none"},  # answers are megabytes and belong in the pipe only
        }
        content = {
            "name": self._project,
            "services": services,
            "networks": {"default": {"labels": {ownership_label.LABEL: ownership_label.own()}}},
        }
        self._file.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _service(self, program: TestbedProgram) -> dict[str, Any]:
        service = self._plain(program.service, program.name)
        # Compose expands "$" in its file; "$$" is a literal one.
        own = {name: value.replace("$", "$$") for name, value in program.own.items()}
        if "SERVICE_CPUS" in own:
            service["cpus"] = own["SERVICE_CPUS"]
        if "SERVICE_MEMORY" in own:
            service["mem_limit"] = own["SERVICE_MEMORY"]
        changed = {name: own[name] for name in own if name not in CONTAINER_SETTINGS}
        if program.name != UPSTREAM:
            changed["UPSTREAM_URL"] = self.url(UPSTREAM)
        if program.name not in NO_SERVERS:
            changed["TARGET"] = program.name
            changed["SUPERVISOR_HOST"] = ""  # nothing may run or count beside what is measured
            if POSTGRES in self._programs:
                port = self._services[POSTGRES]["environment"]["DATABASE_PORT"]
                changed["DATABASE_URL"] = database_url(self._container(POSTGRES), port)
        if program.package is not None:
            service["volumes"] = [_mounted(program.package / program.module, program.module)]
            changed |= {"PYTHONPATH": SANDBOX, "PYTHONDONTWRITEBYTECODE": "1"}
        service["environment"] = service["environment"] | changed
        return service

    def _plain(self, service: str, name: str) -> dict[str, Any]:
        """A service of docker-compose.yml without the keys that only the running lab needs."""
        whole = self._services[service]
        return {key: value for key, value in whole.items() if key not in DROPPED} | {
            "container_name": self._container(name),
            "healthcheck": {"disable": True},  # nothing may run beside the measured program
            "labels": {ownership_label.LABEL: ownership_label.own()},
            "mem_limit": MEMORY,
            "pull_policy": "never",
        }

    def _probe(self, name: str, *arguments: str) -> engine.DockerCommand:
        """Start the probe inside a container; it prints JSON."""
        inside = ["docker", "exec", "--interactive", self._container(name)]
        # -I -S: the attendee's package on PYTHONPATH must not change the probe.
        command = [*inside, "python", "-I", "-S", "-", *arguments]
        return engine.DockerCommand(command, self._environ, given=PROBE)

    def _of_project(self) -> list[str]:
        return ["docker", "compose", "--project-name", self._project, "--file", str(self._file)]

    def _compose(self, *arguments: str) -> str:
        return engine.must([*self._of_project(), *arguments], self._environ)

    def _docker(self, *arguments: str) -> str:
        return engine.must(["docker", *arguments], self._environ)


def _mounted(folder: Path, module: str) -> dict[str, Any]:
    """Bind mount of a package, read-only, with read permission for the container's user."""
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode
        wanted = mode | (0o555 if path.is_dir() else 0o444)
        if wanted != mode:
            path.chmod(wanted)
    return {
        "type": "bind",
        "source": str(folder.resolve()).replace("$", "$$"),
        "target": f"{SANDBOX}/{module}",
        "read_only": True,
        "bind": {"selinux": "z"},  # without it SELinux (Fedora) denies the container access
    }


def clear_leftovers(environ: Mapping[str, str]) -> None:
    """Remove containers and networks of testbeds whose host process has ended."""
    form = f'{{{{.Label "{ownership_label.LABEL}"}}}}'
    found: set[str] = set()
    for what in (["ps", "--all"], ["network", "ls"]):
        command = ["docker", *what, "--filter", f"label={ownership_label.LABEL}", "--format", form]
        found |= set(engine.run(command, environ).stdout.split())
    for each in found:
        if ownership_label.is_abandoned(each):
            reaper.remove_containers(f"{ownership_label.LABEL}={each}", environ)


def _require_engine() -> None:
    if not engine_version():
        raise TestbedError("no Docker engine answers: start it, or use RUNTIME=local")
    if not has_compose():
        raise TestbedError(
            "`docker compose` is missing: install the docker-compose-plugin package, or use "
            "RUNTIME=local"
        )


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the lab's settings, so that Compose reads them from .env alone."""
    lab = environment.read(ROOT / ".env").keys()
    kept = {
        name: value
        for name, value in environ.items()
        if name not in lab and not name.startswith("COMPOSE_")
    }
    return kept | {"COMPOSE_IGNORE_ORPHANS": "1"}


def _compose_services(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml with the values of .env filled in."""
    command = [*image_build.COMPOSE, "--profile", "*", "config", "--format", "json"]
    done = engine.run(command, environ)
    if done.returncode:
        raise TestbedError(f"docker-compose.yml cannot be read: {engine.last_line(done.stderr)}")
    services: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return services
