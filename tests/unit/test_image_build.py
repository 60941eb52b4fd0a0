"""The images of a testbed's containers are built from the lab's file, whatever the shell says."""

import subprocess
from collections.abc import Sequence

import pytest

from lab.environment import ROOT
from lab.running.testbed import image_build

Build = tuple[Sequence[str], dict[str, str]]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Build]:
    """The command and environment of each build; nothing is built."""
    told: list[Build] = []

    def run(command: list[str], environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        told.append((command[command.index("--quiet") + 1 :], environ))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(image_build, "_built", [])
    monkeypatch.setattr(image_build.docker, "with_base_image", lambda environ: (environ, True))
    monkeypatch.setattr(image_build.engine, "run", run)
    return told


def test_an_image_is_built_once_and_that_of_reports_only_for_them(builds: list[Build]) -> None:
    """An experiment builds four images; the page of its report one more."""
    image_build.build({})
    image_build.build({}, ["locust"])
    image_build.build({}, ["report"])
    image_build.build({}, ["report"])

    assert [list(services) for services, _ in builds] == [list(image_build.SERVICES), ["report"]]


def test_what_compose_was_told_of_other_projects_reaches_no_build(builds: list[Build]) -> None:
    """COMPOSE_* of somebody's other work is left out; the rest of the settings is not."""
    others = {"COMPOSE_FILE": "/elsewhere.yml", "COMPOSE_PROFILES": "all", "PYTHON_IMAGE": "mine"}

    image_build.build(others | {"DOCKER_HOST": "ssh://box"})

    [(_, environ)] = builds
    assert environ["COMPOSE_FILE"] == str(ROOT / "docker-compose.yml")
    assert "COMPOSE_PROFILES" not in environ
    assert (environ["PYTHON_IMAGE"], environ["DOCKER_HOST"]) == ("mine", "ssh://box")
