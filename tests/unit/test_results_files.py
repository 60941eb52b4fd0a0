"""A run's folder: what is written is read again, whatever ended it."""

import errno
import fcntl
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.experiments.experiment import Cell, Chart, Experiment, Fit, Load, Prediction, Shape
from lab.results import experiment_json, folder, members, reading, writing
from lab.results.measurement import WARM_UP, Measurement, Process, Row
from lab.results.reading import RunUnreadableError
from lab.results.writing import Writer
from lab.samples import Sample

EXPERIMENT = Experiment(
    name="02-sixteen-at-once",
    question="How long do sixteen take?",
    explains="Four slots, four waves.",
    claims=("C1", "C4"),
    shapes=(Shape(name="flask-svc", target="flask-svc", settings={"FLASK_WORKERS": "4"}),),
    cells=(
        Cell(
            id="flask-svc.io.burst-16",
            shape="flask-svc",
            route="io",
            path="/io",
            load=Load(kind="burst", requests=16),
            measure="makespan_s",
            prediction=Prediction(
                function="makespan_s",
                inputs={"requests": 16, "slots": 4, "service_s": 1.0},
                value=4.0,
            ),
            tolerance=0.1,
            x=16,
        ),
        Cell(
            id="flask-svc.users.ask-1",
            shape="flask-svc",
            route="users",
            path="/users",
            load=Load(kind="ask", requests=1, asks=({"method": "POST", "path": "/users"},)),
            measure="refused_share",
            prediction=Prediction(why_none="nothing to compute"),
            tolerance=0.1,
        ),
    ),
    chart=Chart(kind="staircase", metric="makespan_s", lanes=("flask-svc.io.burst-16",)),
    behaviour={"delay_ms": 1000},
    series=3,
    quick=False,
    fits=(Fit(name="one", metric="pss_bytes", per="worker", cells=("flask-svc.io.burst-16",)),),
    why_not={"local": "it is not"},
)
ANSWER = Sample(
    start_s=0.000012,
    latency_s=1.002345,
    status=200,
    target="flask-svc",
    route="io",
    worker_pid=4711,
    upstream_s=1.000321,
    app_s=0.0007,
    sent_s=0.000345,
)
FAILURE = Sample(
    start_s=0.1, latency_s=30.0, status=0, target="flask-svc", route="io",
    error='connection lost: "reset",\nby the peer',
)  # fmt: skip
PROCESS = Process(
    pid=7, parent=1, cpu_s=0.25, pss_bytes=31_000_000, threads=2, command="gunicorn: worker"
)


def measurement(series: int, **more: Any) -> Measurement:
    return Measurement(
        cell="flask-svc.io.burst-16",
        series=series,
        began_s=1.5 * series,
        wall_s=1.25,
        **{"rows": (Row(ANSWER), Row(FAILURE, WARM_UP, 3, 0.05))} | more,
    )


FULL = measurement(
    2,
    counts={1500: 3, 1499: 1},
    failed=2,
    upstream={"served": 16, "late_ms": {"p99": 0.4}},
    before=(PROCESS,),
    held=(PROCESS, PROCESS),
    after=(PROCESS,),
    driver={"cpu_s": 0.1, "wall_s": 1.2},
    figures={"makespan_s": [1.0, 1.5]},
    answers=({"status": 422, "body": "nö"},),
)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(
        tmp_path / "run", {"experiment": experiment_json.as_dict(EXPERIMENT), "runtime": "local"}
    )


def test_the_prediction_is_on_disk_before_anything_was_measured(writer: Writer) -> None:
    """run.json has it, and says that the run is going on."""
    written = json.loads((writer.path / "run.json").read_text())

    assert written["state"] == "running"
    assert written["experiment"]["cells"][0]["prediction"]["value"] == 4.0
    assert written["experiment"]["cells"][0]["tolerance"] == 0.1


def test_what_is_written_is_read_again(writer: Writer) -> None:
    """Every field of an experiment and of a measurement comes back as it was."""
    writer.add(measurement(1))
    writer.add(FULL)
    writer.close("complete")

    run = reading.read(writer.path)

    assert run.is_complete
    assert run.experiment == EXPERIMENT
    assert run.measurements == [measurement(1), FULL]
    assert run.metadata["ended_at"] >= run.metadata["started_at"]


def test_samples_are_a_csv_that_other_programs_open(writer: Writer) -> None:
    """However many measurements were appended, gzip gives one table with one header."""
    writer.add(measurement(1))
    writer.add(measurement(2))

    lines = gzip.decompress((writer.path / "samples.csv.gz").read_bytes()).decode().splitlines()

    assert lines[0].startswith("cell,series,phase,burst,due_s,start_s,")
    assert sum(line.startswith("cell,") for line in lines) == 1
    assert lines[1] == (
        "flask-svc.io.burst-16,1,measured,0,,1.2e-05,0.000345,1.002345,200,4711,1.000321,0.0007,"
    )


