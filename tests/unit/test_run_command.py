"""`lab run`, `lab report` and `lab experiments`, with a measurement that only pretends."""

import argparse
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.claims import code_count
from lab.command import measuring
from lab.experiments import catalogue, experiment_file
from lab.experiments.experiment import Experiment
from lab.results import experiment_json, reading
from lab.results import folder as results_folder
from lab.results.measurement import Measurement, Row
from lab.results.writing import Writer
from lab.running import run_commands
from lab.running.run_experiment import RunFailed
from lab.runtime import Choice, RuntimeProblem, docker
from lab.samples import Sample
from lab.terminal import COLUMNS

Does = Callable[[Experiment], None]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> "Measured":
    """What is to be measured ends up here, and on disk, without a server."""
    pretence = Measured()
    monkeypatch.setattr(run_commands, "run", pretence)
    return pretence


class Measured:
    """In place of lab.running.run_experiment.run. `does` happens after the first measurement."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.runtimes: set[str] = set()
        self.series: list[int] = []
        self.seeds: list[int | None] = []
        self.does: Does = lambda experiment: None

    def __call__(
        self, experiment: Experiment, *, folder: Path, runtime: str, seed: int | None, **_: Any
    ) -> Path:
        self.names.append(experiment.name)
        self.runtimes.add(runtime)
        self.series.append(experiment.series)
        self.seeds.append(seed)
        writer = Writer(
            folder,
            {"experiment": experiment_json.as_dict(experiment), "quick": True, "runtime": runtime},
        )
        state, reason = "complete", ""
        try:
            for series in range(1, experiment.series + 1):
                for cell in experiment.cells:
                    sample = Sample(0.0, cell.prediction.value or 1.0, 200, cell.shape, cell.route)
                    writer.add(Measurement(
                        cell=cell.id, series=series, began_s=0.0, wall_s=1.0,
                        rows=[Row(sample)] * cell.load.requests,
                    ))  # fmt: skip
                self.does(experiment)
        except KeyboardInterrupt:
            state = "interrupted"
            raise
        except RunFailed as problem:
            state, reason = "failed", str(problem)
            raise
        finally:
            writer.close(state, reason)
        return folder


def fails(experiment: Experiment) -> None:
    raise RunFailed("flask-svc ended with code 9; it wrote nothing")


def is_interrupted(experiment: Experiment) -> None:
    signal.raise_signal(signal.SIGINT)


def run_one(results: Path, name: str = "02") -> int:
    return run_commands.run_one(
        name, runtime="local", environ={}, quick=True, series=3, results=results
    )


def run_all(results: Path, *only: str) -> tuple[Path, int]:
    return run_commands.run_all(runtime="local", environ={}, quick=True, only=only, results=results)


def state(folder: Path) -> str:
    return str(reading.read(folder).metadata["state"])


def test_a_run_ends_with_a_table(
    measured: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Predicted, measured, spread and verdict of each cell; where the files are is on stderr."""
    code = run_one(tmp_path)

    (folder,) = tmp_path.iterdir()
    said = capsys.readouterr()
    head, flask = said.out.splitlines()[0:2]
    assert code == 0
    assert folder.name.endswith("-02-sixteen-at-once")
    assert head.split() == ["cell", "predicted", "measured", "spread", "verdict"]
    assert flask.split()[0:5] == ["flask-svc.io.burst-3", "200", "ms", "200", "ms"]
    assert f"lab: all of it is in {folder}" in said.err
    assert {path.name for path in folder.iterdir()} >= {"summary.json", "verdict.json"}


@pytest.mark.parametrize(
    ("does", "code", "ended", "sentence"),
    [
        (fails, 1, "failed", "02-sixteen-at-once failed: flask-svc ended with code 9"),
        (is_interrupted, 130, "interrupted", "interrupted: what was measured until then is in"),
    ],
)
def test_a_run_that_ends_early_is_judged_as_far_as_it_came(
    measured: Measured,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    does: Does,
    code: int,
    ended: str,
    sentence: str,
) -> None:
    """Its cells are inconclusive, its exit code and its sentence say how it ended."""
    measured.does = does

    assert run_one(tmp_path) == code

    (folder,) = tmp_path.iterdir()
    said = capsys.readouterr()
    assert state(folder) == ended
    assert sentence in said.err
    assert "inconclusive" in said.out
    assert "holds" not in said.out


