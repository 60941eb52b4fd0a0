"""Checking an exercise in containers: the sandbox is what runs there."""

import os
import re
from pathlib import Path

import made_exercise
import pytest

from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.experiments.settings import BASE
from lab.running.testbed import container_platform, open_testbed
from workshop.exercises import exercise_commands

pytestmark = pytest.mark.docker


def test_code_is_checked_in_containers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The very file that was changed: its start is NOT YET, its solution is PASS.

    Also where nobody but its owner may read it.
    """
    made_exercise.calls(tmp_path)

    def check() -> int:
        return exercise_commands.check(
            "02",
            runtime="docker",
            environ=dict(BASE) | dict(os.environ),
            folder=tmp_path,
            results=tmp_path / "results",
            root=tmp_path,
        )

    exercise_commands.explain("02", environ={}, folder=tmp_path, root=tmp_path)
    assert check() == 3
    assert "NOT YET: fastapi-svc took 1." in capsys.readouterr().out
    exercise_commands.solve("02", folder=tmp_path, root=tmp_path)
    for path in (tmp_path / "02-calls/mine").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert check() == 0
    assert "PASS: fastapi-svc took " in capsys.readouterr().out
    broken = made_exercise.broken_app("no_such_name")
    (tmp_path / "02-calls/mine/fastapi_svc/app.py").write_text(broken)
    assert check() == 3
    assert (
        "NOT YET: the server fastapi-svc did not start: "
        "NameError: name 'no_such_name' is not defined (app.py, line " in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("target", "package"), [("flask-svc", "flask_svc"), ("fastapi-svc", "fastapi_svc")]
)
def test_every_worker_of_a_container_runs_the_sandbox(
    tmp_path: Path, target: str, package: str
) -> None:
    """The package of the image is there as well, and not used."""
    source = ROOT / package.replace("_", "-") / package
    for path in source.glob("*.py"):
        place = tmp_path / package / path.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(path.read_bytes())
    app = tmp_path / package / "app.py"
    told = "\nimport os, sys\nprint(f'imported {__file__} in {os.getpid()}', file=sys.stderr)\n"
    app.write_text(app.read_text() + told)
    shape = Shape(name="own", target=target, package=tmp_path)

    with open_testbed("docker", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": 100})
        testbed.start_fresh([shape])
        command_line = {"do": "burst", "url": testbed.url("own") + "/io", "requests": 24}
        rows = testbed.drive(command_line | {"timeout_s": 30}, 60)["rows"]
        said = testbed.said("own")

    place = f"imported {container_platform.SANDBOX}/{package}/app.py in "
    # Workers write at the same time, and a line's end may come after the next line's begin.
    imported = {int(pid) for pid in re.findall(rf"{re.escape(place)}(\d+)", said)}
    assert set(rows["error"]) == {""}
    assert set(rows["worker_pid"]) <= imported
