"""The choice of runtime, ports and images, and the sentence for each problem."""

import argparse
import socket
import subprocess
import sys

import pytest

from lab import command, environment, runtime
from lab.command import running
from lab.runtime import RuntimeProblem, choose, docker, local, topology
from lab.targets import TARGETS

ENVIRON = {"LAB_BIND": "127.0.0.1", "FLASK_SVC_PORT": "8001"}
FLASK = topology.Program("flask-svc", "FLASK_SVC_PORT")


@pytest.fixture
def engine(monkeypatch):
    """Sets the version of the engine that answers: none at first. No local lab runs."""
    answer = [""]
    monkeypatch.setattr(runtime, "engine_version", lambda environ: answer[0])
    monkeypatch.setattr(runtime, "is_running_locally", lambda environ: False)
    monkeypatch.setattr(runtime, "has_compose", lambda: True)
    return lambda version: answer.__setitem__(0, version)


def test_an_engine_that_answers_is_used(engine):
    """The reason names the engine's version, and its address where the user chose one."""
    engine("26.1.5")

    assert choose({}) == runtime.Choice("docker", "Docker engine 26.1.5 answers")
    chosen = {"DOCKER_HOST": "ssh://box"}
    assert choose(chosen).reason == "Docker engine 26.1.5 answers at DOCKER_HOST=ssh://box"


def test_without_an_engine_the_lab_runs_locally(engine):
    """A missing Docker is no error."""
    assert choose({}) == runtime.Choice("local", "no Docker engine answers")


def test_runtime_forces_the_choice(engine):
    """RUNTIME wins, also where an engine answers."""
    engine("26.1.5")

    assert choose({"RUNTIME": "local"}).name == "local"
    assert choose({"RUNTIME": "docker"}).name == "docker"


def test_docker_by_force_needs_an_engine(engine):
    """The sentence gives both solutions."""
    with pytest.raises(RuntimeProblem, match="start it, or use RUNTIME=local"):
        choose({"RUNTIME": "docker"})


def test_an_engine_without_compose_is_as_good_as_none(engine, monkeypatch):
    """With RUNTIME=docker the sentence says what to install."""
    engine("26.1.5")
    monkeypatch.setattr(runtime, "has_compose", lambda: False)

    assert choose({}) == runtime.Choice("local", "Docker is here, but without its Compose plugin")
    with pytest.raises(RuntimeProblem, match="install the docker-compose-plugin package"):
        choose({"RUNTIME": "docker"})


def test_an_unknown_runtime_is_refused(engine):
    """The sentence lists the valid values."""
    with pytest.raises(RuntimeProblem, match="RUNTIME='podman': expected docker or local"):
        choose({"RUNTIME": "podman"})


def test_a_running_local_lab_is_the_choice(engine, monkeypatch):
    """A running local lab wins over an engine, but not over RUNTIME."""
    engine("26.1.5")
    monkeypatch.setattr(runtime, "is_running_locally", lambda environ: True)

    assert choose({}).name == "local"
    assert choose({"RUNTIME": "docker"}).name == "docker"