def test_an_experiment_that_does_not_run_here_says_why(
    measured: Measured, tmp_path: Path, only_in_containers: str
) -> None:
    """In the words of its file, before anything is made."""
    with pytest.raises(
        RuntimeProblem, match="02-sixteen-at-once: it cannot run on local processes: no"
    ):
        run_one(tmp_path)

    assert not measured.names
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def only_in_containers(monkeypatch: pytest.MonkeyPatch) -> str:
    """Experiment 02, as if it needed a container."""
    read = experiment_file.read

    def changed(path: Path, **more: Any) -> Experiment:
        found = read(path, **more)
        if found.number != "02":
            return found
        return replace(found, runtimes=("docker",), why_not={"local": "no CPU limit"})

    monkeypatch.setattr(experiment_file, "read", changed)
    return "02"


def test_series_and_seed_are_those_of_the_command_line(measured: Measured, tmp_path: Path) -> None:
    """The number wins over the file's; without it the file has its own, and the run a seed."""
    run_commands.run_one("02", runtime="local", environ={}, results=tmp_path)
    run_commands.run_one("02", runtime="local", environ={}, series=5, seed=7, results=tmp_path)
    run_commands.run_one("02", runtime="local", environ={}, quick=True, series=2, results=tmp_path)

    assert measured.series == [3, 5, 2]
    assert measured.seeds == [None, 7, None]


def test_a_report_has_one_seed_for_all_of_it(measured: Measured, tmp_path: Path) -> None:
    """So that one number repeats its order; a chosen one is like one that is given."""
    for seed in (7, None):
        run_commands.run_all(
            runtime="local", environ={}, only=["02", "03"], series=1, seed=seed, results=tmp_path
        )

    first, second, third, fourth = measured.seeds
    assert first == second == 7
    assert third == fourth is not None
    assert measured.series == [1] * 4


def test_an_unknown_experiment_is_a_problem_in_one_sentence(tmp_path: Path) -> None:
    """It has the first and the last of them, or the one that was probably meant."""
    names = catalogue.names()
    with pytest.raises(RuntimeProblem, match=f"expected one of {names[0]} to {names[-1]}$"):
        run_one(tmp_path, "99")
    with pytest.raises(RuntimeProblem, match="expected 02-sixteen-at-once$"):
        run_one(tmp_path, "02-sixten-at-once")


def test_a_report_has_a_folder_for_each_experiment(measured: Measured, tmp_path: Path) -> None:
    """With a run in it that is summarized and judged."""
    report, code = run_all(tmp_path, "01", "02")

    assert code == 0
    assert report.parent == tmp_path
    assert report.name.endswith("-report")
    assert measured.names == ["01-one-user", "02-sixteen-at-once"]
    for name in measured.names:
        assert state(report / name) == "complete"
        assert json.loads((report / name / "verdict.json").read_text())["schema"] == 2


def test_a_report_without_a_choice_has_every_experiment(measured: Measured, tmp_path: Path) -> None:
    """In the order of their numbers, those that cannot run here among them."""
    report, _ = run_all(tmp_path)

    assert sorted(path.name for path in report.iterdir()) == catalogue.names()


