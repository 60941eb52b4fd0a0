"""Checking exercises on real servers: who solved one, who did not, and who went around it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_exercise
import pytest

from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.experiments.settings import BASE
from lab.results import reading
from lab.running import checking
from lab.running.testbed import Testbed, TestbedError, open_testbed
from workshop.exercises import exercise_commands

OK_600 = ["at", "most", "600", "ms", "ok"]

Check = Callable[..., int]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """`lab check` of exercises in the test's own folder, with settings of its own."""

    def run(name: str, **settings: str) -> int:
        return exercise_commands.check(
            name,
            runtime="local",
            environ=dict(os.environ) | dict(BASE) | settings,
            folder=tmp_path,
            results=tmp_path / "results",
            root=tmp_path,
        )

    return run


def change(folder: Path, body: str) -> None:
    """Have mine/ as at the start, but with that body of /own."""
    exercise_commands.explain(
        "02", environ={}, again=True, folder=folder.parent, root=folder.parent
    )
    (folder / "mine/fastapi_svc/app.py").write_text(made_exercise.app(body))


def test_a_setting_that_solves_it_passes(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four workers for four at once: the table, and one sentence with the numbers."""
    made_exercise.slots(tmp_path)

    assert check("01", FLASK_WORKERS="4") == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == "01 · One wave"
    assert lines[2].split() == ["measured", "required"]
    assert lines[3].split() == ["flask-svc,", "makespan", *lines[3].split()[2:4], *OK_600]
    assert lines[4].split() == "flask-svc, worker processes 4 at most 4 ok".split()  # noqa: SIM905
    assert re.fullmatch(
        r"PASS: flask-svc took \S+ m?s for 4 at once; flask-svc has 4 worker processes\.", lines[-1]
    )
    assert "measuring with FLASK_WORKERS=4" in told.err
    # What it measured is a run as any other, which can be judged again.
    [run] = (tmp_path / "results").iterdir()
    assert reading.read(run).is_complete
    assert checking.check_run(run) == 0


def test_a_setting_that_does_not_solve_it_is_told_what_is_missing(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """One worker, where there were two at the start, needs four waves; the hint is its own."""
    (made_exercise.slots(tmp_path) / "start/env").write_text("FLASK_WORKERS=2\n")

    assert check("01", FLASK_WORKERS="1") == 3
    *_, answer, hint = capsys.readouterr().out.splitlines()
    assert answer.startswith("NOT YET: flask-svc took 1.2")
    assert answer.endswith(" s for 4 at once; at most 600 ms is required.")
    assert hint == "Hint: How many workers make one wave?"


def test_who_has_changed_nothing_yet_is_told_the_numbers_alone(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """One worker, as at the start, needs four waves: no hint before a try."""
    made_exercise.slots(tmp_path)

    assert check("01", FLASK_WORKERS="1") == 3
    *_, answer, direction = capsys.readouterr().out.splitlines()
    assert answer.startswith("NOT YET: flask-svc took 1.2")
    assert answer.endswith(" s for 4 at once; at most 600 ms is required.")
    assert direction.startswith("Nothing is changed yet: `make exercise N=01`")


def test_connections_to_the_database_are_counted(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two workers may open eight, whatever they have opened; one may open four."""
    made_exercise.pool(tmp_path)

    assert check("03", FASTAPI_WORKERS="2", DB_POOL="4") == 3
    assert "NOT YET: fastapi-svc has 8 connections to the database" in capsys.readouterr().out
    assert check("03", FASTAPI_WORKERS="1", DB_POOL="4") == 0
    assert "PASS: fastapi-svc has 4 connections to the database." in capsys.readouterr().out
    runs = [reading.read(each) for each in sorted((tmp_path / "results").iterdir())]
    [measured] = runs[-1].measurements
    assert (measured.database["served"], measured.database["connections"]) == (4, 4)
    assert 1 <= measured.database["peak"] <= 4


def test_code_that_solves_it_passes_and_its_start_does_not(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """What runs is mine/, the very file that somebody changes."""
    made_exercise.calls(tmp_path)
    exercise_commands.explain("02", environ={}, folder=tmp_path, root=tmp_path)

    assert check("02") == 3
    assert "NOT YET: fastapi-svc took 1." in capsys.readouterr().out
    exercise_commands.solve("02", folder=tmp_path, root=tmp_path)
    assert check("02") == 0
    assert "PASS: fastapi-svc took 0.3" in capsys.readouterr().out.replace("took 3", "took 0.3")


DISHONEST = {
    "answers by itself": (
        'await asyncio.sleep(0.3); return {"delay_ms": 300.0}',
        "gave 4 answers and asked the upstream 0 times for them: 4 calls are needed",
    ),
    "asks for a share": (
        'return (await asynchronous.get("/call?share=0.1")).json()',
        "of upstream time but needs 300 ms",
    ),
    "turns the dial": (
        """
        await asynchronous.put("/behaviour", json={"delay_ms": 1})
        return (await asynchronous.get("/call")).json()
        """,
        "the upstream's dial changed during the measurement (delay_ms from 300.0 to 1.0)",
    ),
    "turns the dial, and back": (
        """
        await asynchronous.put("/behaviour", json={"delay_ms": 1})
        answer = await asynchronous.get("/call")
        await asynchronous.put("/behaviour", json={"delay_ms": 300})
        return answer.json()
        """,
        "of upstream time but needs 300 ms",
    ),
    "asks when nobody waits any more": (
        """
        task = asyncio.create_task(asynchronous.get("/call"))
        app.state.tasks = [*getattr(app.state, "tasks", []), task]
        if len(app.state.tasks) % 2 == 0:  # the load ends when all calls have been answered
            await asyncio.wait(app.state.tasks)
        return {"delay_ms": 300.0}
        """,
        "answers of fastapi-svc came too early",
    ),
    "fails": (
        "return unknown_name",
        "4 of 4 requests to fastapi-svc were answered with 500 and not with 200 "
        "(NameError: name 'unknown_name' is not defined (app.py, line ",
    ),
}


@pytest.mark.parametrize("way", DISHONEST)
def test_who_goes_around_the_upstream_is_told_so(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    """By its own counts and the client's clock; the numbers are not even looked at."""
    body, reason = DISHONEST[way]
    change(made_exercise.calls(tmp_path), body)

    assert check("02") == 3
    told = capsys.readouterr().out
    assert reason in told
    assert "required" not in told


BROKEN = {
    "a syntax error": ("(", "did not start: SyntaxError: ", "(app.py, line "),
    "a name that is not there": (
        "no_such_name",
        "did not start: NameError: name 'no_such_name' is not defined",
        "(app.py, line ",
    ),
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_server_that_does_not_start_is_not_yet_with_its_own_words(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    """Its error, and where in one's own file, and not what the server said of its end."""
    line, how, where = BROKEN[way]
    folder = made_exercise.calls(tmp_path)
    exercise_commands.explain("02", environ={}, folder=tmp_path, root=tmp_path)
    (folder / "mine/fastapi_svc/app.py").write_text(made_exercise.broken_app(line))

    assert check("02") == 3
    answer = capsys.readouterr().out.splitlines()[-1]
    assert answer.startswith(f"NOT YET: the server fastapi-svc {how}")
    assert where in answer


def test_a_server_that_ends_under_load_is_not_yet(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it was asked to do, it has not done it."""
    change(made_exercise.calls(tmp_path), "os._exit(7)")

    assert check("02") == 3
    answer = capsys.readouterr().out.splitlines()[-1]
    assert answer.startswith("NOT YET: the server fastapi-svc ended during the measurement: ")


def test_several_workers_that_never_start_are_given_up(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """uvicorn starts a worker that cannot import its application again and again."""
    change(made_exercise.calls(tmp_path, settings='FASTAPI_WORKERS = "2"'), "return (")

    assert check("02") == 3
    assert "did not start: SyntaxError: " in capsys.readouterr().out


def test_a_value_that_the_service_refuses_is_not_yet_with_its_sentence(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service says best what would do."""
    made_exercise.slots(tmp_path)

    assert check("01", FLASK_WORKERS="many") == 3
    assert (
        "NOT YET: the server flask-svc did not start: FLASK_WORKERS='many': "
        "expected a whole number from 1 to 1000." in capsys.readouterr().out
    )


def test_a_server_that_never_answers_is_not_waited_for_long(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """Nobody was answered, and that is what is said: numbers would only be our patience."""
    short = exercise_commands.measuring.TimeLimits(
        first_answer_s=30, warm_up_s=0.5, request_s=1.0, whole_s=30
    )
    monkeypatch.setattr(exercise_commands.measuring, "PATIENCE", short)
    change(made_exercise.calls(tmp_path), "await asyncio.sleep(1000)")

    assert check("02") == 3
    told = capsys.readouterr().out
    assert "4 of 4 requests to fastapi-svc were not answered (no answer in 1 s)" in told
    assert "required" not in told


MARK = "\nimport pathlib, os\npathlib.Path(os.environ['DATA_DIR'], f'{os.getpid()}').touch()\n"
"""Every process that imports the package leaves its number."""
EVERYWHERE = {
    "gunicorn's workers": ("flask-svc", "flask_svc", {"FLASK_WORKERS": "3"}),
    "gunicorn's greenlets": (
        "flask-svc",
        "flask_svc",
        {"FLASK_WORKERS": "2", "FLASK_WORKER_CLASS": "gevent"},
    ),
    "flask behind uvicorn": (
        "flask-svc",
        "flask_svc",
        {"FLASK_WORKERS": "2", "FLASK_WORKER_CLASS": "asgi", "FLASK_CONNECTIONS": "0"},
    ),
    "uvicorn's spawned workers": ("fastapi-svc", "fastapi_svc", {"FASTAPI_WORKERS": "3"}),
    "workers with listeners of their own": (
        "fastapi-svc",
        "fastapi_svc",
        {"FASTAPI_WORKERS": "2", "LISTENERS": "own"},
    ),
}


@pytest.mark.linux
@pytest.mark.parametrize("kind", EVERYWHERE)
def test_every_worker_runs_the_sandbox_and_none_the_installed_package(
    tmp_path: Path, kind: str
) -> None:
    """Each process that answers has imported the copy; the one installed has no such mark."""
    target, package, settings = EVERYWHERE[kind]
    copied(package, tmp_path / "mine")
    app = tmp_path / "mine" / package / "app.py"
    app.write_text(app.read_text() + MARK)
    shape = Shape(name="own", target=target, settings=settings, package=tmp_path / "mine")

    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": 100})
        testbed.start_fresh([shape])
        url = testbed.url("own") + "/io"
        told = testbed.drive({"do": "burst", "url": url, "requests": 24, "timeout_s": 30}, 60)
        [root] = [each.pid for each in testbed.processes("own") if each.parent == 0]
        data = Path(f"/proc/{root}/cwd").resolve()
        marked = {int(each.name) for each in data.iterdir() if each.name.isdigit()}

    assert set(told["rows"]["error"]) == {""}
    assert set(told["rows"]["worker_pid"]) <= marked
    assert not list((tmp_path / "mine").rglob("__pycache__"))


@pytest.mark.linux
def test_a_sandbox_that_was_changed_runs_changed_in_the_next_series(tmp_path: Path) -> None:
    """No server is kept, so the next one imports what stands there then."""
    copied("fastapi_svc", tmp_path)
    app = tmp_path / "fastapi_svc/app.py"
    shape = Shape(name="own", target="fastapi-solo", package=tmp_path)

    def marks(testbed: Testbed) -> set[str]:
        [root] = [each.pid for each in testbed.processes("own") if each.parent == 0]
        data = Path(f"/proc/{root}/cwd").resolve()
        return {each.name for each in data.iterdir() if each.name.isdigit()}

    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({})
        testbed.start_fresh([shape])
        assert not marks(testbed)
        app.write_text(app.read_text() + MARK)
        testbed.start_fresh([shape])
        assert marks(testbed)


def test_a_shape_whose_package_is_not_there_is_refused(tmp_path: Path) -> None:
    """Rather than that the installed one runs in its place, and nobody notices."""
    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({})
        with pytest.raises(TestbedError, match="there is no flask_svc in"):
            testbed.start_fresh([Shape(name="own", target="flask-svc", package=tmp_path)])


def test_make_sees_the_answer_as_an_exit_code(tmp_path: Path) -> None:
    """`lab check` of an exercise that is not there ends with 2 and one line."""
    done = subprocess.run(
        [sys.executable, "-m", "workshop", "check", "77"],
        cwd=ROOT,
        env=os.environ | {"RUNTIME": "local"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert 'lab: N="77": no exercise of that name: expected one of ' in done.stderr


def copied(package: str, into: Path) -> None:
    """A copy of a service's package."""
    source = ROOT / package.replace("_", "-") / package
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            place = into / package / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def test_a_check_has_an_end_whatever_a_server_does(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """Between two loads it is over; what that means is said."""
    short = exercise_commands.measuring.TimeLimits(first_answer_s=30, whole_s=0.01)
    monkeypatch.setattr(exercise_commands.measuring, "PATIENCE", short)
    made_exercise.slots(tmp_path)

    assert check("01", FLASK_WORKERS="4") == 3
    assert (
        "NOT YET: no time was left after 0.01 s, because a server hangs." in capsys.readouterr().out
    )


def test_code_that_is_not_there_is_begun_with_a_command(
    tmp_path: Path, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is started for that."""
    made_exercise.calls(tmp_path)

    assert check("02") == 3
    assert capsys.readouterr().out.splitlines()[-1] == (
        "NOT YET: there is nothing of yours yet: `make exercise N=02` begins."
    )
    assert not (tmp_path / "results").exists()