def test_a_port_in_use_is_named_with_its_setting():
    """The sentence names the port, the program and the setting."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeProblem) as problem:
            topology.require_free_ports([FLASK], ENVIRON | {"FLASK_SVC_PORT": str(port)})

    assert f"port {port} for flask-svc" in str(problem.value)
    assert "set another FLASK_SVC_PORT in .env.local" in str(problem.value)


@pytest.mark.parametrize("value", ["", "0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(value):
    """A port is a number from 1 to 65535."""
    with pytest.raises(RuntimeProblem, match="expected a port from 1 to 65535"):
        topology.require_free_ports([FLASK], ENVIRON | {"FLASK_SVC_PORT": value})


@pytest.mark.parametrize("address", ["192.168.1.20", "localhost", "", "::"])
def test_an_address_that_is_not_loopback_or_everywhere_is_refused(address):
    """The programs reach each other on loopback, so the address must include it."""
    with pytest.raises(RuntimeProblem, match="expected 127.0.0.1 or 0.0.0.0"):
        topology.require_free_ports([FLASK], ENVIRON | {"LAB_BIND": address})


def test_an_unknown_profile_is_refused():
    """The sentence lists the valid values."""
    with pytest.raises(RuntimeProblem, match="expected variants or database, or both"):
        topology.programs("variants,all")


def test_locust_offers_what_was_started_unless_told():
    """By default the two services, with the variants every target; a changed LAB_TARGETS wins."""
    default = {"LAB_TARGETS": "flask-svc,fastapi-svc"}
    assert topology.with_targets(default, "") == default
    offered = topology.with_targets(default, "variants")["LAB_TARGETS"].split(",")
    assert offered == [target.name for target in TARGETS]
    told = {"LAB_TARGETS": "flask-gthread"}
    assert topology.with_targets(told, "variants") == told


@pytest.mark.parametrize("arguments", [["demo", "--repeats", "0"], ["demo", "--repeats", "x"], []])
def test_a_command_line_that_will_not_do_ends_with_2(arguments, capsys):
    """2 is argparse's exit code for a bad command line."""
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_the_command_line_starts_on_python_alone():
    """`make doctor` works before the installation; -S hides the installed packages."""
    alone = [sys.executable, "-S", "-c", "import lab.command; lab.command.main(['doctor'])"]
    done = subprocess.run(alone, cwd=environment.ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert "Python" in done.stdout


def test_a_problem_is_one_sentence_and_code_1(monkeypatch, capsys):
    """There is no traceback."""
    monkeypatch.setenv("RUNTIME", "podman")

    assert command.main(["ps"]) == 1
    assert capsys.readouterr().err == (
        "lab: RUNTIME='podman': expected docker or local, e.g. `RUNTIME=local make up`\n"
    )


def test_the_numbers_need_a_folder_before_the_measuring(monkeypatch, capsys, tmp_path):
    """The folder is checked first, so that no minute of bursts is wasted."""
    monkeypatch.delenv("LAB_RUNTIME", raising=False)

    with pytest.raises(SystemExit) as ended:
        command.main(["demo", "--json", str(tmp_path / "no/such/file.json")])

    assert ended.value.code == 2
    assert "its folder does not exist" in capsys.readouterr().err


@pytest.fixture
def images(monkeypatch):
    """The images of a pretended engine, and the commands it gets; every command fails."""
    have, commands = set(), []
    monkeypatch.setattr(docker, "have_image", have.__contains__)

    class Failed:
        returncode = 1

    def run(arguments, **_):
        commands.append([str(each) for each in arguments])
        return Failed

    monkeypatch.setattr(docker.subprocess, "run", run)
    return have, commands


SETTINGS = {"PYTHON_IMAGE": "python:3.13-slim"}
HOME_MADE = {"PYTHON_IMAGE": docker.HOME_MADE_BASE}


def test_the_base_image_that_is_named_comes_first(images):
    """Nothing is pulled where the image is present."""
    have, commands = images
    have |= {"python:3.13-slim", docker.HOME_MADE_BASE}

    assert docker.with_base_image(SETTINGS) == (SETTINGS, True)
    assert commands == []


def test_the_home_made_base_image_comes_second(images):
    """No registry is asked."""
    have, commands = images
    have |= {docker.HOME_MADE_BASE}

    assert docker.with_base_image(SETTINGS) == (HOME_MADE, True)
    assert commands == []


def test_loaded_images_need_no_base(images):
    """In a workshop without internet the loaded images start without a build."""
    have, commands = images
    have |= set(docker.IMAGES)

    assert docker.with_base_image(SETTINGS) == (SETTINGS, False)
    assert commands == []


def test_no_base_image_at_all_is_a_sentence(images):
    """The sentence comes after a failed pull and a failed build."""
    _, commands = images

    with pytest.raises(RuntimeProblem, match="make load-images.*RUNTIME=local"):
        docker.with_base_image(SETTINGS)
    assert [command[0].rsplit("/")[-1] for command in commands] == ["docker", "base-image"]


def test_saving_needs_all_images(images):
    """The sentence says how to get the missing images, and which they are."""
    have, _ = images
    have |= set(docker.IMAGES)

    with pytest.raises(RuntimeProblem, match=r"\(lab-postgres, lab-report\): run `make up` once"):
        docker.save_images("lab-images.tar")


@pytest.mark.parametrize("code", [0, 1])
def test_after_a_demo_that_failed_the_program_that_ended_first_is_named(monkeypatch, capsys, code):
    """The demo's own error may name any program, because Honcho ends all of them."""
    monkeypatch.setattr(running, "chosen", lambda environ: runtime.Choice("local", "a test"))
    monkeypatch.setattr(running, "bring_up", lambda *_: None)
    monkeypatch.setattr(running, "measure", lambda *_: code)
    monkeypatch.setattr(local, "ending", lambda: "flask-svc ended with code -9; its last lines:")

    assert running.demo(argparse.Namespace(json=None, repeats=1), {}) == code
    said = capsys.readouterr().err
    assert ("lab: flask-svc ended with code -9" in said) == (code == 1)