def test_a_report_goes_on_when_an_experiment_fails(
    measured: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, keeps what there is, and its exit code is 1."""

    def first_fails(experiment: Experiment) -> None:
        if experiment.number == "01":
            fails(experiment)

    measured.does = first_fails
    report, code = run_all(tmp_path, "01", "02")

    assert code == 1
    assert state(report / "01-one-user") == "failed"
    assert state(report / "02-sixteen-at-once") == "complete"
    assert "01-one-user failed, going on without it: flask-svc ended" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("runtime", ["docker", "local"])
def test_a_report_without_any_run_has_no_page_and_says_so(
    runtime: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The lab's container would name the folder as it sees it: /out."""
    results_folder.skip(tmp_path / "02-sixteen-at-once", "02-sixteen-at-once", "not here")
    monkeypatch.setattr(measuring, "chosen", lambda environ: Choice(runtime, "a test"))
    monkeypatch.setattr(measuring.setting_values, "refuse_bad", lambda environ: None)
    monkeypatch.setattr(run_commands, "run_all", lambda **_: (tmp_path, code))
    for called in ((docker, "run_lab"), (measuring, "page"), (code_count, "save")):
        monkeypatch.setattr(*called, lambda *_, **__: pytest.fail("it goes on"))

    assert (
        measuring.report(argparse.Namespace(quick=False, only=[], series=None, seed=None), {}) == 1
    )
    assert capsys.readouterr().err == (
        f"lab: no experiment was measured, so there is no page of {tmp_path}\n"
    )


def test_a_report_says_what_could_not_run(
    measured: Measured, tmp_path: Path, only_in_containers: str
) -> None:
    """That is no failure: the reason stands in the folder where its run would be."""
    report, code = run_all(tmp_path, "01", "02")

    assert code == 0
    assert measured.names == ["01-one-user"]
    assert reading.skipped(report / "02-sixteen-at-once") == (
        "02-sixteen-at-once",
        "it cannot run on local processes: no CPU limit",
    )


def test_a_quick_report_leaves_out_what_no_claim_rests_on(
    measured: Measured, tmp_path: Path
) -> None:
    """A control is left out, a claim's experiment is not; what is asked for by name is run."""
    report, _ = run_commands.run_all(runtime="local", environ={}, quick=True, results=tmp_path)
    assert "02-sixteen-at-once" in measured.names
    assert "17-slow-tail" not in measured.names
    assert reading.skipped(report / "17-slow-tail") == (
        "17-slow-tail",
        "a quick report runs only experiments that decide a claim",
    )

    run_all(tmp_path, "17")
    assert measured.names[-1] == "17-slow-tail"


def test_an_interruption_ends_a_report(measured: Measured, tmp_path: Path) -> None:
    """What was measured is kept and judged, what comes after is not begun."""
    measured.does = is_interrupted

    report, code = run_all(tmp_path, "01", "02")

    assert code == 130
    assert state(report / "01-one-user") == "interrupted"
    assert (report / "01-one-user/verdict.json").exists()
    assert not (report / "02-sixteen-at-once").exists()


def test_results_that_cannot_be_written_are_a_problem(tmp_path: Path) -> None:
    """Before anything is measured."""
    (tmp_path / "results").write_text("no folder")

    with pytest.raises(RuntimeProblem, match="results/.*-report: "):
        run_all(tmp_path / "results", "02")


def test_the_list_has_each_experiment_with_its_minutes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And what all of them take; shortened they take less."""
    run_commands.list_them()
    in_full = capsys.readouterr().out.splitlines()
    run_commands.list_them(quick=True)
    quick = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in in_full if line[0:1].isdigit()] == catalogue.names()
    assert in_full[-1].startswith("all ")
    assert float(quick[-1].split()[1]) < float(in_full[-1].split()[1])


@pytest.mark.parametrize("quick", [False, True])
def test_the_list_fits_a_terminal(quick: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A question that is longer goes on below its begin, and no word of it is lost."""
    run_commands.list_them(quick=quick)

    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= COLUMNS, told
    words = " ".join(told.split())
    for name in catalogue.names():
        assert experiment_file.read(catalogue.find(name), quick=quick).question in words


@pytest.mark.parametrize("run", ["one", "all"])
def test_a_setting_that_an_experiment_does_not_heed_is_named(
    measured: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str
) -> None:
    """With what would count instead; nothing is said of what is as an experiment has it anyway."""
    environ = {"FLASK_WORKERS": "abc", "FASTAPI_WORKERS": "4", "LAB_LOAD": "open"}
    options: Any = {"runtime": "local", "environ": environ, "quick": True, "results": tmp_path}

    if run == "one":
        run_commands.run_one("02", **options)
    else:
        run_commands.run_all(only=["02"], **options)

    said = capsys.readouterr().err
    assert "lab: FLASK_WORKERS=abc is ignored: " in said
    assert 'override it with `make run EXP=... SET="FLASK_WORKERS=abc"`' in said
    assert "FASTAPI_WORKERS" not in said
    assert "LAB_LOAD" not in said
