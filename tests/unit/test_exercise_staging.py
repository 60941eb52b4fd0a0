"""Beginning an exercise: what is put into place, what is told, and what is left alone."""

from pathlib import Path

import made_exercise
import pytest

from lab import environment
from lab.environment import ROOT
from lab.runtime import RuntimeProblem
from workshop.exercises import exercise_catalogue, exercise_commands, sandbox, staging
from workshop.exercises.exercise_commands import explain, solve

APP = "mine/fastapi_svc/app.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where .env.local goes; .env stands there, and both exercises."""
    (tmp_path / ".env").write_text("FLASK_WORKERS=4\nFLASK_THREADS=1\nLAB_BIND=0.0.0.0\n")
    made_exercise.slots(tmp_path)
    made_exercise.calls(tmp_path)
    return tmp_path


def begin(root: Path, name: str, *, again: bool = False, **shell: str) -> None:
    assert explain(name, environ={}, again=again, folder=root, root=root, shell=shell) == 0


def of_mine(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder / "mine"))
        for path in (folder / "mine").rglob("*")
        if path.is_file()
    }


def test_settings_are_put_into_env_local_and_shown(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Number, title, minutes, the task, what to change with its value now, and how to check."""
    (root / ".env.local").write_text("LAB_BIND=127.0.0.1\n")

    begin(root, "1")
    assert environment.load({}, root) == {
        "FLASK_WORKERS": "1",
        "FLASK_THREADS": "1",
        "LAB_BIND": "127.0.0.1",
    }
    assert capsys.readouterr().out == (
        "01 · One wave   (5 minutes)\n\n"
        "Four people ask at once, and flask-svc has one worker.\n"
        "Answer all of them in one wave.\n\n"
        "Change these values in .env.local:\n"
        "    FLASK_WORKERS=1\n\n"
        "Then: make check N=01\n"
    )


def test_a_setting_that_the_shell_decides_is_told(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or somebody changes the file, and nothing happens."""
    begin(root, "01", FLASK_WORKERS="6", FLASK_THREADS="2")

    told = capsys.readouterr().out
    assert "    FLASK_WORKERS=6\n" in told
    assert (
        "Your shell sets FLASK_WORKERS=6, which wins over .env.local: `unset FLASK_WORKERS` first."
        in told
    )
    assert "FLASK_THREADS" not in told


def test_what_was_changed_stays_until_it_is_to_begin_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked once more the task is told, with the values as they are now."""
    begin(root, "01")
    path = root / ".env.local"
    path.write_text(path.read_text().replace("FLASK_WORKERS=1", "FLASK_WORKERS=3"))
    capsys.readouterr()

    begin(root, "01")
    told = capsys.readouterr().out
    assert "    FLASK_WORKERS=3\n" in told
    assert "From the start again: make exercise N=01 AGAIN=1" in told
    assert environment.read(path) == {"FLASK_WORKERS": "3"}
    begin(root, "01", again=True)
    assert environment.read(path) == {"FLASK_WORKERS": "1"}
    assert "AGAIN" not in capsys.readouterr().out


def test_code_is_a_copy_of_the_service_with_the_starts_files(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole, so that it runs; without what Python has compiled; of the one service it is about."""
    begin(root, "02")

    source = ROOT / "fastapi-svc/fastapi_svc"
    names = {f"fastapi_svc/{path.name}" for path in source.glob("*.py")}
    assert of_mine(root / "02-calls") == names
    assert (root / "02-calls" / APP).read_text() == made_exercise.app(made_exercise.BLOCKS)
    settings = (root / "02-calls/mine/fastapi_svc/settings.py").read_text()
    assert settings == (source / "settings.py").read_text()
    told = capsys.readouterr().out
    assert f"Change this file:\n    {root / '02-calls' / APP}\n" in told


def test_code_that_was_changed_stays_until_it_is_to_begin_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where a file was added or taken away; what Python itself leaves is no change."""
    begin(root, "02")
    exercise = exercise_catalogue.find("02", root)
    cache = exercise.mine / "fastapi_svc/__pycache__"
    cache.mkdir()
    (cache / "app.cpython-311.pyc").write_bytes(b"compiled")
    assert not sandbox.is_changed(exercise)
    for change in (
        lambda: (root / "02-calls" / APP).write_text("# mine\n"),
        lambda: (exercise.mine / "fastapi_svc/added.py").write_text("# mine\n"),
        lambda: (exercise.mine / "fastapi_svc/cpu.py").unlink(),
    ):
        change()
        assert sandbox.is_changed(exercise)
        before = {name: (exercise.mine / name).read_bytes() for name in of_mine(exercise.folder)}
        capsys.readouterr()
        begin(root, "02")
        assert "AGAIN=1" in capsys.readouterr().out
        now = {name: (exercise.mine / name).read_bytes() for name in of_mine(exercise.folder)}
        assert now == before
        begin(root, "02", again=True)
        assert not sandbox.is_changed(exercise)


def test_another_exercise_takes_the_settings_of_the_one_before_along(root: Path) -> None:
    """Also one that has no settings, and also where somebody's code is kept."""
    begin(root, "01")
    begin(root, "02")
    assert not (root / ".env.local").exists()
    (root / "02-calls" / APP).write_text("# mine\n")
    begin(root, "01")
    begin(root, "02")
    assert not (root / ".env.local").exists()
    assert (root / "02-calls" / APP).read_text() == "# mine\n"


def test_off_leaves_no_setting_and_keeps_the_code(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so also where there was none."""
    begin(root, "02")
    begin(root, "01")
    begin(root, "off")
    assert not (root / ".env.local").exists()
    assert (root / "02-calls" / APP).exists()
    begin(root, "off")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "The exercise's settings are out of .env.local.",
        "No exercise has settings in .env.local.",
    ]


def test_without_a_name_all_are_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their minutes; `check` has the same list."""
    begin(root, "")
    told = capsys.readouterr().out
    assert told.splitlines()[:2] == [
        "01   One wave    5 minutes  settings",
        "02   Two calls   5 minutes  fastapi_svc/app.py",
    ]
    assert exercise_commands.check("", runtime="local", environ={}, folder=root) == 0
    assert capsys.readouterr().out == told


def test_solutions_are_put_into_place_the_same_way(root: Path) -> None:
    """For the walk through the pages, and for whoever gives up."""
    solve("02", folder=root, root=root)
    assert (root / "02-calls" / APP).read_text() == made_exercise.app(made_exercise.AWAITS)
    assert (root / "02-calls/mine/fastapi_svc/settings.py").exists()
    solve("01", folder=root, root=root)
    assert environment.read(root / ".env.local") == {"FLASK_WORKERS": "4"}
    with pytest.raises(RuntimeProblem, match="01-slots: it has no cheats/x"):
        solve("01", variant="cheats/x", folder=root, root=root)


def test_a_variant_brings_its_files_and_not_what_is_told_of_it(root: Path) -> None:
    """What it does not have is as in the start; the reason of a cheat stays where it is."""
    cheat = root / "02-calls/cheats/none"
    made_exercise.written(cheat, {"reason.txt": "no\n", "fastapi_svc/extra.py": "x = 1\n"})

    solve("02", variant="cheats/none", folder=root, root=root)
    assert "reason.txt" not in of_mine(root / "02-calls")
    assert "fastapi_svc/extra.py" in of_mine(root / "02-calls")
    assert (root / "02-calls" / APP).read_text() == made_exercise.app(made_exercise.BLOCKS)


def test_the_files_can_be_read_by_a_container(root: Path) -> None:
    """Which runs as somebody else, whatever the umask here."""
    begin(root, "02")

    for path in (root / "02-calls/mine").rglob("*.py"):
        assert path.stat().st_mode & 0o444 == 0o444


def test_a_folder_that_cannot_be_written_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the file that it is about."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "mine/app.py")

    monkeypatch.setattr(sandbox, "put", full)
    with pytest.raises(RuntimeProblem, match=r"mine/app\.py: No space left on device"):
        begin(root, "02")


def test_an_exercise_that_is_forgotten_leaves_nothing(root: Path) -> None:
    """Neither settings nor a copy of a service; what else stands in .env.local stays."""
    (root / ".env.local").write_text("LAB_BIND=127.0.0.1\n")
    for name in ("01", "02"):
        solve(name, folder=root, root=root)
        exercise = exercise_catalogue.find(name, root)
        assert exercise.mine.is_dir() or "exercise 01" in (root / ".env.local").read_text()

        staging.forget(exercise, root)

        assert not exercise.mine.exists()
        assert (root / ".env.local").read_text() == "LAB_BIND=127.0.0.1\n"
        staging.forget(exercise, root)  # nothing to forget is well, too
