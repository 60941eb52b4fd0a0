"""Check whether this machine can run the lab: one line per question, with advice where needed."""

import argparse
import os
import platform
import resource
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import environment
from lab.driver.exhaustion import LEAST_FILES
from lab.environment import ROOT
from lab.running import machine_facts
from lab.runtime import (
    RuntimeProblem,
    bundle_contents,
    bundle_fit,
    checkout,
    docker,
    engine_named,
    engine_version,
    health,
    topology,
)

OLDEST_ENGINE = 25  # the first version with start_interval for health checks
MEMORY_BYTES = 4 * 1024**3
DISK_BYTES = 3 * 1024**3
OPEN_FILES = 4096


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question.

    `advice` is empty where nothing has to be done. `fatal` means that the lab cannot run.
    """

    question: str
    answer: str
    advice: str = ""
    fatal: bool = False

    def line(self) -> str:
        """Return the line to print: a mark, the question, the answer and the advice."""
        mark = "ok  " if not self.advice else ("FAIL" if self.fatal else "note")
        advice = f": {self.advice}" if self.advice else ""
        return f"{mark}  {self.question:14} {self.answer}{advice}"


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print every finding; return 1 if one of them is fatal, else 0."""
    findings = list(examine(environ))
    for finding in findings:
        print(finding.line())
    return 1 if any(finding.fatal for finding in findings) else 0


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield one finding per question, in the order in which they are printed."""
    yield Finding("Python", platform.python_version())
    yield from of_bundle(ROOT)
    engine = engine_version(environ)
    yield of_engine(engine, engine_named(environ))
    yield of_compose(environ)
    yield from of_shell(environ)
    yield from of_ports(environ)
    yield of_cores(os.cpu_count() or 1)
    yield of_memory(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    yield of_disk(shutil.disk_usage(ROOT).free)
    yield of_backlog(machine_facts.limits()["somaxconn"], environ["LISTEN_BACKLOG"])
    is_local = not engine or environ.get("RUNTIME") == "local"
    yield of_open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1], is_local=is_local)


def of_bundle(root: Path) -> Iterator[Finding]:
    """Yield whether the wheels of an unpacked bundle fit this Python; nothing elsewhere."""
    bundle = bundle_contents.read(root)
    if bundle is None:
        return
    images = f"with images for {bundle.images_for}" if bundle.images_for else "without images"
    yield Finding("Bundle", images, bundle_fit.misfit(root))


def of_engine(version: str, named: str = "") -> Finding:
    """Check that a Docker engine answers and is new enough. `named` is the user's choice of one."""
    if not version:
        return Finding(
            "Docker engine",
            f"none answers{named}",
            "the lab runs as local processes; start Docker to have it in containers",
        )
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < OLDEST_ENGINE:
        return Finding(
            "Docker engine",
            version,
            f"update it to {OLDEST_ENGINE} or newer, or use RUNTIME=local: "
            "older ones take a minute to see that a container is healthy",
        )
    return Finding("Docker engine", f"{version}{named}")


def of_compose(environ: Mapping[str, str]) -> Finding:
    """Check that Docker Compose is installed; the engine may lack this plugin."""
    try:
        done = docker.compose(environ, "version", "--short", capture=True)
    except OSError:
        return Finding("Compose", "no docker command", "needed only for the docker runtime")
    if done.returncode:
        return Finding(
            "Compose", "missing", "install the docker-compose-plugin package, or use RUNTIME=local"
        )
    return Finding("Compose", done.stdout.strip())


def of_shell(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the shell's variables that libraries would read, if there are any."""
    if names := environment.unheeded(environ):
        yield Finding("Shell", f"{', '.join(names)}: not passed to the lab's programs")


def of_ports(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield one finding per port: free, used by this lab, or taken by another program.

    The lab of another checkout counts as another program.
    """
    always = topology.programs("")
    for program in topology.programs(topology.EVERYTHING):
        question = f"Port {environ[program.port_setting]}"
        try:
            topology.require_free_ports([program], environ)
        except RuntimeProblem as problem:
            if _is_own(program, environ):
                yield Finding(question, f"{program.name} answers")
            else:
                yield Finding(question, "taken", str(problem), fatal=program in always)
        else:
            yield Finding(question, f"free for {program.name}")


def _is_own(program: topology.Program, environ: Mapping[str, str]) -> bool:
    # Another checkout's lab would answer the health check as well.
    others = checkout.neighbours(environ, topology.port_of(program, environ))
    return not others and health.is_alive(program, environ)


def of_cores(cores: int) -> Finding:
    """Check the number of cores. Services and load generator share them."""
    if cores < 2:
        return Finding(
            "Cores",
            str(cores),
            "experiments with waits still work; do not trust CPU-bound rates on one core",
        )
    return Finding("Cores", str(cores))


def of_memory(total_bytes: int) -> Finding:
    """Check the machine's memory, in bytes. Four containers take about 1 GiB."""
    answer = f"{total_bytes / 1024**3:.1f} GiB"
    if total_bytes < MEMORY_BYTES:
        return Finding("Memory", answer, "close other programs: the lab wants 4 GiB in the machine")
    return Finding("Memory", answer)


def of_disk(free_bytes: int) -> Finding:
    """Check the free space on the checkout's disk, in bytes."""
    answer = f"{free_bytes / 1024**3:.1f} GiB free"
    if free_bytes < DISK_BYTES:
        return Finding("Disk", answer, "make room: images and packages take about 3 GiB")
    return Finding("Disk", answer)


def of_backlog(somaxconn: int | None, backlog: str) -> Finding:
    """Check the kernel's limit for accept queues, `somaxconn`, against LISTEN_BACKLOG.

    The kernel shortens a longer backlog without an error. `somaxconn` is None where it is unknown.
    """
    if somaxconn is None:
        return Finding("Accept queue", "not known on this system")
    if backlog.isdecimal() and somaxconn < int(backlog):
        return Finding(
            "Accept queue",
            str(somaxconn),
            f"too low for LISTEN_BACKLOG={backlog} of local processes: raise net.core.somaxconn "
            f"(macOS: kern.ipc.somaxconn) before bursts above {somaxconn:,}",
        )
    return Finding("Accept queue", str(somaxconn))


def of_open_files(limit: int, *, is_local: bool = False) -> Finding:
    """Check the hard limit of open files. A waiting request takes two descriptors.

    In containers the engine's limit counts, so a low limit is fatal for local processes only.
    """
    if limit == resource.RLIM_INFINITY:
        return Finding("Open files", "no limit")
    if is_local and limit < LEAST_FILES:
        advice = f"raise it (ulimit -Hn {OPEN_FILES}): local processes need {LEAST_FILES} at least"
        return Finding("Open files", str(limit), advice, fatal=True)
    if limit < OPEN_FILES:
        return Finding(
            "Open files",
            str(limit),
            f"raise it (ulimit -Hn {OPEN_FILES}) before sending more than {limit // 4} at once",
        )
    return Finding("Open files", str(limit))
