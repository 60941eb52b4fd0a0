"""Summaries and verdicts on disk: read back as written, and judged again from the run's files."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_run import answer, burst_cell, experiment, write_run

from lab.experiments.experiment import Cell, Fit, Prediction
from lab.results import reading
from lab.results.measurement import Measurement, Row
from lab.results.reading import RunUnreadableError
from lab.running import checking
from lab.verdicts import verdict_files
from lab.verdicts.judge import judge
from lab.verdicts.summary import summarize

ROOT = Path(__file__).parents[2]


def predicted(requests: int, value: float) -> Cell:
    prediction = Prediction(function="makespan_s", value=value)
    return burst_cell(requests, prediction=prediction, x=float(requests))


CELLS = (predicted(4, 1.0), predicted(8, 2.0), burst_cell(12, x=12.0))
EXPERIMENT = experiment(
    *CELLS,
    name="02-sixteen-at-once",
    fits=(
        Fit(
            name="s per request",
            metric="makespan_s",
            per="request",
            cells=tuple(cell.id for cell in CELLS),
        ),
    ),
)


def measured(cell: Cell, series: int) -> Measurement:
    rows = [
        Row(answer(index, wave_s=1.0 + series / 1000, sent_s=0.0001, app_s=0.001))
        for index in range(cell.load.requests)
    ]
    return Measurement(cell=cell.id, series=series, began_s=0.0, wall_s=1.0, rows=rows)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A complete run with its summary and its verdicts."""
    folder = tmp_path / "20261120-155002-02-sixteen-at-once"
    measurements = [measured(cell, series) for series in (1, 2, 3) for cell in CELLS]
    write_run(folder, EXPERIMENT, measurements, runtime="local")
    run = reading.read(folder)
    summary = summarize(run)
    verdict_files.write(folder, summary, judge(run, summary))
    return folder


def change(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def test_what_is_written_is_read_back(run_folder: Path) -> None:
    """The whole of both, with a cell and a fit that have no verdict of their own."""
    run = reading.read(run_folder)
    summary = summarize(run)

    assert verdict_files.read_summary(run_folder) == summary
    assert verdict_files.read_verdict(run_folder) == judge(run, summary)
    assert list(summary.fits) == ["s per request"]
    assert verdict_files.read_verdict(run_folder).cells[CELLS[2].id] is None


def test_a_file_that_is_no_summary_is_named(run_folder: Path) -> None:
    """Missing, cut off, of another schema, or without a key: one sentence with the path."""
    path = run_folder / verdict_files.SUMMARY
    document = json.loads(path.read_text(encoding="utf-8"))
    spoilt = [
        ("{", "unexpected content"),
        ("[]", "unexpected content"),
        (
            json.dumps(document | {"schema": 9}),
            "schema 9: this version of the lab reads schemas 1 and 2",
        ),
        (json.dumps({"schema": 1, "cells": {}}), "'fits'"),
        (json.dumps({"schema": 2, "cells": {}}), "'fits'"),
    ]

    for text, expected in spoilt:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RunUnreadableError, match=expected) as problem:
            verdict_files.read_summary(run_folder)
        assert str(path) in str(problem.value)
    path.unlink()
    with pytest.raises(RunUnreadableError, match="No such file"):
        verdict_files.read_summary(run_folder)


def test_a_summary_of_schema_1_is_read_as_one_of_series(run_folder: Path) -> None:
    """There a cell counts its repeats."""
    path = run_folder / verdict_files.SUMMARY
    now = verdict_files.read_summary(run_folder)
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"].values():
        cell["repeats"] = cell.pop("series")
    path.write_text(json.dumps(document | {"schema": 1}), encoding="utf-8")

    assert verdict_files.read_summary(run_folder) == now


def test_the_table_of_cells_has_a_line_for_each_metric(run_folder: Path, tmp_path: Path) -> None:
    """Prediction and verdict stand in the line that they are about, and in no other."""
    run = reading.read(run_folder)
    summary = summarize(run)
    table = tmp_path / verdict_files.CELLS

    verdict_files.write_cells(table, [(run, summary, judge(run, summary))])

    with table.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert set(lines[0]) == set(verdict_files.COLUMNS)
    assert len(lines) == sum(len(cell.metrics) for cell in summary.cells.values())
    judged = [line for line in lines if line["verdict"]]
    assert [(each["cell"], each["metric"], each["verdict"]) for each in judged] == [
        (CELLS[0].id, "makespan_s", "holds"),
        (CELLS[1].id, "makespan_s", "holds"),
    ]
    assert float(judged[1]["middle"]) == pytest.approx(2.004)
    assert (judged[1]["unit"], judged[1]["predicted"], judged[1]["series"]) == ("s", "2.0", "3")
    assert {line["predicted_most"] for line in lines} == {""}


