"""An experiment in containers, started by a Python that has no packages."""

import os
import subprocess
import sys

import pytest

from lab.environment import ROOT
from lab.results import reading
from lab.running import checking

pytestmark = pytest.mark.docker

NAME = "02-sixteen-at-once"
BARE = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from lab.running import run_commands
results = Path(sys.argv[1])
sys.exit(run_commands.run_one("02", runtime="docker", environ={{}}, quick=True, series=3,
    results=results))
"""


def test_an_experiment_needs_nothing_on_the_host_but_python_and_an_engine(tmp_path):
    """A complete run, of four servers' worth of samples, that can be judged again."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, tmp_path],
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    [folder] = tmp_path.iterdir()
    run = reading.read(folder)
    assert folder.name.endswith(NAME)
    assert run.metadata["runtime"] == "docker"
    assert run.metadata["state"] == "complete"
    assert {each.cell for each in run.measurements} == {cell.id for cell in run.experiment.cells}
    sixteen = run.of("flask-svc.io.burst-16")
    assert len(sixteen) == 3
    for each in sixteen:
        assert [row.sample.error for row in each.rows] == [""] * 16
        assert len({row.sample.worker_pid for row in each.rows}) == 4
        assert each.upstream["peak"] == 4
    assert checking.check_run(folder) == 0
    assert not containers_left()


def containers_left():
    """What carries a testbed's label and is not of this moment's other tests."""
    command = ["docker", "ps", "--all", "--filter", "label=lab.stand", "--format", "{{.Names}}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
