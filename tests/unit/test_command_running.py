"""The steps of `make up`, `down`, `demo` and `headless`, and their order, without an engine."""

import argparse
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from lab import command, environment
from lab.command import measuring, running
from lab.running.testbed import image_build
from lab.runtime import Choice, RuntimeProblem, checkout, docker, local, password

SETTINGS = environment.read(environment.ROOT / ".env")
DEMO = argparse.Namespace(json=None, repeats=1)
HEADLESS = argparse.Namespace(told=["-u", "40"])


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a lab of its own; no engine answers, and no other lab runs."""
    monkeypatch.setattr(running, "engine_version", lambda environ: "")
    monkeypatch.setattr(password, "KEPT", tmp_path / "run-password")
    monkeypatch.setattr(checkout, "neighbours", lambda environ: [])
    return SETTINGS | {"LAB_RUN": str(tmp_path / "run")}


def test_a_lab_that_starts_while_the_engine_is_asked_is_ended_in_venv(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending local processes needs psutil, which only .venv has."""
    steps: list[str] = []
    started = iter([False, True])
    monkeypatch.setattr(checkout, "was_started_locally", lambda environ: next(started))
    monkeypatch.setattr(running, "in_venv", lambda: steps.append("in .venv"))
    monkeypatch.setattr(local, "down", lambda: steps.append("down"))

    assert running.down(argparse.Namespace(), own) == 0
    assert steps == ["in .venv", "down"]


def test_down_names_what_others_have_on_the_engine_of_the_start(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`down` lists other labs on the stored engine, not on the one the shell names now."""
    asked: list[str] = []
    checkout.note_engine(own | {"DOCKER_HOST": "ssh://box"})
    monkeypatch.setattr(running, "engine_version", lambda environ: "28.0")
    monkeypatch.setattr(docker, "down", lambda environ: asked.append(environ["DOCKER_HOST"]))
    monkeypatch.setattr(
        checkout, "neighbours", lambda environ: asked.append(environ["DOCKER_HOST"]) or []
    )

    assert running.down(argparse.Namespace(), own | {"DOCKER_HOST": "ssh://another"}) == 0
    assert asked == ["ssh://box"] * 2


@pytest.mark.parametrize("name", checkout.ENGINE)
def test_an_engine_that_the_own_file_names_is_asked_by_every_call(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The choice in .env.local also goes into this process's environment, which calls inherit."""
    monkeypatch.setenv(name, "the shell's")
    monkeypatch.setattr(environment, "load", lambda environ: SETTINGS | {name: "its own"})
    monkeypatch.setattr(running, "ps", lambda options, environ: os.environ[name] != "its own")

    assert command.main(["ps"]) == 0


@pytest.mark.parametrize(
    ("others", "is_up", "is_started"),
    [
        ([], True, False),
        (["locust", "locust-worker"], True, False),  # as after `make up PROFILE=variants`
        (["flask-svc", "locust"], True, True),
        ([], False, True),
    ],
)
def test_a_demo_leaves_locust_as_it_is(
    others: list[str], is_up: bool, is_started: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo sends its bursts itself, so it never restarts a page in use."""
    started: list[Any] = []
    monkeypatch.setattr(running, "chosen", lambda environ: Choice("docker", "a test"))
    monkeypatch.setattr(running, "bring_up", lambda *told: started.append(told))
    monkeypatch.setattr(docker, "is_up", lambda environ: is_up)
    monkeypatch.setattr(docker, "with_other_settings", lambda environ: others)
    monkeypatch.setattr(docker, "run_lab", lambda *_, **__: 0)

    assert running.demo(DEMO, SETTINGS) == 0
    assert bool(started) == is_started


@pytest.fixture
def becomes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Records the arguments of exec: program, arguments, environment."""
    told: list[Any] = []

    def become(*arguments: Any) -> None:
        told.extend(arguments)
        raise SystemExit

    monkeypatch.setattr(os, "chdir", lambda folder: None)
    monkeypatch.setattr(os, "execvpe", become)
    monkeypatch.setattr(os, "execve", become)
    return told


@pytest.mark.parametrize("runtime", ["docker", "local"])
def test_headless_load_needs_a_lab_that_is_up(
    runtime: str, becomes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts no lab."""
    monkeypatch.setattr(running, "chosen", lambda environ: Choice(runtime, "a test"))
    monkeypatch.setattr(docker, "is_up", lambda environ: False)
    monkeypatch.setattr(local, "answers", lambda environ: False)

    with pytest.raises(RuntimeProblem, match="`make up` starts the lab"):
        running.headless(HEADLESS, SETTINGS)
    assert becomes == []


def test_headless_load_comes_from_a_container_of_this_checkouts_project(
    becomes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The container starts no other service."""
    monkeypatch.setattr(running, "chosen", lambda environ: Choice("docker", "a test"))
    monkeypatch.setattr(docker, "is_up", lambda environ: True)

    with pytest.raises(SystemExit):
        running.headless(HEADLESS, SETTINGS)

    program, arguments, environ = becomes
    line = " ".join(arguments)
    assert program == "docker"
    assert line.startswith("docker compose run --rm --no-deps ")
    assert line.endswith(" locust locust --config locust/locust.conf --headless -u 40")
    assert environ["COMPOSE_PROJECT_NAME"] == checkout.project(SETTINGS)


def test_headless_load_comes_from_venv_for_a_local_lab(
    becomes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locust gets the settings except the password, and no label, so `down` does not end it."""
    monkeypatch.setattr(running, "chosen", lambda environ: Choice("local", "a test"))
    monkeypatch.setattr(local, "answers", lambda environ: True)
    told = SETTINGS | {"FLASK_SVC_PORT": "9001", "LAB_PASSWORD": "sesame", "LAB_RUN": "/x"}

    with pytest.raises(SystemExit):
        running.headless(HEADLESS, told | {"LOCUST_RUN_TIME": "1s"})

    program, arguments, environ = becomes
    assert program == local.BIN / "locust"
    assert arguments == ["locust", "--config", "locust/locust.conf", "--headless", "-u", "40"]
    assert (environ["FLASK_SVC_PORT"], environ["LAB_PASSWORD"]) == ("9001", "")
    assert not environ.keys() & {"LAB_RUN", checkout.VARIABLE, "LOCUST_RUN_TIME"}


@pytest.mark.parametrize("here", [True, False])
def test_saving_builds_the_image_that_up_does_not(
    here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of reports; where the lab's images are missing, `make up` has to come first."""
    steps: list[Any] = []
    monkeypatch.setattr(docker, "have_image", lambda name: here)
    monkeypatch.setattr(image_build, "build", lambda environ, services: steps.append(services))
    monkeypatch.setattr(docker, "save_images", steps.append)

    assert running.save_images(argparse.Namespace(archive="images.tar"), SETTINGS) == 0
    assert steps == [*([[docker.REPORT]] if here else []), "images.tar"]


@pytest.mark.parametrize("here", [True, False])
def test_a_page_is_drawn_by_the_image_of_reports(
    here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is missing and cannot be built, Compose is not asked: it would pull."""
    drawn_by: list[str] = []
    monkeypatch.setattr(image_build, "build", lambda environ, services: None)
    monkeypatch.setattr(docker, "have_image", lambda name: here)
    monkeypatch.setattr(docker, "run_lab", lambda *_, service, **__: drawn_by.append(service) or 0)

    with nullcontext() if here else pytest.raises(RuntimeProblem, match="`make load-images`"):
        measuring.page(Choice("docker", "a test"), SETTINGS, tmp_path)
    assert drawn_by == ([docker.REPORT] if here else [])
