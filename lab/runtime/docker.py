"""The lab as containers: start, stop, show and rebuild them with Docker Compose."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from lab.environment import ROOT
from lab.runtime import RuntimeProblem, checkout, tell, topology, unpacked

HOME_MADE_BASE = "lab-python:3.13"
LAST_LINES = "10"
SITE = ROOT / "handouts/site"
IMAGES = ("lab-mock-upstream", "lab-flask-svc", "lab-fastapi-svc", "lab-locust")
REPORT = "report"  # the service that draws a report's page, and is no part of the running lab
REPORT_IMAGE = "lab-report"
POSTGRES_IMAGE = "lab-postgres"
SAVED = (*IMAGES, POSTGRES_IMAGE, REPORT_IMAGE)


def up(environ: Mapping[str, str], profile: str) -> None:
    """Build what changed, start the containers, and wait until every one is healthy.

    Compose recreates a container whose settings changed, and those that depend on it. Raises
    RuntimeProblem where a container does not start, a port is taken, or the containers of this
    checkout run on another engine.
    """
    programs = topology.programs(profile)
    if checkout.runs_elsewhere(environ):
        there = checkout.engine_named(checkout.with_noted_engine(environ))
        raise RuntimeProblem(
            "this checkout's containers run on another engine "
            f"({there.removeprefix(' at ') or 'the default one'}): run `make down` first; "
            "if that engine no longer exists, delete "
            f"{checkout.folder(environ) / checkout.NOTE}"
        )
    if not compose(environ, "ps", "--quiet", capture=True).stdout:
        topology.require_free_ports(programs, environ)
    if names := with_other_settings(environ):
        them = "it" if len(names) == 1 else "them"
        tell(
            f"changed settings: recreating {', '.join(names)} "
            f"and the containers that depend on {them}"
        )
    environ, build = with_base_image(environ)
    checkout.note_engine(environ)
    SITE.mkdir(parents=True, exist_ok=True)  # or the engine would create the mount, as root
    start = [word for each in topology.profiles_of(profile) for word in ("--profile", each)]
    start += ["up", "--detach", "--wait", "--remove-orphans"]
    start += ["--build"] if build else ["--no-build"]
    if compose(environ, *start).returncode:
        fallen = unwell(environ)
        for name in fallen:
            compose(environ, "logs", "--no-log-prefix", "--tail", LAST_LINES, name)
        raise RuntimeProblem(
            f"the containers did not come up{': ' + ', '.join(fallen) if fallen else ''}; the "
            "lines above say why, and `make down` clears away what started"
        )


def down(environ: Mapping[str, str]) -> None:
    """Stop and remove this checkout's containers, volumes and network, and no others.

    Raises RuntimeProblem where Compose cannot remove one.
    """
    remove = ["--profile", "*", "down", "--volumes", "--remove-orphans"]
    if _is_anything_there(environ) and compose(environ, *remove).returncode:
        raise RuntimeProblem("not every container could be removed: the lines above say why")
    checkout.forget_engine(environ)


def _is_anything_there(environ: Mapping[str, str]) -> bool:
    own = ["--quiet", "--filter", f"label={checkout.OF_COMPOSE}={checkout.project(environ)}"]
    return any(
        subprocess.run(
            ["docker", *what, *own], env=dict(environ), capture_output=True, check=False
        ).stdout
        for what in (["ps", "--all"], ["network", "ls"])
    )


def ps(environ: Mapping[str, str]) -> None:
    """Print the Compose project and the state of each container."""
    print(f"project {checkout.project(environ)} of {ROOT}", flush=True)
    compose(environ, "--profile", "*", "ps", "--all")


def logs(environ: Mapping[str, str], *, follow: bool) -> None:
    """Print the last 200 log lines per container; with `follow`, also new lines until Ctrl-C."""
    compose(environ, "--profile", "*", "logs", "--tail", "200", *(["--follow"] if follow else []))


def is_up(environ: Mapping[str, str], profile: str = "") -> bool:
    """Return True where every container of the profile is running and healthy."""
    shown = compose(environ, "ps", "--format", "{{.Service}} {{.Health}}", capture=True).stdout
    healthy = {line.split()[0] for line in shown.splitlines() if line.endswith(" healthy")}
    return healthy >= {program.name for program in topology.programs(profile)}


def with_other_settings(environ: Mapping[str, str]) -> list[str]:
    """Return the services whose containers run with other settings than the current ones."""
    form = '{{.Service}} {{.Label "com.docker.compose.config-hash"}}'
    shown = compose(environ, "ps", "--format", form, capture=True).stdout.splitlines()
    running = {(name, said) for name, _, said in (line.partition(" ") for line in shown)}
    described = compose(environ, "--profile", "*", "config", "--hash", "*", capture=True).stdout
    now = dict(line.split() for line in described.splitlines())
    return sorted({name for name, said in running if now.get(name) != said})


def unwell(environ: Mapping[str, str]) -> list[str]:
    """Return the services whose container has exited or is unhealthy."""
    form = "{{.Service}} {{.State}} {{.Health}}"
    shown = compose(environ, "--profile", "*", "ps", "--all", "--format", form, capture=True)
    states = [line.split(maxsplit=2) for line in shown.stdout.splitlines()]
    return [name for name, *state in states if state in (["exited"], ["running", "unhealthy"])]


def run_lab(
    environ: Mapping[str, str],
    arguments: Sequence[str],
    *,
    mount: str = "",
    service: str = "locust",
) -> int:
    """Run `lab ARGUMENTS` in a new container of a service; return its exit code.

    `mount` is a folder of the host. The container sees it as /out, and writes to it as this user,
    so that the host can delete the files.
    """
    options = _beside()
    if mount:
        options += ["--volume", f"{mount}:/out", "--user", f"{os.getuid()}:{os.getgid()}"]
    return compose(environ, *options, service, "lab", *arguments).returncode


def become(environ: Mapping[str, str], *command: str) -> NoReturn:
    """Replace this process by a command in such a container.

    Only the command gets Ctrl-C then.
    """
    os.chdir(ROOT)
    run = ["docker", "compose", *_beside(), "locust", *command]
    os.execvpe("docker", run, checkout.of_compose(environ))


def _beside() -> list[str]:
    return ["run", "--rm", "--no-deps", *([] if sys.stdout.isatty() else ["--no-TTY"])]


def save_images(archive: str) -> None:
    """Write the lab's six images to one file, for machines without internet.

    Raises RuntimeProblem where an image is missing or the file cannot be written.
    """
    if missing := [image for image in SAVED if not have_image(image)]:
        raise RuntimeProblem(
            f"not every image of the lab is here ({', '.join(missing)}): "
            "run `make up` once, then this"
        )
    if subprocess.run(["docker", "save", "--output", archive, *SAVED], check=False).returncode:
        raise RuntimeProblem(f"the images could not be written to {archive}: see the line above")


def load_images(archive: str) -> None:
    """Load the images from such a file. Raises RuntimeProblem where that fails."""
    if subprocess.run(["docker", "load", "--input", archive], check=False).returncode:
        raise RuntimeProblem(f"no images could be loaded from {archive}: see the line above")


def with_base_image(environ: Mapping[str, str]) -> tuple[Mapping[str, str], bool]:
    """Return the settings with an available base image, and whether to build on it.

    The images of an unpacked bundle are used as they are. Otherwise the first that is available:
    PYTHON_IMAGE, already pulled; the home-made base image; the lab's images, without a build;
    PYTHON_IMAGE, pulled now; a base image made now. Raises RuntimeProblem where none is.
    """
    if unpacked.load_images(IMAGES):
        tell("starting the images of this bundle as they are, without a build")
        return environ, False
    wanted = environ["PYTHON_IMAGE"]
    if have_image(wanted):
        return environ, True
    if have_image(HOME_MADE_BASE):
        tell(f"{wanted} is not here: building on {HOME_MADE_BASE}")
        return {**environ, "PYTHON_IMAGE": HOME_MADE_BASE}, True
    if all(have_image(image) for image in IMAGES):
        tell(f"{wanted} is not here: starting the lab's images as they are, without a build")
        return environ, False
    if subprocess.run(["docker", "pull", wanted], check=False).returncode == 0:
        return environ, True
    tell(f"{wanted} cannot be pulled: making a base image from Debian packages instead")
    if subprocess.run([ROOT / "scripts/base-image", HOME_MADE_BASE], check=False).returncode == 0:
        return {**environ, "PYTHON_IMAGE": HOME_MADE_BASE}, True
    raise RuntimeProblem(
        f"no base image: {wanted} cannot be pulled and none could be made here; load the lab's "
        "images with `make load-images`, or run it without Docker: `make up RUNTIME=local`"
    )


def have_image(name: str) -> bool:
    """Return True where the engine has the image."""
    inspect = ["docker", "image", "inspect", "--format", "{{.Id}}", name]
    return subprocess.run(inspect, capture_output=True, check=False).returncode == 0


def compose(
    environ: Mapping[str, str], *arguments: str, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run docker compose with the lab's file, this checkout's project and these settings."""
    return subprocess.run(
        ["docker", "compose", *arguments],
        cwd=ROOT,
        env=checkout.of_compose(environ),
        text=True,
        capture_output=capture,
        check=False,
    )
