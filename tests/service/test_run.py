"""Running an experiment on real servers: to its end, and to an end before that."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from testbed_host import local_processes

from lab import child_process, environment
from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Cell, Experiment
from lab.results import reading
from lab.results.writing import Writer
from lab.running import run_commands
from lab.running.run_experiment import RunFailed, run
from lab.running.run_progress import RunProgress
from lab.running.testbed import open_testbed
from lab.verdicts.judgement import Verdict
from lab.verdicts.verdict_files import read_verdict

DEADLINE_S = 60.0
DISK = "size=1m"

Hook = Callable[[Cell, int], None]


class Watching(RunProgress):
    """Tells a test when a measurement begins."""

    def __init__(self, experiment: Experiment, hook: Hook) -> None:
        super().__init__(experiment)
        self._hook = hook

    def begin(self, cell: Cell, series: int) -> None:
        super().begin(cell, series)
        self._hook(cell, series)


def sixteen_at_once() -> Experiment:
    """That experiment in its quick form, with Flask alone, in three series."""
    whole = experiment_file.read(catalogue.find("02"), quick=True)
    return replace(
        whole,
        cells=tuple(cell for cell in whole.cells if cell.shape == "flask-svc"),
        shapes=(whole.shape("flask-svc"),),
        chart=replace(whole.chart, lanes=()),
        series=3,
    )


def measure(experiment: Experiment, folder: Path, hook: Hook = lambda cell, series: None) -> Path:
    return run(
        experiment,
        testbed=open_testbed("local", os.environ),
        folder=folder,
        progress=Watching(experiment, hook),
        runtime="local",
    )


def on_testbed_of(host: int) -> dict[int, str]:
    """Return the living processes that a process has started on a testbed: lines by PID."""
    return local_processes(f"{socket.gethostname()}:{host}:")


def test_a_prediction_holds_and_one_that_is_wrong_on_purpose_fails(tmp_path: Path) -> None:
    """Sixteen requests on four slots, measured and judged, from the files alone."""
    experiment = sixteen_at_once()
    few, many = experiment.cells
    assert many.prediction.value is not None
    # What floor(n / c) would give for one slot more, or twice as much: far from any tolerance.
    wrong = replace(many.prediction, value=many.prediction.value * 2)
    experiment = replace(experiment, cells=(few, many, replace(many, id="wrong", prediction=wrong)))

    table = run_commands.conclude(measure(experiment, tmp_path / "run"))

    found = reading.read(tmp_path / "run")
    assert found.is_complete
    assert found.experiment == experiment
    assert found.metadata["servers"]["flask-svc"]["slots"]["io"] == 4
    assert found.metadata["versions"].keys() >= {"flask", "gunicorn", "httpx"}
    assert found.metadata["notes"] == []
    for each in found.of(many.id):
        assert len(each.rows) == 16
        assert len({row.sample.worker_pid for row in each.rows}) == 4
        assert (each.upstream["served"], each.upstream["peak"]) == (16, 4)
    verdicts = read_verdict(tmp_path / "run").cells
    right, wrongly = verdicts[many.id], verdicts["wrong"]
    assert right is not None
    assert wrongly is not None
    # On a machine that is busy with other things the right one may be inconclusive, but not fail.
    assert right.verdict is not Verdict.FAILS
    assert wrongly.verdict is not Verdict.HOLDS
    assert wrongly.verdict is Verdict.FAILS or wrongly.reasons
    assert wrongly.verdict.value in table.splitlines()[3]


@pytest.mark.linux
def test_a_server_that_is_killed_leaves_what_was_measured_before(tmp_path: Path) -> None:
    """The sentence names it, and nothing is left running."""
    experiment = sixteen_at_once()
    with open_testbed("local", os.environ) as testbed:

        def kill(_cell: Cell, series: int) -> None:
            if series == 2:
                (root,) = (each for each in testbed.processes("flask-svc") if not each.parent)
                os.kill(root.pid, signal.SIGKILL)

        with pytest.raises(RunFailed, match="^flask-svc ended with code -9"):
            run(
                experiment,
                testbed=contextlib.closing(testbed),
                folder=tmp_path / "run",
                progress=Watching(experiment, kill),
                runtime="local",
            )
        assert on_testbed_of(os.getpid()) == {}

    found = reading.read(tmp_path / "run")
    assert found.metadata["state"] == "failed"
    assert "flask-svc ended with code -9" in found.metadata["reason"]
    assert [each.series for each in found.measurements] == [1, 1]
    assert {row.sample.status for each in found.measurements for row in each.rows} == {200}


@pytest.mark.linux
def test_a_driver_that_is_killed_leaves_what_was_measured_before(tmp_path: Path) -> None:
    """The servers are stopped, and the sentence says whose end it was."""

    def kill(_cell: Cell, series: int) -> None:
        if series == 2:
            here = on_testbed_of(os.getpid())
            (driver,) = (pid for pid, said in here.items() if "lab.driver" in said)
            os.kill(driver, signal.SIGKILL)

    with pytest.raises(RunFailed, match="^the driver ended with code -9"):
        measure(sixteen_at_once(), tmp_path / "run", kill)

    found = reading.read(tmp_path / "run")
    assert found.metadata["state"] == "failed"
    assert [each.series for each in found.measurements] == [1, 1]
    assert on_testbed_of(os.getpid()) == {}


@pytest.mark.linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_what_was_measured_before(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Exit code 130, a sentence, no process, and a table of what there is."""
    code = (
        "import os, sys; from pathlib import Path; from lab.running.run_commands import run_one; "
        "sys.exit(run_one('02', runtime='local', environ=os.environ, quick=True, "
        f"series=3, results=Path({str(tmp_path)!r})))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=environment.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "series 2/" in line:
                break
        assert "series 2/" in said[-1], "".join(said)
        assert on_testbed_of(process.pid)
        # Ctrl-C goes to everything in the foreground, SIGTERM to whom it is meant for.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        out, rest = process.communicate(timeout=DEADLINE_S)
    finally:
        child_process.kill(process)

    (folder,) = tmp_path.iterdir()
    found = reading.read(folder)
    assert process.returncode == 130, rest
    assert "lab: interrupted: what was measured until then is in" in rest
    assert "Traceback" not in rest
    assert found.metadata["state"] == "interrupted"
    assert len(found.measurements) == len(found.experiment.cells)
    assert "inconclusive" in out
    assert read_verdict(folder).judgement is not None
    assert on_testbed_of(process.pid) == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 1 MiB; None where this user may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "lab", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.linux
def test_a_full_disk_leaves_what_was_measured_before(
    small_disk: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to do, and it stands in the folder, too."""
    folder = (small_disk or tmp_path) / "run"
    experiment = sixteen_at_once()
    many = experiment.cells[-1]
    # More rows than fit into what is left of the last block of a file.
    load = replace(many.load, bursts=20)
    experiment = replace(
        experiment,
        behaviour=dict(experiment.behaviour) | {"delay_ms": 5.0},
        cells=(replace(many, load=load),),
    )

    def fill(_cell: Cell, series: int) -> None:
        if series == 2 and small_disk is not None:
            fill_up(small_disk / "of-somebody-else")
        elif series == 2:
            monkeypatch.setattr(Writer, "add", refuse)

    with pytest.raises(RunFailed, match="^the disk is full: make room"):
        measure(experiment, folder, fill)

    found = reading.read(folder)
    assert found.metadata["state"] == "failed"
    assert "the disk is full" in found.metadata["reason"]
    assert [(each.series, len(each.rows)) for each in found.measurements] == [(1, 320)]
    assert {path.name for path in folder.iterdir()} == {
        "run.json",
        "samples.csv.gz",
        "measurements.jsonl",
    }
    assert on_testbed_of(os.getpid()) == {}


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


def refuse(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
