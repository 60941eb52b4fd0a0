"""A checkout's own lab, and the labs of other checkouts, which it leaves alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.environment import ROOT
from lab.runtime import RuntimeProblem, checkout, docker, topology

FLASK = topology.Program("flask-svc", "FLASK_SVC_PORT")
OF_COMPOSE = {
    "COMPOSE_FILE": "/elsewhere/compose.yml",
    "COMPOSE_PROJECT_NAME": "lab",
    "COMPOSE_PROFILES": "all",
    "COMPOSE_ENV_FILES": "/elsewhere/.env",
    "COMPOSE_PATH_SEPARATOR": ";",
    "COMPOSE_REMOVE_ORPHANS": "1",
    "COMPOSE_DISABLE_ENV_FILE": "1",
    "COMPOSE_CONVERT_WINDOWS_PATHS": "1",
}


def test_each_checkout_has_a_project_of_its_own(tmp_path: Path) -> None:
    """The name depends on the run folder alone, and Compose accepts it."""
    here, there = ({"LAB_RUN": str(tmp_path / name)} for name in ("here", "there"))

    assert checkout.project(here) == checkout.project(dict(here))
    assert checkout.project({}) == checkout.project({"LAB_RUN": str(ROOT / ".run")})
    names = {checkout.project(each) for each in ({}, here, there)}
    assert len(names) == 3
    for name in names:
        assert name.startswith("lab-")
        assert len(name) == len("lab-") + 8
        assert name.removeprefix("lab-").isalnum()


@pytest.mark.parametrize("name", OF_COMPOSE)
def test_what_compose_was_told_of_other_projects_is_left_out(name: str, tmp_path: Path) -> None:
    """Compose gets the lab's file and this checkout's project, whatever the shell says."""
    own = {"LAB_RUN": str(tmp_path), "DOCKER_HOST": "ssh://box", "FLASK_WORKERS": "8"}

    told = checkout.of_compose({name: OF_COMPOSE[name]} | own)

    assert {each for each in told if each.startswith("COMPOSE_")} == {
        "COMPOSE_FILE",
        "COMPOSE_PROJECT_NAME",
    }
    assert told["COMPOSE_FILE"] == str(ROOT / "docker-compose.yml")
    assert told["COMPOSE_PROJECT_NAME"] == checkout.project(own)
    assert (own.items() - told.items()) == {("LAB_RUN", str(tmp_path))}
    # With LAB_RUN, Compose's client would look like a local process of this lab, and `down` would
    # end it.
    assert "LAB_RUN" not in told


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, ""),
        ({"DOCKER_HOST": "", "DOCKER_CONTEXT": ""}, ""),
        ({"DOCKER_HOST": "ssh://box"}, " at DOCKER_HOST=ssh://box"),
        ({"DOCKER_CONTEXT": "colima"}, " at DOCKER_CONTEXT=colima"),
        ({"DOCKER_CONTEXT": "colima", "DOCKER_HOST": "ssh://box"}, " at DOCKER_HOST=ssh://box"),
    ],
)
def test_an_engine_that_somebody_chose_is_named(environ: dict[str, str], said: str) -> None:
    """DOCKER_HOST wins over DOCKER_CONTEXT, as in Docker's client."""
    assert checkout.engine_named(environ) == said


@pytest.mark.parametrize("chosen", [{}, {"DOCKER_HOST": "ssh://box"}, {"DOCKER_CONTEXT": "colima"}])
def test_the_engine_of_the_start_is_asked_at_the_end(
    chosen: dict[str, str], tmp_path: Path
) -> None:
    """The stored engine wins over the current DOCKER_HOST and DOCKER_CONTEXT."""
    own = {"LAB_RUN": str(tmp_path / "run"), "FLASK_WORKERS": "8"}
    now = own | {"DOCKER_HOST": "ssh://another", "DOCKER_CONTEXT": "another"}
    assert checkout.with_noted_engine(now) == now

    checkout.note_engine(own | chosen)
    assert checkout.has_noted_engine(now)
    assert checkout.with_noted_engine(now) == own | chosen

    checkout.forget_engine(now)
    assert checkout.with_noted_engine(now) == now


