"""Bringing the lab up and down, and what its services are good for at once."""

import argparse
from collections.abc import Mapping
from typing import NoReturn

from lab import setting_values
from lab.command.choosing import bring_up, chosen, in_venv
from lab.runtime import (
    RuntimeProblem,
    checkout,
    docker,
    engine_named,
    engine_version,
    password,
    tell,
    topology,
)

NOT_OF_DEMO = {"locust", topology.WORKER}
"""What the demo does without: it sends its bursts itself."""
HEADLESS = ("locust", "--config", "locust/locust.conf", "--headless")


def up(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Say which runtime and why, start it, and say where to look."""
    setting_values.refuse_bad(environ)
    choice = chosen(environ)
    bring_up(choice, environ, options.profile)
    tell(f"the dashboard is at http://localhost:{environ['LOCUST_PORT']}")
    return 0


def down(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Stop what this checkout started, whatever RUNTIME says now; name what others have."""
    if checkout.was_started_locally(environ):
        in_venv()
    there = checkout.with_noted_engine(environ)
    answers = bool(engine_version(there))
    with checkout.alone(environ, tell):
        if answers:
            docker.down(there)
        if checkout.was_started_locally(environ):
            in_venv()  # it may have been started while the engine was asked
            from lab.runtime import local

            local.down()
    if not answers and checkout.has_noted_engine(environ):
        raise RuntimeProblem(
            f"the containers of this checkout may still run: no Docker engine"
            f"{engine_named(there)} answers; start it, then `make down` once more"
        )
    password.forget()
    tell("stopped")
    for each in checkout.neighbours(there):
        tell(f"left alone: {each}")
    return 0


def ps(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Show what runs."""
    if chosen(environ).name == "docker":
        docker.ps(environ)
        return 0
    from lab.runtime import local

    local.ps(environ)
    return 0


def logs(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Show what was written."""
    if chosen(environ).name == "docker":
        docker.logs(environ, follow=options.follow)
        return 0
    from lab.runtime import local

    local.logs(follow=options.follow)
    return 0


def demo(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Bring the lab up if it is not, and measure: here, or in the lab's container."""
    if environ.get("LAB_RUNTIME") == "docker":
        return measure(options, environ)
    setting_values.refuse_bad(environ)
    choice = chosen(environ)
    if choice.name == "docker":
        if not docker.is_up(environ) or set(docker.with_other_settings(environ)) - NOT_OF_DEMO:
            bring_up(choice, environ, "")
        arguments = ["demo", "--repeats", str(options.repeats)]
        mount = ""
        if options.json is not None:
            path = options.json.resolve()
            arguments, mount = [*arguments, "--json", f"/out/{path.name}"], str(path.parent)
        code = docker.run_lab(environ, arguments, mount=mount)
        if code:
            for name in docker.unwell(environ):
                tell(f"{name} has ended or is not healthy: `make logs` shows what it wrote")
        return code
    from lab.runtime import local

    bring_up(choice, environ, "")
    code = measure(options, environ)
    if code and (ended := local.ending()):  # with one of them Honcho ends all the others
        tell(ended)
    return code


def measure(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the demonstration in this process."""
    from lab.demo.run_demo import run

    return run(environ, repeats=options.repeats, json_path=options.json)


def headless(options: argparse.Namespace, environ: Mapping[str, str]) -> NoReturn:
    """Become Locust without its page, beside the lab that is up."""
    if chosen(environ).name == "docker":
        _require(docker.is_up(environ))
        docker.become(environ, *HEADLESS, *options.told)
    from lab.runtime import local

    _require(local.answers(environ))
    local.become(environ, *HEADLESS, *options.told)


def _require(is_up: bool) -> None:
    if not is_up:
        raise RuntimeProblem("there is nothing to send load to: `make up` starts the lab")


def save_images(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """For a workshop without internet."""
    from lab.running.testbed import TestbedError, image_build

    if all(docker.have_image(image) for image in docker.IMAGES):
        try:
            image_build.build(environ, [docker.REPORT])  # `make up` does not
        except TestbedError as problem:
            raise RuntimeProblem(str(problem)) from problem
    docker.save_images(options.archive)
    return 0


def load_images(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On each machine of that workshop."""
    docker.load_images(options.archive)
    return 0
