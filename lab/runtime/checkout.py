"""Tell this checkout's lab from the labs of other checkouts on the same machine.

A lab is identified by its run folder: LAB_RUN, or `.run` in the checkout. Two clones have different
run folders. The run folder decides the name of the Compose project. Local processes have the run
folder in LAB_RUN and the checkout in LAB_CHECKOUT; no shell sets LAB_CHECKOUT.
"""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab import environment
from lab.environment import ROOT

LABEL = "lab.checkout"
"""Label of the lab's containers. Its value is the folder of the checkout."""
VARIABLE = "LAB_CHECKOUT"
"""Environment variable of the lab's local processes. Its value is the folder of the checkout."""
ENGINE = ("DOCKER_HOST", "DOCKER_CONTEXT")
"""Variables by which a user chooses the engine for Docker's client. The lab respects them."""
NOTE, LOCK, HONCHO = "engine", "lock", "honcho.pid"
PROC = Path("/proc")
PATIENCE_S = 10.0
OF_COMPOSE = "com.docker.compose.project"
PLAIN = "lab"
"""Compose project of a `docker compose` typed by hand, and of labs older than LABEL."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A lab of another checkout: its folder, and the command that ends it there."""

    folder: str
    end: str

    def __str__(self) -> str:
        return f"the lab of {self.folder} (`{self.end}` there ends it)"


def folder(environ: Mapping[str, str]) -> Path:
    """Return the run folder's absolute path. The folder may not exist yet."""
    return Path(environ.get("LAB_RUN") or ROOT / ".run").resolve()


def make_folder(environ: Mapping[str, str]) -> Path:
    """Create the run folder, readable by this user only, and return it."""
    made = folder(environ)
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def private(file: Path) -> Path:
    """Create the file, readable by this user only, unless it exists; return it."""
    file.touch(mode=0o600)
    return file


def project(environ: Mapping[str, str]) -> str:
    """Return the name of the Compose project, such as "lab-5e9a31c4"."""
    return "lab-" + hashlib.sha256(os.fsencode(folder(environ))).hexdigest()[:8]


def of_processes(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the local processes."""
    own = {"LAB_RUN": str(folder(environ)), VARIABLE: str(ROOT)}
    return environment.of_program(environ) | own


def of_compose(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Compose's client.

    Every COMPOSE_ variable of the shell is replaced or left out, because it may belong to another
    project.
    """
    # LAB_RUN beside LAB_CHECKOUT would mark Compose's client as a local process of the lab.
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("COMPOSE_") and name != "LAB_RUN"
    }
    return kept | {
        "COMPOSE_FILE": str(ROOT / "docker-compose.yml"),
        "COMPOSE_PROJECT_NAME": project(environ),
        VARIABLE: str(ROOT),
    }


def note_engine(environ: Mapping[str, str]) -> None:
    """Store the choice of the Docker engine, so that `make down` asks the same engine."""
    chosen = "".join(f"{name}={environ[name]}\n" for name in ENGINE if environ.get(name))
    private(make_folder(environ) / NOTE).write_text(chosen, encoding="utf-8")


def has_noted_engine(environ: Mapping[str, str]) -> bool:
    """Return True from the start of this checkout's containers until `make down`."""
    return (folder(environ) / NOTE).exists()


def runs_elsewhere(environ: Mapping[str, str]) -> bool:
    """Return True where this checkout's containers are on another engine than the chosen one."""
    return engine_named(with_noted_engine(environ)) != engine_named(environ)


