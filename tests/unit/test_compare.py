"""Two runs side by side: alike or not, and different or not."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_run
import pytest
from made_run import answer, burst_cell, write_run

from lab.compare import compare_command, likeness, verdicts
from lab.experiments.experiment import Cell, Experiment, Prediction, Shape
from lab.results import reading
from lab.results.measurement import Measurement, Row
from lab.results.writing import COMPLETE
from lab.verdicts import difference
from lab.verdicts.difference import Answer
from lab.verdicts.judgement import Verdict
from lab.verdicts.student import quantile
from lab.verdicts.summary import over_series, pooled_share

METADATA = {
    "runtime": "local",
    "machine": {"cores": 2, "cpu": "Some CPU", "python": "3.13.0"},
    "versions": {"flask": "3.1.2"},
    "git": {"commit": "0123456789abcdef", "changed": False},
}


def burst(requests: int) -> Cell:
    prediction = Prediction(function="makespan_s", value=requests / 4)
    return burst_cell(requests, prediction=prediction)


EXPERIMENT = made_run.experiment(
    burst(4),
    burst(8),
    name="02-sixteen-at-once",
    shapes=(Shape(name="flask-svc", target="flask-svc", settings={"FLASK_WORKERS": "4"}),),
)


def write(
    folder: Path,
    makespans_s: list[float],
    *,
    experiment: Experiment = EXPERIMENT,
    **metadata: Any,
) -> Path:
    """A run whose bursts of 4 took so long, one for each series, and those of 8 twice that."""
    measurements = [
        Measurement(
            cell=cell.id,
            series=series,
            began_s=0.0,
            wall_s=1.0,
            rows=[Row(answer(n, wave_s=makespan_s)) for n in range(cell.load.requests)],
        )
        for series, makespan_s in enumerate(makespans_s, start=1)
        for cell in experiment.cells
    ]
    return write_run(folder, experiment, measurements, **{**METADATA, **metadata})


@pytest.mark.parametrize(
    ("share", "freedom", "expected"),
    [
        (0.975, 1, 12.7062),
        (0.975, 2, 4.3027),
        (0.975, 4, 2.7764),
        (0.95, 5, 2.0150),
        (0.995, 10, 3.1693),
        (0.975, 30, 2.0423),
        (0.975, 1e6, 1.9600),
        (0.5, 3, 0.0),
        (0.025, 4, -2.7764),
    ],
)
def test_quantiles_of_student_s_t_are_those_of_the_tables(
    share: float, freedom: float, expected: float
) -> None:
    """Four digits, from very few series to the normal distribution."""
    assert quantile(share, freedom) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("share", "freedom"), [(0, 4), (1, 4), (0.5, 0)])
def test_there_is_no_quantile_of_nonsense(share: float, freedom: float) -> None:
    """Nothing is below 0 %, and no spread comes from one value."""
    with pytest.raises(ValueError, match="expected"):
        quantile(share, freedom)


def test_the_interval_is_welch_s() -> None:
    """By hand: means 3 and 6, squared errors 1/3 and 4/3, 2.94 degrees of freedom, t = 3.2188."""
    found = difference.of_values(over_series([2.0, 3.0, 4.0]), over_series([4.0, 6.0, 8.0]))

    half = 3.2188 * (5 / 3) ** 0.5 / 3
    assert found.part == pytest.approx(1.0)
    assert found.low == pytest.approx(1.0 - half, abs=1e-4)
    assert found.high == pytest.approx(1.0 + half, abs=1e-4)
    assert found.answer is Answer.NOT_SIGNIFICANT


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 1.01, 0.99], [1.02, 1.0, 1.01], Answer.NOT_SIGNIFICANT),
        ([1.0, 1.01, 0.99], [1.2, 1.21, 1.19], Answer.DIFFERS),
        ([1.0, 1.0001, 0.9999], [1.002, 1.0021, 1.0019], Answer.SLIGHT),
        ([4.0, 4.0, 4.0], [4.0, 4.0, 4.0], Answer.NOT_SIGNIFICANT),
        ([4.0, 4.0, 4.0], [3.0, 3.0, 3.0], Answer.DIFFERS),
        ([0.1 + 0.2] * 3, [0.3] * 3, Answer.NOT_SIGNIFICANT),
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], Answer.DIFFERS),
        ([1.0], [9.0, 9.0, 9.0], Answer.TOO_FEW),
    ],
)
def test_a_difference_is_held_against_the_spread_of_series(
    a: list[float], b: list[float], expected: Answer
) -> None:
    """Also where they have none, and where there are too few to know it."""
    assert difference.of_values(over_series(a), over_series(b)).answer is expected
    assert difference.of_values(over_series(b), over_series(a)).answer is expected


def test_shares_are_compared_as_shares() -> None:
    """56 of 70 against 48 of 80, as published with the method: 0.0524 to 0.3339."""
    a, b = pooled_share([48 / 80], [80]), pooled_share([56 / 70], [70])

    found = difference.of_shares(a, b)

    assert found.part == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert found.answer is Answer.DIFFERS
    assert difference.of_shares(a, a).answer is Answer.NOT_SIGNIFICANT


def test_two_runs_of_the_same_do_not_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Middles, difference, interval and answer, cell by cell; the method in a line."""
    a = write(tmp_path / "a", [1.00, 1.01, 1.02])
    b = write(tmp_path / "b", [1.01, 1.00, 1.03])

    assert compare_command.command(a, b, force=False) == compare_command.COMPARED

    told = capsys.readouterr().out
    assert "02-sixteen-at-once: makespan" in told
    [line] = [each for each in told.splitlines() if "burst-4 " in each]
    assert line.split() == [
        *["flask-svc.io.burst-4", "1.01", "s", "1.01", "s", "+0.0", "%"],
        *["-2.8", "%", "to", "+3.4", "%", "no", "significant", "difference"],
    ]
    assert "Of 2 cells: 2 no significant difference." in told
    assert "Welch's t over series" in told


