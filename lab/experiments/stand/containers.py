"""A stand of containers, in a project and a network of its own, beside a lab that may be up.

What a container is comes from docker-compose.yml and from nowhere else: its services, as
`docker compose config` shows them, are written to a file under the names of the shapes,
without ports and health checks. `docker compose up` then starts all of them at once.
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

from lab import environment
from lab.environment import ROOT
from lab.experiments.experiment import DRIVER
from lab.experiments.stand import engine, images, keeper, mark
from lab.experiments.stand.driver import Launched
from lab.experiments.stand.ending import Ending
from lab.experiments.stand.kept import Kept
from lab.experiments.stand.problems import StandProblem
from lab.experiments.stand.program import CONTAINER_SETTINGS, DRIVE, Program
from lab.experiments.stand.uninterrupted import uninterrupted
from lab.results.measurement import Process
from lab.runtime import engine_version, has_compose
from lab.targets import UPSTREAM

MEMORY = "8g"
"""What a container may take unless a shape says so: a hundred workers take 4 GB, and a
server that is killed for want of memory would tell nothing about its shape."""

PROBE = Path(__file__).with_name("probe.py")
LOOK_DEADLINE_S = 30.0
DROPPED = (
    *("build", "command", "container_name", "depends_on", "deploy", "entrypoint", "healthcheck"),
    *("labels", "networks", "ports", "profiles", "stop_signal"),
)
OUT_OF_MEMORY = "a process of it was killed for want of memory: give the shape more SERVICE_MEMORY"
REMOVED = "its container was removed"
KILLED = 137
SAID_LINES = 400
SANDBOX = "/sandbox"
"""Where a package of somebody's own is in a container; on Python's path, before the lab's."""
ROUNDS = 10