def with_noted_engine(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with the stored engine; unchanged where none is stored."""
    if not has_noted_engine(environ):
        return dict(environ)
    others = {name: value for name, value in environ.items() if name not in ENGINE}
    return others | environment.read(folder(environ) / NOTE)


def forget_engine(environ: Mapping[str, str]) -> None:
    """Delete the stored engine: no container of this checkout is left on it."""
    (folder(environ) / NOTE).unlink(missing_ok=True)


def engine_named(environ: Mapping[str, str]) -> str:
    """Return the chosen engine for a sentence, such as " at DOCKER_HOST=ssh://box".

    Empty where the user chose no engine.
    """
    chosen = [f"{name}={environ[name]}" for name in ENGINE if environ.get(name)]
    return f" at {chosen[0]}" if chosen else ""  # Docker's client prefers DOCKER_HOST too


@contextmanager
def alone(environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of this checkout's lab.

    A second command that starts or stops the lab waits, and says which process it waits for.
    """
    with private(make_folder(environ) / LOCK).open("ab+", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().decode("ascii", "replace") or "another"
            say(f"process {other} is starting or stopping this lab: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        # On a full disk the lock is held all the same; only the PID in it is missing.
        with suppress(OSError):
            file.truncate(0)
            file.write(str(os.getpid()).encode("ascii"))
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def is_running_locally(environ: Mapping[str, str]) -> bool:
    """Return True where a local process of this checkout is alive."""
    own = str(folder(environ))
    if any(each["LAB_RUN"] == own for each in _labs_environments()):
        return True
    return not PROC.is_dir() and _is_honcho_alive(environ)


def _is_honcho_alive(environ: Mapping[str, str]) -> bool:
    # By PID alone: without /proc and psutil no process shows its environment, as on macOS.
    try:
        os.kill(int((folder(environ) / HONCHO).read_text(encoding="ascii")), 0)
    except (OSError, ValueError, OverflowError):
        return False
    return True


def was_started_locally(environ: Mapping[str, str]) -> bool:
    """Return True where `make down` has processes to end, or files of a killed lab to delete."""
    return is_running_locally(environ) or (folder(environ) / HONCHO).exists()


def neighbours(environ: Mapping[str, str], port: int | None = None) -> list[Neighbour]:
    """Return the other labs that run on this machine, sorted by folder.

    Where `port` is given, only those that listen on it.
    """
    found = set()
    for checkout, working_dir, name in _containers(environ, port):
        if name != project(environ):
            found.add(Neighbour(checkout or working_dir, _end(checkout)))
    for each in _labs_environments():
        if each["LAB_RUN"] != str(folder(environ)) and (port is None or str(port) in _ports(each)):
            found.add(Neighbour(each[VARIABLE], _end(each[VARIABLE])))
    return sorted(found, key=lambda each: each.folder)


def _end(checkout: str) -> str:
    return "make down" if checkout else "docker compose down"


def _containers(environ: Mapping[str, str], port: int | None) -> Iterator[tuple[str, str, str]]:
    """Yield (checkout, Compose's working folder, Compose project) per running lab container."""
    on_port = [] if port is None else [f"publish={port}"]
    older = (f"label={OF_COMPOSE}={PLAIN}", f"label={OF_COMPOSE}.working_dir={ROOT}")
    for which in ((f"label={LABEL}",), older):
        for line in _shown(environ, [*which, *on_port]):
            checkout, working_dir, name = line.split("\t")
            yield checkout, working_dir, name


def _shown(environ: Mapping[str, str], filters: Sequence[str]) -> list[str]:
    """Return one line per running container; empty where no engine answers."""
    labels = (LABEL, f"{OF_COMPOSE}.working_dir", OF_COMPOSE)
    form = "\t".join(f'{{{{.Label "{each}"}}}}' for each in labels)
    command = ["docker", "ps", *(f"--filter={each}" for each in filters), "--format", form]
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines()


def _ports(environ: Mapping[str, str]) -> set[str]:
    return {value for name, value in environ.items() if name.endswith("_PORT")}


def _labs_environments() -> Iterator[dict[str, str]]:
    for environ in _environments():
        if VARIABLE in environ and "LAB_RUN" in environ:
            yield environ


def _environments() -> Iterator[dict[str, str]]:
    try:
        import psutil
    except ImportError:  # checkout runs before anything is installed
        yield from _environments_in_proc()
        return
    for process in psutil.process_iter():
        try:
            yield process.environ()
        except (psutil.Error, OSError):
            continue


def _environments_in_proc() -> Iterator[dict[str, str]]:
    for each in PROC.glob("[0-9]*/environ"):
        try:
            pairs = os.fsdecode(each.read_bytes()).split("\0")
        except OSError:
            continue
        yield dict(pair.split("=", 1) for pair in pairs if "=" in pair)