def test_in_a_narrow_terminal_each_cell_has_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cell and answer, then its numbers; 80 columns and no number less."""
    a = write(tmp_path / "a", [1.00, 1.01, 1.02])
    b = write(tmp_path / "b", [1.00, 1.20, 1.40])
    wide: list[str] = []
    narrow: list[str] = []
    for columns, lines in ((120, wide), (80, narrow)):
        compare_command.command(a, b, force=False, columns=columns)
        lines += capsys.readouterr().out.splitlines()[2:]

    assert max(map(len, narrow)) <= 80 < max(map(len, wide))
    at = next(number for number, line in enumerate(narrow) if "burst-4: " in line)
    [row] = [line for line in wide if "burst-4  " in line]
    assert narrow[at] == "  flask-svc.io.burst-4: no significant difference (doubtful)"
    assert narrow[at + 1].split() == row.split()[1:-4]
    numbers = [sorted(re.findall(r"[+-]?\d[\d.]*", " ".join(each))) for each in (wide, narrow)]
    assert numbers[0] == numbers[1]


def test_a_real_difference_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In per cent of A, with its sign; the exit code is that of any comparison."""
    a = write(tmp_path / "a", [1.00, 1.01, 1.02])
    b = write(tmp_path / "b", [1.20, 1.21, 1.22])

    assert compare_command.command(a, b, force=False) == compare_command.COMPARED

    told = capsys.readouterr().out
    assert "+19.8 %" in told
    assert "Of 2 cells: 2 differs." in told


def test_doubts_of_either_run_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A difference that is doubtful is marked as such."""
    a = write(tmp_path / "a", [1.00, 1.01, 1.02])
    b = write(tmp_path / "b", [1.00, 1.20, 1.40])

    compare_command.command(a, b, force=False)

    told = capsys.readouterr().out
    assert "no significant difference (doubtful)" in told
    assert "doubtful: flask-svc.io.burst-4 in B: with 3 series the true value may lie" in told


WELL = [1.00, 1.01, 1.02]
MACHINE = METADATA["machine"]
UNLIKE: list[tuple[dict[str, Any], str]] = [
    ({"runtime": "docker"}, "runtime: local in A, docker in B"),
    ({"machine": {"cores": 8, "cpu": "Some CPU"}}, "cores: 2 in A, 8 in B"),
    ({"machine": {"cores": 2, "cpu": "Other"}}, "CPU: Some CPU in A, Other in B"),
    (
        {"experiment": replace(EXPERIMENT, quick=True)},
        "shortened (QUICK=1): no in A, yes in B",
    ),
    (
        {"experiment": replace(EXPERIMENT, behaviour={"delay_ms": 200.0})},
        "upstream delay_ms: 1000 in A, 200 in B",
    ),
    (
        {"experiment": replace(EXPERIMENT, name="03-async-view")},
        "experiment: 02-sixteen-at-once in A, 03-async-view in B",
    ),
    (
        {
            "experiment": replace(
                EXPERIMENT,
                shapes=(replace(EXPERIMENT.shapes[0], settings={"FLASK_WORKERS": "8"}),),
            )
        },
        "shape flask-svc: FLASK_WORKERS: 4 in A, 8 in B",
    ),
    (
        {"experiment": replace(EXPERIMENT, cells=EXPERIMENT.cells[:1])},
        "cell flask-svc.io.burst-8: /io in A, nothing in B",
    ),
    (
        {"servers": {"flask-svc": {"workers": 3}}},
        "server flask-svc: workers: nothing in A, 3 in B",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), UNLIKE, ids=[each for _, each in UNLIKE])
def test_runs_that_are_not_alike_are_refused(
    changes: dict[str, Any],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Naming what differs and in which, and nothing is compared."""
    a = write(tmp_path / "a", WELL)
    b = write(tmp_path / "b", WELL, **changes)

    assert compare_command.command(a, b, force=False) == compare_command.UNLIKE

    told = capsys.readouterr()
    assert expected in told.err
    assert "FORCE=1" in told.err
    assert "burst-4 " not in told.out