def test_a_run_of_schema_1_is_read_as_one_of_series(writer: Writer) -> None:
    """Its repeats are series: in the plan, in each measurement, and in both tables."""
    writer.add(measurement(1))
    writer.add(FULL)
    writer.close("complete")
    now = reading.read(writer.path)
    made_old(writer.path)

    old = reading.read(writer.path)

    assert (old.experiment, old.measurements) == (now.experiment, now.measurements)
    assert old.metadata["schema"] == 1


def made_old(path: Path) -> None:
    """Rewrite a run's files as schema 1 had them."""
    described = json.loads((path / "run.json").read_text())
    experiment = described["experiment"]
    experiment["repeats"] = experiment.pop("series")
    (path / "run.json").write_text(json.dumps(described | {"schema": 1}))
    lines = [json.loads(line) for line in (path / "measurements.jsonl").read_text().splitlines()]
    old = [{"repeat": line.pop("series"), **line} for line in lines]
    (path / "measurements.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in old))
    for name in ("samples.csv.gz", "counts.csv.gz"):
        text = gzip.decompress((path / name).read_bytes()).decode()
        assert text.startswith("cell,series,")
        text = text.replace("cell,series,", "cell,repeat,", 1)
        (path / name).write_bytes(gzip.compress(text.encode(), mtime=0))


def test_a_run_that_goes_on_can_be_read(writer: Writer) -> None:
    """Each measurement is there as soon as it was added, and the run is not complete."""
    writer.add(FULL)

    run = reading.read(writer.path)

    assert run.of(FULL.cell) == [FULL]
    assert run.metadata["state"] == "running"
    assert not run.is_complete


def test_a_run_whose_process_was_killed_is_read_as_cut_off(tmp_path: Path) -> None:
    """It had no last word: run.json says "running" for ever, and the reader knows better."""
    path = tmp_path / "run"
    code = (
        "import json, os, pathlib, signal, sys\n"
        "from lab.results.writing import Writer\n"
        "Writer(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    metadata = json.dumps({"experiment": experiment_json.as_dict(EXPERIMENT), "runtime": "local"})
    subprocess.run([sys.executable, "-c", code, path, metadata], check=False)

    run = reading.read(path)

    assert json.loads((path / "run.json").read_text())["state"] == "running"
    assert run.metadata["state"] == "interrupted"
    assert run.metadata["reason"] == (
        "it was cut off: the measuring process ended without giving a reason"
    )


def test_a_run_is_locked_in_a_way_that_nfs_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It locks a file for one alone only where that is open for writing."""
    modes = []

    def lock(file: int, operation: int) -> None:
        if operation & fcntl.LOCK_EX:
            modes.append(fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE)

    monkeypatch.setattr(writing.fcntl, "flock", lock)
    Writer(tmp_path / "run", {"experiment": experiment_json.as_dict(EXPERIMENT)}).close("complete")

    assert modes == [os.O_RDWR]


def test_where_no_file_can_be_locked_a_run_is_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell then whether it was cut off, and its own word counts."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(writing.fcntl, "flock", refuse)
    writer = Writer(tmp_path / "run", {"experiment": experiment_json.as_dict(EXPERIMENT)})
    writer.add(FULL)

    assert writing.is_being_written(writer.path)
    assert reading.read(writer.path).metadata["state"] == "running"
    writer.close("complete")
    assert reading.read(writer.path).is_complete


@pytest.mark.parametrize("name", ["samples.csv.gz", "measurements.jsonl"])
@pytest.mark.parametrize("cut", [1, 20])
def test_what_was_cut_off_leaves_the_measurements_before_it(
    writer: Writer, name: str, cut: int
) -> None:
    """A process that was killed while it wrote costs one measurement, not the run."""
    writer.add(measurement(1))
    before = (writer.path / name).stat().st_size
    writer.add(measurement(2))
    whole = (writer.path / name).read_bytes()
    (writer.path / name).write_bytes(whole[: before + cut])
    if name == "samples.csv.gz":  # the order in which they are written
        lines = (writer.path / "measurements.jsonl").read_bytes().splitlines(keepends=True)
        (writer.path / "measurements.jsonl").write_bytes(lines[0])

    assert reading.read(writer.path).measurements == [measurement(1)]


def test_a_member_that_lacks_its_end_is_not_half_there() -> None:
    """Its bytes may be there already, but nothing says that they are all of them."""
    whole = members.member("first\n") + members.member("second\n")

    assert members.text(whole) == "first\nsecond\n"
    assert members.text(whole[:-1]) == "first\n"


def test_a_full_disk_leaves_no_half_of_a_measurement(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes a part and then no more leaves the file as it was before."""
    writer.add(measurement(1))
    sizes = {path: path.stat().st_size for path in writer.path.iterdir()}
    monkeypatch.setattr(members.Path, "open", half_of(Path.open))

    with pytest.raises(OSError, match="No space left"):
        writer.add(measurement(2))

    assert {path: path.stat().st_size for path in writer.path.iterdir()} == sizes


def half_of(opens: Callable[..., Any]) -> Callable[..., Any]:
    """Path.open, for a disk that takes ten bytes of what is appended."""

    class Half:
        def __init__(self, file: Any) -> None:
            self._file, self._full = file, False

        def write(self, data: memoryview) -> int:
            if self._full:
                raise OSError(errno.ENOSPC, "No space left on device")
            self._full = True
            written: int = self._file.write(data[:10])
            return written

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def __enter__(self) -> "Half":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

    def opened(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        file = opens(path, mode, *more, **named)
        return Half(file) if mode == "ab" else file

    return opened


def test_run_json_is_replaced_whole_or_not_at_all(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its successor cannot be written, the old one is there still, and nothing beside it."""
    before = {path: path.read_bytes() for path in writer.path.iterdir()}

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        writer.tell(ceiling={"rate_rps": 1.0})

    assert {path: path.read_bytes() for path in writer.path.iterdir()} == before


def test_the_end_of_a_run_leaves_only_its_files(writer: Writer) -> None:
    """What was kept free for the last word is given back."""
    writer.add(FULL)
    writer.close("failed", "the disk is full")

    assert {path.name for path in writer.path.iterdir()} == {
        "run.json",
        "samples.csv.gz",
        "counts.csv.gz",
        "measurements.jsonl",
    }
    assert reading.read(writer.path).metadata["reason"] == "the disk is full"


def test_notes_are_kept_in_their_order(writer: Writer) -> None:
    """Each is a sentence of its own."""
    writer.note("first")
    writer.note("second")

    assert reading.read(writer.path).metadata["notes"] == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("run.json", b"{", "run.json: Expecting property name"),
        ("run.json", b"[]", "run.json: expected a JSON object"),
        ("run.json", b'{"schema": 7}', "schema 7: this version of the lab reads schemas 1 and 2"),
        ("run.json", b'{"schema": 1, "experiment": {}}', "unexpected content: 'shapes'"),
        ("run.json", b'{"schema": 1, "experiment": []}', "run.json: unexpected content"),
        ("run.json", b'{"schema": 2, "experiment": {}}', "unexpected content: 'shapes'"),
        ("samples.csv.gz", b"plain text", "samples.csv.gz: Error -3"),
        (
            "samples.csv.gz",
            gzip.compress(b"a,b\n", mtime=0),
            "samples.csv.gz: line 1: 'a,b': expected cell",
        ),
        ("measurements.jsonl", b"no\n", "measurements.jsonl: line 1: Expecting value"),
        (
            "measurements.jsonl",
            b'{"cell": "x"}\n',
            "measurements.jsonl: line 1: unexpected content",
        ),
        ("measurements.jsonl", b"[]\n", "measurements.jsonl: line 1: unexpected content"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_with_a_sentence(
    writer: Writer, name: str, content: bytes, sentence: str
) -> None:
    """It names the file and what is wrong with it."""
    (writer.path / name).write_bytes(content)

    with pytest.raises(RunUnreadableError) as refused:
        reading.read(writer.path)

    assert sentence in str(refused.value)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    """The sentence says what was expected there."""
    with pytest.raises(RunUnreadableError, match=r"no run\.json there"):
        reading.read(tmp_path)


def test_an_experiment_that_was_not_run_says_why(tmp_path: Path) -> None:
    """A folder of its own, so that a report has one for each experiment."""
    folder.skip(tmp_path / "15-small-box", "15-small-box", "processes have no CPU limit")

    assert reading.skipped(tmp_path / "15-small-box") == (
        "15-small-box",
        "processes have no CPU limit",
    )
    assert reading.skipped(tmp_path) is None


def test_a_second_run_in_the_same_second_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """No run is ever written over another."""
    at = datetime(2026, 11, 20, 15, 50, 2, tzinfo=UTC)
    first = folder.new(tmp_path, "02-sixteen-at-once", at)
    first.mkdir()

    assert first.name == "20261120-155002-02-sixteen-at-once"
    assert folder.new(tmp_path, "02-sixteen-at-once", at).name == first.name + "-2"