def test_a_range_has_its_upper_end_in_the_table_of_cells(tmp_path: Path) -> None:
    """In the line of the metric that is predicted, as the lower one."""
    prediction = Prediction(value=1.0, most_function="one_worker_makespan_s", most=4.0)
    cell = burst_cell(4, prediction=prediction)
    measurements = [measured(cell, series) for series in (1, 2, 3)]
    folder = write_run(tmp_path / "run", experiment(cell, name="99-made"), measurements)
    run = reading.read(folder)
    summary = summarize(run)

    assert run.experiment.cells == (cell,)
    [line] = [
        each
        for each in verdict_files.cell_lines(run, summary, judge(run, summary))
        if each["metric"] == "makespan_s"
    ]
    assert (line["predicted"], line["predicted_most"]) == (1.0, 4.0)


def test_a_run_is_judged_again_from_its_files(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what it finds, and that it agrees; nothing is written."""
    before = {path: path.read_bytes() for path in run_folder.iterdir()}

    assert checking.check_run(run_folder) == checking.AGREE

    told = capsys.readouterr().out
    assert f"02-sixteen-at-once, judged from {run_folder}" in told
    assert "all 2 predictions held" in told
    assert "same as stored in summary.json and verdict.json" in told
    assert "not judged" in told
    assert {path: path.read_bytes() for path in run_folder.iterdir()} == before


def test_a_verdict_that_was_changed_by_hand_is_found(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what stands there and what the run says."""
    path = run_folder / verdict_files.VERDICT
    document = json.loads(path.read_text(encoding="utf-8"))
    document["cells"][CELLS[0].id]["verdict"] = "fails"
    change(path, document)

    assert checking.check_run(run_folder) == checking.DIFFER

    assert f"verdict.json: cells: {CELLS[0].id}: verdict: stored 'fails', now 'holds'" in (
        capsys.readouterr().out
    )


def test_a_metric_that_was_changed_by_hand_is_found(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Digits that rounding may change are not."""
    path = run_folder / verdict_files.SUMMARY
    document = json.loads(path.read_text(encoding="utf-8"))
    makespan = document["cells"][CELLS[0].id]["metrics"]["makespan_s"]
    makespan["middle"] *= 1 + 1e-9
    change(path, document)
    assert checking.check_run(run_folder) == checking.AGREE

    makespan["middle"] = 0.5
    change(path, document)
    assert checking.check_run(run_folder) == checking.DIFFER
    assert "middle: stored 0.5, now 1.002" in capsys.readouterr().out


def test_a_run_without_verdicts_is_judged_and_said_to_have_none(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as one whose host was killed before it could judge."""
    (run_folder / verdict_files.VERDICT).unlink()

    assert checking.check_run(run_folder) == checking.DIFFER

    told = capsys.readouterr().out
    assert "all 2 predictions held" in told
    assert "nothing to compare with: verdict.json not there" in told


def test_a_report_is_checked_run_by_run(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst of them is the answer."""
    assert checking.check_run(run_folder.parent) == checking.AGREE
    assert capsys.readouterr().out.count("all 2 predictions held") == 1

    (run_folder / verdict_files.SUMMARY).unlink()
    assert checking.check_run(run_folder.parent) == checking.DIFFER


def test_a_folder_without_a_run_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with the folder and what was expected."""
    assert checking.check_run(tmp_path) == checking.UNREADABLE
    assert checking.check_run(tmp_path / "nowhere") == checking.UNREADABLE

    assert f"{tmp_path}: expected the folder of a run" in capsys.readouterr().err


def test_verdicts_need_nothing_but_python() -> None:
    """The host has no packages where the lab runs in containers."""
    code = (
        "import sys; sys.path.insert(0, '.');"
        "import lab.running.checking, lab.compare.compare_command, lab.plan.plan_command;"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " - sys.stdlib_module_names - {'lab', '__main__'}))"
    )

    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.stdout == "[]\n", answer.stderr


def test_the_documentation_names_every_key_and_column() -> None:
    """docs/results.md is what others read these files by."""
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    keys = {
        "series", "metrics", "values", "middle", "low", "high", "doubts", "fits", "slope",
        "slope_error", "intercept", "points", "judgement", "verdict", "sentence", "reasons",
    }  # fmt: skip

    assert [each for each in [*keys, *verdict_files.COLUMNS] if f"`{each}`" not in text] == []