def test_by_force_they_are_compared_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table says above itself that they are not alike."""
    a = write(tmp_path / "a", WELL)
    b = write(tmp_path / "b", WELL, runtime="docker")

    assert compare_command.command(a, b, force=True) == compare_command.COMPARED

    told = capsys.readouterr().out
    assert "not alike: runtime: local in A, docker in B" in told
    assert "Of 2 cells: 2 no significant difference." in told


def test_what_may_be_the_point_of_a_comparison_is_told_and_no_obstacle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Versions and commits; nor do other words or tolerances stand in its way."""
    reworded = replace(
        EXPERIMENT,
        question="Differently put?",
        series=5,
        cells=tuple(replace(each, tolerance=0.1) for each in EXPERIMENT.cells),
    )
    a = write(tmp_path / "a", WELL)
    b = write(
        tmp_path / "b",
        [*WELL, *WELL],
        experiment=reworded,
        versions={"flask": "3.2.0"},
        git={"commit": "fedcba9876543210", "changed": True},
    )

    assert compare_command.command(a, b, force=False) == compare_command.COMPARED

    told = capsys.readouterr().out
    assert "differs as well: flask: 3.1.2 in A, 3.2.0 in B" in told
    assert "differs as well: commit: 0123456789 in A, fedcba9876 with changes in B" in told


def test_other_sources_are_worth_knowing() -> None:
    """Each by its name; nothing is said of a run that kept no hashes."""
    known = {"flask-svc": "a", "driver": "b"}
    old = reading.Run(Path("a"), {**METADATA, "state": COMPLETE}, EXPERIMENT, [])
    a = replace(old, metadata={**old.metadata, "sources": known})
    b = replace(old, metadata={**old.metadata, "sources": known | {"driver": "c"}})

    assert likeness.worth_knowing(a, b) == ["source driver: not the same in A and B"]
    assert likeness.worth_knowing(a, a) == likeness.worth_knowing(a, old) == []


def test_a_cell_that_is_in_one_only_is_told_once() -> None:
    """And not again for each number of its load."""
    a = reading.Run(Path("a"), {**METADATA, "state": COMPLETE}, EXPERIMENT, [])
    fewer = replace(EXPERIMENT, cells=EXPERIMENT.cells[:1])
    b = replace(a, experiment=fewer)

    assert likeness.unlike(a, b) == ["cell flask-svc.io.burst-8: /io in A, nothing in B"]
    assert likeness.unlike(a, a) == []


def test_reports_are_compared_experiment_by_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only one of them has is named; a run alone is compared with its counterpart."""
    write(tmp_path / "a" / EXPERIMENT.name, WELL)
    write(tmp_path / "b" / EXPERIMENT.name, WELL)
    other = replace(EXPERIMENT, name="03-async-view")
    write(tmp_path / "b" / other.name, WELL, experiment=other)

    assert (
        compare_command.command(tmp_path / "a", tmp_path / "b", force=False)
        == compare_command.COMPARED
    )
    told = capsys.readouterr().out
    assert "Only in B: 03-async-view." in told
    assert "Of 2 cells: 2 no significant difference." in told

    alone = tmp_path / "a" / EXPERIMENT.name
    assert compare_command.command(alone, tmp_path / "b", force=False) == compare_command.COMPARED


def test_folders_without_runs_are_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on stderr."""
    a = write(tmp_path / "a" / "02", WELL)
    (tmp_path / "empty").mkdir()

    assert compare_command.command(a, tmp_path / "empty", force=False) == compare_command.UNREADABLE
    assert f"{tmp_path / 'empty'}: expected the folder of a run" in capsys.readouterr().err


def test_a_cell_that_was_not_measured_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands in the table and counts for nothing."""
    a = write(tmp_path / "a", WELL)
    b = write(tmp_path / "b", [])

    assert compare_command.command(a, b, force=False) == compare_command.COMPARED

    told = capsys.readouterr().out
    assert told.count("not measured") == 2
    assert "Nothing that both have was measured." in told


def test_reports_agree_on_what_both_decide() -> None:
    """What is open in one of them says nothing about the other; contradictions come first."""
    a = {"C1": Verdict.HOLDS, "C2": Verdict.HOLDS, "C3": Verdict.FAILS, "C4": Verdict.HOLDS}
    b = a | {"C2": Verdict.INCONCLUSIVE, "C3": Verdict.HOLDS}

    assert verdicts.agreement(a, b) == (
        "Of 4 parts of claims, 3 are decided in both, and 2 of these agree."
    )
    assert verdicts.differing_verdicts(a, b) == [
        ("C3", "fails", "holds"),
        ("C2", "holds", "inconclusive"),
    ]
