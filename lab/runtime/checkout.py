"""Whose a lab is: each checkout has one of its own, in containers or as local processes.

It is known by the folder where it notes what it started: `.run` in the checkout, unless LAB_RUN
names another. Two clones never share one. Containers belong to a Compose project called after
it; local processes have it in their environment, and beside it LAB_CHECKOUT, which no shell has.
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
"""The label of the lab's containers: the folder of the checkout that started them."""
MARK = "LAB_CHECKOUT"
"""What the lab's local processes have in their environment, likewise."""
ENGINE = ("DOCKER_HOST", "DOCKER_CONTEXT")
"""What tells Docker's client which engine it is to ask; the user's choice, and respected."""
NOTE, LOCK, HONCHO = "engine", "lock", "honcho.pid"
PROC = Path("/proc")
PATIENCE_S = 10.0
OF_COMPOSE = "com.docker.compose.project"
PLAIN = "lab"
"""The project of who types `docker compose` by hand, and of labs older than LABEL."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A lab that is not this checkout's: where it was started, and how it is ended there."""

    folder: str
    end: str

    def __str__(self) -> str:
        return f"the lab of {self.folder} (`{self.end}` there ends it)"


def folder(environ: Mapping[str, str]) -> Path:
    """Where the lab notes what it started."""
    return Path(environ.get("LAB_RUN") or ROOT / ".run").resolve()


def make_folder(environ: Mapping[str, str]) -> Path:
    """The same, made for this user alone if it is not there."""
    made = folder(environ)
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def private(file: Path) -> Path:
    """The same file, made for this user alone if it is not there."""
    file.touch(mode=0o600)
    return file


def project(environ: Mapping[str, str]) -> str:
    """The name of its Compose project: lab-5e9a31c4."""
    return "lab-" + hashlib.sha256(os.fsencode(folder(environ))).hexdigest()[:8]


def of_processes(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of its local processes."""
    own = {"LAB_RUN": str(folder(environ)), MARK: str(ROOT)}
    return environment.of_program(environ) | own


def of_compose(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of its containers; what Compose was told of other projects is left out.

    LAB_RUN too: beside LAB_CHECKOUT it would make a local process of Compose's client.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("COMPOSE_") and name != "LAB_RUN"
    }
    return kept | {
        "COMPOSE_FILE": str(ROOT / "docker-compose.yml"),
        "COMPOSE_PROJECT_NAME": project(environ),
        MARK: str(ROOT),
    }


def note_engine(environ: Mapping[str, str]) -> None:
    """Keep which engine was asked, so that `down` asks the same one."""
    chosen = "".join(f"{name}={environ[name]}\n" for name in ENGINE if environ.get(name))
    private(make_folder(environ) / NOTE).write_text(chosen, encoding="utf-8")


def has_noted_engine(environ: Mapping[str, str]) -> bool:
    """Whether containers were started, and not ended since."""
    return (folder(environ) / NOTE).exists()


def runs_elsewhere(environ: Mapping[str, str]) -> bool:
    """Whether containers were started on another engine than is asked for now, and not ended."""
    return engine_named(with_noted_engine(environ)) != engine_named(environ)


def with_noted_engine(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings with the engine on which this checkout's containers were started."""
    if not has_noted_engine(environ):
        return dict(environ)
    others = {name: value for name, value in environ.items() if name not in ENGINE}
    return others | environment.read(folder(environ) / NOTE)


def forget_engine(environ: Mapping[str, str]) -> None:
    """Nothing runs there any more."""
    (folder(environ) / NOTE).unlink(missing_ok=True)


def engine_named(environ: Mapping[str, str]) -> str:
    """Which engine it is where somebody chose one: " at DOCKER_HOST=ssh://box"; else empty."""
    chosen = [f"{name}={environ[name]}" for name in ENGINE if environ.get(name)]
    return f" at {chosen[0]}" if chosen else ""  # DOCKER_HOST wins


@contextmanager
def alone(environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[None]:
    """Hold this checkout's lab: another command that brings it up or down waits, and says so."""
    with private(make_folder(environ) / LOCK).open("ab+", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().decode("ascii", "replace") or "another"
            say(f"process {other} brings this lab up or down: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(OSError):  # a full disk: nobody reads who holds it, and it is held
            file.truncate(0)
            file.write(str(os.getpid()).encode("ascii"))
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def is_running_locally(environ: Mapping[str, str]) -> bool:
    """Whether a local process of this checkout is alive."""
    own = str(folder(environ))
    if any(each["LAB_RUN"] == own for each in _marked()):
        return True
    return not PROC.is_dir() and _is_honcho_alive(environ)


def _is_honcho_alive(environ: Mapping[str, str]) -> bool:
    """The same by a number alone, where no process can be looked at, as on macOS."""
    try:
        os.kill(int((folder(environ) / HONCHO).read_text(encoding="ascii")), 0)
    except (OSError, ValueError, OverflowError):
        return False
    return True


def was_started_locally(environ: Mapping[str, str]) -> bool:
    """Whether there is something for `down` to end, or to clear away after an end by force."""
    return is_running_locally(environ) or (folder(environ) / HONCHO).exists()


def neighbours(environ: Mapping[str, str], port: int | None = None) -> list[Neighbour]:
    """The labs that others have started on this machine; with a port, those that have it."""
    found = set()
    for checkout, working_dir, name in _containers(environ, port):
        if name != project(environ):
            found.add(Neighbour(checkout or working_dir, _end(checkout)))
    for each in _marked():
        if each["LAB_RUN"] != str(folder(environ)) and (port is None or str(port) in _ports(each)):
            found.add(Neighbour(each[MARK], _end(each[MARK])))
    return sorted(found, key=lambda each: each.folder)


def _end(checkout: str) -> str:
    return "make down" if checkout else "docker compose down"


def _containers(environ: Mapping[str, str], port: int | None) -> Iterator[tuple[str, str, str]]:
    """Of the labs' containers that run: checkout, Compose's folder and project."""
    on_port = [] if port is None else [f"publish={port}"]
    older = (f"label={OF_COMPOSE}={PLAIN}", f"label={OF_COMPOSE}.working_dir={ROOT}")
    for which in ((f"label={LABEL}",), older):
        for line in _shown(environ, [*which, *on_port]):
            checkout, working_dir, name = line.split("\t")
            yield checkout, working_dir, name


def _shown(environ: Mapping[str, str], filters: Sequence[str]) -> list[str]:
    """A line for each container that runs; none where no engine answers."""
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


def _marked() -> Iterator[dict[str, str]]:
    """The environments of all local processes of labs."""
    for environ in _environments():
        if MARK in environ and "LAB_RUN" in environ:
            yield environ


def _environments() -> Iterator[dict[str, str]]:
    """What this user's processes were started with; another user's cannot be read."""
    try:
        import psutil
    except ImportError:  # before anything is installed
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
