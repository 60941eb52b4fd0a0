"""Two checkouts on one engine, and projects that are not the lab's: each ends its own alone."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.environment import ROOT
from lab.runtime import checkout
from workshop.bundle import tree

pytestmark = pytest.mark.docker

FOREIGN = """
services:
  stranger:
    image: lab-mock-upstream
    entrypoint: [sleep, "600"]
    volumes: ["theirs:/theirs"]
volumes:
  theirs:
"""


@dataclass(frozen=True)
class Clone:
    """A copy of the repository that has nothing but what git would clone."""

    root: Path
    environ: dict[str, str]

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """`python3 -m lab ARGUMENTS` in it, as make calls it."""
        return subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            cwd=self.root,
            env=self.environ | changed,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def clone(lab, tmp_path: Path) -> Iterator[Clone]:  # type: ignore[no-untyped-def]
    """A second checkout with the settings of the lab that is up, its ports too."""
    root = tmp_path / "clone"
    for name in [*tree.files(ROOT), *tree.untracked(ROOT)]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(Path(sys.prefix).resolve())
    without = {name: value for name, value in lab.environ.items() if name != "LAB_RUN"}
    made = Clone(root, without)
    yield made
    made.run("down")


def ids(*filters: str) -> set[str]:
    """The containers that run and match all of these."""
    command = ["docker", "ps", "--quiet", *(f"--filter={each}" for each in filters)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def services_of(root: Path) -> dict[str, str]:
    """The containers of a checkout, by service."""
    form = '{{.Label "com.docker.compose.service"}} {{.ID}}'
    command = ["docker", "ps", f"--filter=label={checkout.LABEL}={root}", "--format", form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def of_project(name: str) -> set[str]:
    return ids(f"label=com.docker.compose.project={name}")


@pytest.mark.parametrize("runtime", ["", "docker", "local"])
def test_down_in_another_checkout_leaves_a_lab_alone(lab, clone: Clone, runtime: str) -> None:  # type: ignore[no-untyped-def]
    """Every container of it, and says so; whatever runtime is asked for."""
    before = of_project(checkout.project(lab.environ))
    assert before

    done = clone.run("down", RUNTIME=runtime)

    assert done.returncode == 0, done.stderr
    assert of_project(checkout.project(lab.environ)) == before
    assert f"lab: left alone: the lab of {ROOT} (`make down` there ends it)" in done.stderr


def test_another_checkout_on_the_same_ports_is_told_whose_they_are(lab, clone: Clone) -> None:  # type: ignore[no-untyped-def]
    """Nothing of it is started, and nothing of the first is touched."""
    before = of_project(checkout.project(lab.environ))

    done = clone.run("up", RUNTIME="docker")

    assert done.returncode == 1
    assert f"the lab of {ROOT} uses it; run `make down` there" in done.stderr
    assert of_project(checkout.project(lab.environ)) == before
    assert ids(f"label={checkout.LABEL}={clone.root}") == set()


@pytest.fixture
def stranger(lab, tmp_path: Path) -> Iterator[Path]:  # type: ignore[no-untyped-def]
    """The Compose file of somebody's own project, which runs and is called lab."""
    file = tmp_path / "strangers.yml"
    file.write_text(FOREIGN, encoding="utf-8")
    compose = ["docker", "compose", "--file", str(file), "--project-name", "lab"]
    subprocess.run([*compose, "up", "--detach", "--quiet-pull"], check=True)
    yield file
    subprocess.run([*compose, "down", "--volumes", "--timeout", "0"], check=True)


def test_a_project_called_lab_is_somebody_elses(  # type: ignore[no-untyped-def]
    lab,
    clone: Clone,
    stranger: Path,
    free_ports: Callable[[], dict[str, str]],
    tmp_path: Path,
) -> None:
    """Also where the shell's COMPOSE_* speak of it: neither up nor down goes near it."""
    theirs = of_project("lab")
    assert len(theirs) == 1
    # Docker's client would hand these proxies to every container; none is there.
    config = tmp_path / "docker"
    config.mkdir()
    proxies = {"default": {"httpProxy": "http://127.0.0.1:9", "httpsProxy": "http://127.0.0.1:9"}}
    (config / "config.json").write_text(json.dumps({"proxies": proxies}), encoding="utf-8")
    theirs_told = {
        "DOCKER_CONFIG": str(config),
        "COMPOSE_FILE": str(stranger),
        "COMPOSE_PROJECT_NAME": "lab",
        "COMPOSE_PROFILES": "variants",
        "COMPOSE_REMOVE_ORPHANS": "1",
    }
    told = theirs_told | free_ports() | {"RUNTIME": "docker"}

    up = clone.run("up", **told)
    assert up.returncode == 0, up.stderr
    own = services_of(clone.root)
    shown = clone.run("ps", **told).stdout
    again = clone.run("up", FLASK_WORKERS="5", **told)
    then = services_of(clone.root)
    down = clone.run("down", **told)

    assert down.returncode == 0, down.stderr
    assert "recreating flask-svc and the containers that depend on it\n" in again.stderr
    anew = {name for name in own if own[name] != then[name]}
    assert anew == {"flask-svc", "locust", "locust-worker"}
    assert len(own) == 5  # no variants: COMPOSE_PROFILES was not for this lab
    assert shown.startswith(
        f"project {checkout.project({'LAB_RUN': str(clone.root / '.run')})} of "
    )
    assert ids(f"label={checkout.LABEL}={clone.root}") == set()
    assert of_project("lab") == theirs
    volumes = subprocess.run(
        ["docker", "volume", "ls", "--quiet"], capture_output=True, text=True, check=True
    ).stdout
    assert "lab_theirs" in volumes.split()


def test_a_lab_from_before_there_were_labels_is_named(clone: Clone) -> None:
    """Its project is called lab; `make down` leaves it alone, and says what ends it."""
    labels = ["--label=com.docker.compose.project=lab"]
    labels += [f"--label=com.docker.compose.project.working_dir={clone.root}"]
    run = ["docker", "run", "--detach", *labels, "--entrypoint=sleep", "lab-mock-upstream", "600"]
    container = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    try:
        done = clone.run("down")
        assert len(ids(f"id={container}")) == 1
    finally:
        subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=True)

    assert done.returncode == 0, done.stderr
    named = f"lab: left alone: the lab of {clone.root} (`docker compose down` there ends it)"
    assert named in done.stderr


def test_headless_load_starts_nothing_and_goes_to_this_checkouts_lab(lab, clone: Clone) -> None:  # type: ignore[no-untyped-def]
    """In another checkout there is no lab to send it to."""
    before = of_project(checkout.project(lab.environ))
    load = ("headless", "--args=-u 2 -t 2s --only-summary")

    refused = clone.run(*load, RUNTIME="docker")
    done = lab.run(*load)

    assert refused.returncode == 1
    assert "there is nothing to send load to: `make up` starts the lab" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert "fastapi-svc" in done.stdout + done.stderr
    assert of_project(checkout.project(lab.environ)) == before
    assert ids(f"label={checkout.LABEL}={clone.root}") == set()


def test_an_engine_that_was_chosen_is_respected_and_named(clone: Clone) -> None:
    """One that is not there is no reason to ask another."""
    nowhere = f"unix://{clone.root}/nowhere"

    done = clone.run("up", RUNTIME="docker", DOCKER_HOST=nowhere)

    assert done.returncode == 1
    assert f"no Docker engine answers at DOCKER_HOST={nowhere}" in done.stderr