class ContainerGround:
    """Containers; they and their network are gone in the end, whatever ends this process."""

    runtime = "docker"

    def __init__(self, environ: Mapping[str, str]) -> None:
        _require_engine()
        self._environ = _without_settings(environ)
        clear_leftovers(self._environ)
        images.build(environ)
        self._services = _described(self._environ)
        self._project = f"lab-exp-{os.getpid()}-{os.urandom(2).hex()}"
        with uninterrupted():
            self._folder = Path(tempfile.mkdtemp(prefix="lab-stand-"))
            self._kept = Kept(self._environ, "docker", self._label, str(self._folder))
        self._programs: dict[str, Program] = {}
        self._started: set[str] = set()
        self._client: subprocess.Popen[bytes] | None = None

    def start(self, programs: Sequence[Program]) -> None:
        """Start them all at once; return before they answer."""
        names = [program.name for program in programs]
        self._programs |= dict(zip(names, programs, strict=True))
        self._write()
        self._compose("up", "--detach", "--no-deps", "--no-build", *names)
        self._started.update(names)

    def restart(self, name: str) -> None:
        """Kill a container and start it again, its /tmp empty."""
        self._docker("restart", "--time", "0", self._container(name))

    def stop(self, names: Sequence[str]) -> None:
        """Kill containers and remove them."""
        there = [name for name in names if name in self._programs]
        if there:
            self._docker("rm", "--force", "--volumes", *map(self._container, there))
        for name in there:
            del self._programs[name]
        self._started.difference_update(there)

    def url(self, name: str) -> str:
        """By the container's name, in the stand's network."""
        service = self._services[self._programs[name].service]
        return f"http://{self._container(name)}:{service['environment']['LISTEN_PORT']}"

    def endings(self, names: Sequence[str]) -> list[Ending]:
        """Those that ended by themselves, or were removed by somebody."""
        asked = [name for name in names if name in self._started]
        if not asked:
            return []
        done = engine.run(["docker", "inspect", *map(self._container, asked)], self._environ)
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
        """The end of what it has written."""
        logs = ["docker", "logs", "--tail", str(SAID_LINES), self._container(name)]
        done = engine.run(logs, self._environ)
        return done.stdout + done.stderr

    def look(self, name: str) -> list[Process]:
        """A server's processes as they are now."""
        with self._probe(name, "look") as probe:
            done = probe.finish(LOOK_DEADLINE_S)
        if done.returncode:
            said = engine.last_line(done.stderr)
            raise StandProblem(f"{name}: its processes cannot be looked at: {said}")
        return [Process(**process) for process in json.loads(done.stdout)]

    def at_rest(self, workers: Mapping[str, int], timeout_s: float) -> list[str]:
        """Wait for all of them at once, each by a probe inside."""
        with ExitStack() as stack:
            probes = {
                name: stack.enter_context(self._probe(name, "rest", str(number), f"{timeout_s:g}"))
                for name, number in workers.items()
            }
            told = {name: each.finish(timeout_s + LOOK_DEADLINE_S) for name, each in probes.items()}
        for name, done in told.items():
            if done.returncode and not self.endings([name]):
                said = engine.last_line(done.stderr)
                raise StandProblem(f"{name}: its processes cannot be looked at: {said}")
        return [name for name, done in told.items() if done.stdout.strip() != "true"]

    def launch_driver(self) -> Launched:
        """The driver in the image that has it."""
        self._write()
        complaints = self._folder / "driver"
        options = ["run", "--no-TTY", "--rm", "--no-deps", "--name", self._container(DRIVER)]
        with uninterrupted(), complaints.open("wb") as file:
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
        keeper.docker("rm", "--force", self._container(DRIVER), environ=self._environ)

    def close(self) -> None:
        """Remove everything that belongs to the stand's project."""
        if self._client is not None:
            self._client.kill()  # or it might be about to make the driver's container
            self._client.wait()
        rounds = iter(range(ROUNDS))
        while is_left := keeper.remove_containers(self._label, self._environ):
            if next(rounds, None) is None:
                break
        self._programs, self._started = {}, set()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept.done()
        if is_left:
            raise StandProblem(
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
        """Write the stand's own compose file."""
        services = {name: self._service(program) for name, program in self._programs.items()}
        services[DRIVER] = self._plain("locust", DRIVER) | {
            "command": ["python", *DRIVE],
            "logging": {"driver": "none"},  # its answers, megabytes of them, are for its pipe alone
        }
        content = {
            "name": self._project,
            "services": services,
            "networks": {"default": {"labels": {mark.LABEL: mark.own()}}},
        }
        self._file.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _service(self, program: Program) -> dict[str, Any]:
        service = self._plain(program.service, program.name)
        own = {name: value.replace("$", "$$") for name, value in program.own.items()}
        if "SERVICE_CPUS" in own:
            service["cpus"] = own["SERVICE_CPUS"]
        if "SERVICE_MEMORY" in own:
            service["mem_limit"] = own["SERVICE_MEMORY"]
        changed = {name: own[name] for name in own if name not in CONTAINER_SETTINGS}
        if program.name != UPSTREAM:
            changed |= {"TARGET": program.name, "UPSTREAM_URL": self.url(UPSTREAM)}
        if program.package is not None:
            service["volumes"] = [_mounted(program.package / program.module, program.module)]
            changed |= {"PYTHONPATH": SANDBOX, "PYTHONDONTWRITEBYTECODE": "1"}
        service["environment"] = service["environment"] | changed
        return service

    def _plain(self, service: str, name: str) -> dict[str, Any]:
        """A service as it is described, but for what only the lab itself needs."""
        described = self._services[service]
        return {key: value for key, value in described.items() if key not in DROPPED} | {
            "container_name": self._container(name),
            "healthcheck": {"disable": True},  # nothing may run beside what is measured
            "labels": {mark.LABEL: mark.own()},
            "mem_limit": MEMORY,
            "pull_policy": "never",
        }

    def _probe(self, name: str, *arguments: str) -> engine.Command:
        """The probe, started inside a container; what it tells is JSON."""
        inside = ["docker", "exec", "--interactive", self._container(name)]
        command = [*inside, "python", "-I", "-S", "-", *arguments]
        return engine.Command(command, self._environ, given=PROBE)

    def _of_project(self) -> list[str]:
        return ["docker", "compose", "--project-name", self._project, "--file", str(self._file)]

    def _compose(self, *arguments: str) -> str:
        return engine.must([*self._of_project(), *arguments], self._environ)

    def _docker(self, *arguments: str) -> str:
        return engine.must(["docker", *arguments], self._environ)


def _mounted(folder: Path, module: str) -> dict[str, Any]:
    """A package as a container sees it: to be read by the user that it runs as, and no more."""
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
        "bind": {"selinux": "z"},  # else Fedora's containers may not read it
    }


def clear_leftovers(environ: Mapping[str, str]) -> None:
    """Remove containers and networks of stands whose host is gone."""
    form = f'{{{{.Label "{mark.LABEL}"}}}}'
    found: set[str] = set()
    for what in (["ps", "--all"], ["network", "ls"]):
        command = ["docker", *what, "--filter", f"label={mark.LABEL}", "--format", form]
        found |= set(engine.run(command, environ).stdout.split())
    for each in found:
        if mark.is_abandoned(each):
            keeper.remove_containers(f"{mark.LABEL}={each}", environ)


def _require_engine() -> None:
    if not engine_version():
        raise StandProblem("no Docker engine answers: start it, or use RUNTIME=local")
    if not has_compose():
        raise StandProblem(
            "`docker compose` is missing: install the docker-compose-plugin package, or use "
            "RUNTIME=local"
        )


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the lab's settings, which compose then reads from .env alone."""
    lab = environment.read(ROOT / ".env").keys()
    kept = {
        name: value
        for name, value in environ.items()
        if name not in lab and not name.startswith("COMPOSE_")
    }
    return kept | {"COMPOSE_IGNORE_ORPHANS": "1"}


def _described(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml with the values of .env in place."""
    command = [*images.COMPOSE, "--profile", "*", "config", "--format", "json"]
    done = engine.run(command, environ)
    if done.returncode:
        raise StandProblem(f"docker-compose.yml cannot be read: {engine.last_line(done.stderr)}")
    services: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return services
