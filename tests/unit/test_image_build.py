"""The images of a testbed's containers are built from the lab's file, whatever the shell says."""

import subprocess

import pytest

from lab.environment import ROOT
from lab.running.testbed import image_build


def test_what_compose_was_told_of_other_projects_reaches_no_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """COMPOSE_* of somebody's other work is left out; the rest of the settings is not."""
    told: list[dict[str, str]] = []

    def run(command: list[str], environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        told.append(environ)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(image_build, "_built", [])
    monkeypatch.setattr(image_build.docker, "with_base_image", lambda environ: (environ, True))
    monkeypatch.setattr(image_build.engine, "run", run)
    others = {"COMPOSE_FILE": "/elsewhere.yml", "COMPOSE_PROFILES": "all", "PYTHON_IMAGE": "mine"}

    image_build.build(others | {"DOCKER_HOST": "ssh://box"})

    [environ] = told
    assert environ["COMPOSE_FILE"] == str(ROOT / "docker-compose.yml")
    assert "COMPOSE_PROFILES" not in environ
    assert (environ["PYTHON_IMAGE"], environ["DOCKER_HOST"]) == ("mine", "ssh://box")
