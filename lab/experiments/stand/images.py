"""The images that a stand's containers are made of: those of the lab, built as `make up` does."""

from collections.abc import Mapping

from lab import environment
from lab.environment import ROOT
from lab.experiments.stand import engine
from lab.experiments.stand.problems import StandProblem
from lab.runtime import RuntimeProblem, checkout, docker

COMPOSE = (
    *("docker", "compose", "--file", str(ROOT / "docker-compose.yml")),
    *("--project-directory", str(ROOT)),
)
SERVICES = ("mock-upstream", "flask-svc", "fastapi-svc", "locust")

_built: list[str] = []


def build(environ: Mapping[str, str]) -> None:
    """Build what changed, once in a process; StandProblem where that fails.

    PYTHON_IMAGE in `environ` wins over .env's, as everywhere.
    """
    if _built:
        return
    named = {"PYTHON_IMAGE": environment.read(ROOT / ".env")["PYTHON_IMAGE"]}
    try:
        settings, can_build = docker.with_base_image(named | dict(environ))
    except RuntimeProblem as problem:
        raise StandProblem(str(problem)) from None
    if can_build:
        command = [*COMPOSE, "build", "--quiet", *SERVICES]
        done = engine.run(command, checkout.of_compose(settings))
        if done.returncode:
            said = engine.last_line(done.stderr)
            raise StandProblem(f"the images cannot be built: {said}; `make up` shows the rest")
    _built.extend(SERVICES)