@pytest.mark.parametrize(
    ("noted", "asked", "named"),
    [
        ({}, {}, None),
        ({"DOCKER_HOST": "ssh://box"}, {"DOCKER_HOST": "ssh://box"}, None),
        ({"DOCKER_HOST": "ssh://box", "DOCKER_CONTEXT": "a"}, {"DOCKER_HOST": "ssh://box"}, None),
        ({"DOCKER_HOST": "ssh://box"}, {}, "DOCKER_HOST=ssh://box"),
        ({"DOCKER_CONTEXT": "colima"}, {"DOCKER_CONTEXT": "x"}, "DOCKER_CONTEXT=colima"),
        ({}, {"DOCKER_HOST": "ssh://box"}, "the default one"),
    ],
)
def test_a_second_engine_is_refused_while_the_first_has_containers(
    noted: dict[str, str],
    asked: dict[str, str],
    named: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start on it would overwrite the note of the first engine."""
    own = {"LAB_RUN": str(tmp_path / "run")}
    checkout.note_engine(own | noted)
    kept = (tmp_path / "run/engine").read_text()
    monkeypatch.setattr(docker, "compose", stop_here)

    with pytest.raises(RuntimeProblem if named else StopHere) as problem:
        docker.up(own | asked, "")

    assert (tmp_path / "run/engine").read_text() == kept
    if named:
        assert str(problem.value) == (
            f"this checkout's containers run on another engine ({named}): run `make down` first; "
            f"if that engine no longer exists, delete {tmp_path / 'run/engine'}"
        )


class StopHere(Exception):
    """The command came as far as Compose."""


def stop_here(*_: object, **__: object) -> None:
    raise StopHere


def test_what_is_noted_is_the_users_alone(tmp_path: Path) -> None:
    """Other users cannot read the run folder."""
    folder = checkout.make_folder({"LAB_RUN": str(tmp_path / "not/there/run")})

    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment of a running process of another checkout's lab."""
    environ = {"LAB_RUN": str(tmp_path / "its/.run"), checkout.VARIABLE: str(tmp_path / "its")}
    environ |= {"FLASK_SVC_PORT": "18001"}
    sleep = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    with subprocess.Popen(sleep, env=os.environ | environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield environ
        process.kill()


@pytest.mark.linux
@pytest.mark.parametrize("is_installed", [True, False])
def test_the_lab_of_another_checkout_is_named(
    elsewhere: dict[str, str], is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab is found by its folder or by one of its ports, with and without psutil."""
    if not is_installed:
        monkeypatch.setitem(sys.modules, "psutil", None)
    theirs = checkout.Neighbour(elsewhere[checkout.VARIABLE], "make down")

    assert theirs in checkout.neighbours({})
    assert checkout.neighbours({}, 18001) == [theirs]
    assert checkout.neighbours({}, 18002) == []
    assert theirs not in checkout.neighbours(elsewhere)
    assert checkout.is_running_locally(elsewhere)
    assert not checkout.is_running_locally({"LAB_RUN": elsewhere["LAB_RUN"] + "-2"})


DOCKER = """#!/bin/sh
# Two containers: one by hand in another folder, and one of a lab that had no label yet.
[ "$DOCKER_HOST" = ssh://box ] || exit 1
case "$*" in
  *"--filter=label=lab.checkout "*) printf '\\t/home/ada/lab\\tlab\\n';;
  *".project=lab --filter=label=com.docker.compose.project.working_dir={root} "*)
    printf '\\t{root}\\tlab\\n';;
esac
"""


def test_what_a_lab_started_before_there_were_labels_is_named(tmp_path: Path) -> None:
    """Labs without a label are found on the chosen engine, as those started by hand are."""
    engine = tmp_path / "docker"
    engine.write_text(DOCKER.format(root=ROOT))
    engine.chmod(0o755)
    told = {"PATH": str(tmp_path), "LAB_RUN": str(tmp_path / "run")}

    older = checkout.Neighbour(str(ROOT), "docker compose down")
    by_hand = checkout.Neighbour("/home/ada/lab", "docker compose down")
    assert {older, by_hand} <= set(checkout.neighbours(told | {"DOCKER_HOST": "ssh://box"}))
    assert not {older, by_hand} & set(checkout.neighbours(told))


@pytest.mark.parametrize(
    ("noted", "is_alive"),
    [(str(os.getpid()), True), ("", False), (None, False), (str(2**60), False)],
    ids=["runs", "empty", "none", "no-process"],
)
def test_without_proc_a_lab_runs_as_long_as_its_honcho(
    noted: str | None, is_alive: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS before the installation, Honcho's PID file decides."""
    monkeypatch.setattr(checkout, "PROC", tmp_path / "nothing")
    monkeypatch.setitem(sys.modules, "psutil", None)
    if noted is not None:
        (tmp_path / "honcho.pid").write_text(noted)

    assert checkout.is_running_locally({"LAB_RUN": str(tmp_path)}) == is_alive


def test_a_port_of_another_checkout_is_a_sentence_with_its_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence says how to end the other lab and how to use another port."""
    theirs = checkout.Neighbour("/home/ada/lab", "make down")
    monkeypatch.setattr(checkout, "neighbours", lambda environ, port: [theirs])
    monkeypatch.setattr(topology.socket.socket, "bind", refuse)

    with pytest.raises(RuntimeProblem) as problem:
        topology.require_free_ports([FLASK], {"LAB_BIND": "127.0.0.1", "FLASK_SVC_PORT": "8001"})

    assert str(problem.value) == (
        "port 8001 for flask-svc is not available (taken): the lab of /home/ada/lab uses it; "
        "run `make down` there, or set another FLASK_SVC_PORT in .env.local"
    )


def refuse(*_: object) -> None:
    raise OSError(98, "taken")
