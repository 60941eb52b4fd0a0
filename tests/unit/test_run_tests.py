"""`make test`: its stages, what it says at its end, and how it ends."""

import json
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
import run

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"docker": "no engine"}
MARKS = ("alone", "loads", "workshop")
FILES = sorted((ROOT / "tests").glob("*/test_*.py"))


@pytest.fixture
def stages_end(monkeypatch: pytest.MonkeyPatch):
    """A function that lets each stage tell of its costs and end with a code, and runs none."""

    def set_up(**codes: int) -> None:
        def pretend(command: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
            costs = Path(command[command.index("--costs") + 1])
            code = codes.get(costs.name, 0)
            failed = ["tests/unit/test_x.py::test_y"] if code == 1 else []
            cost = {"passed": 7, "failed": len(failed), "s": 2.5}
            told = {
                "folders": {"unit": cost},
                "failed": failed,
                "left_out": {"docker": "no engine"},
            }
            if code < 2:
                costs.write_text(json.dumps(told))
            return subprocess.CompletedProcess(command, code)

        monkeypatch.setattr(run.subprocess, "run", pretend)

    monkeypatch.setattr(run.layers, "reasons_to_leave_out", lambda asked: LEFT_OUT)
    return set_up


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_test_is_in_one_stage(path: Path) -> None:
    """Whatever marks of the stages its file uses: none is lost, and none runs twice."""
    text = path.read_text(encoding="utf-8")
    used = [mark for mark in MARKS if f"pytest.mark.{mark}" in text]
    for count in range(len(used) + 1):
        for marks in combinations(used, count):
            has = {mark: mark in marks for mark in MARKS}
            stages = [
                each.name
                for each in run.STAGES
                if path.parent.name in each.folders and eval(each.marked, {}, has)
            ]
            assert len(stages) == 1, marks


def test_it_ends_well_with_a_table_and_a_count(stages_end, capsys) -> None:
    """The layers first, then the stages, what was left out, and one line that counts."""
    stages_end()

    minutes = run.MINUTES + sum(run.MORE_MINUTES.values()) - run.MORE_MINUTES["docker"]

    assert run.main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "tests: layers those that need nothing, linux, room, browser, prometheus, loads, "
        "handouts, workshop"
    )
    assert said[1] == "tests: not docker: no engine"
    assert said[2] == f"tests: about {minutes} minutes on 2 cores"
    assert "quick     unit            7       0        2" in said
    assert "left out: the docker layer: no engine" in said
    assert said[-1] == f"{7 * len(run.STAGES)} passed, 0 failed, 0 skipped"


def test_a_failure_is_named_at_the_end_and_the_other_stages_ran(stages_end, capsys) -> None:
    """Exit code 1."""
    stages_end(quick=1)

    assert run.main([]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "failed: tests/unit/test_x.py::test_y" in said
    assert said[-1] == f"{7 * len(run.STAGES)} passed, 1 failed, 0 skipped"


def test_a_stage_that_fell_over_is_a_failure(stages_end, capsys) -> None:
    """Also where it told nothing of its tests; Ctrl-C ends all of it."""
    stages_end(together=3)
    assert run.main([]) == 3
    assert "failed: the stage together ended with 3, see above" in capsys.readouterr().out

    stages_end(together=2)
    assert run.main([]) == 2
    assert "alone" not in capsys.readouterr().out


def test_a_stage_whose_tests_were_all_left_out_is_none(stages_end, capsys) -> None:
    """pytest has an exit code for that."""
    stages_end(workshop=5)

    assert run.main([]) == 0


def test_a_layer_that_is_asked_for_and_missing_ends_it(monkeypatch, capsys) -> None:
    """Before anything ran: exit code 2 and the sentence."""

    def missing(asked: str) -> dict[str, str]:
        raise pytest.UsageError("no browser layer")

    monkeypatch.setattr(run.layers, "reasons_to_leave_out", missing)

    assert run.main([]) == 2
    assert capsys.readouterr().err == "tests: no browser layer, e.g. `LAB_LAYERS=none make test`\n"


def test_a_stage_is_left_out_with_its_layers(stages_end, monkeypatch, capsys) -> None:
    """Nothing is started to find that there is nothing to do."""
    stages_end()
    left_out = {"loads": "minutes", "workshop": "minutes"}
    monkeypatch.setattr(run.layers, "reasons_to_leave_out", lambda asked: left_out)

    assert run.main([]) == 0
    said = capsys.readouterr().out
    assert "tests: not loads: minutes" in said
    assert "tests: long: " not in said
    assert "tests: together: " in said
