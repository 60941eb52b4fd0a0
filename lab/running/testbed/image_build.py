"""Build the lab's images for the testbed's containers, in the same way as `make up`."""

from collections.abc import Mapping, Sequence

from lab import environment
from lab.environment import ROOT
from lab.running.testbed import engine
from lab.running.testbed.problems import TestbedError
from lab.runtime import RuntimeProblem, checkout, docker

COMPOSE = (
    *("docker", "compose", "--file", str(ROOT / "docker-compose.yml")),
    *("--project-directory", str(ROOT)),
)
SERVICES = ("mock-upstream", "flask-svc", "fastapi-svc", "locust", "postgres")

_built: list[str] = []


def build(environ: Mapping[str, str], services: Sequence[str] = SERVICES) -> None:
    """Build the images that changed, once per process. Raises TestbedError where that fails.

    PYTHON_IMAGE in `environ` takes precedence over .env, as everywhere in the lab.
    """
    if set(services) <= set(_built):
        return
    named = {"PYTHON_IMAGE": environment.read(ROOT / ".env")["PYTHON_IMAGE"]}
    try:
        settings, can_build = docker.with_base_image(named | dict(environ))
    except RuntimeProblem as problem:
        raise TestbedError(str(problem)) from None
    if can_build:
        command = [*COMPOSE, "build", "--quiet", *services]
        done = engine.run(command, checkout.of_compose(settings))
        if done.returncode:
            said = engine.last_line(done.stderr)
            raise TestbedError(f"the images cannot be built: {said}; `make up` shows the rest")
    _built.extend(services)
