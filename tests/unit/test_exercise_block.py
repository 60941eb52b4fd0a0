"""The block of .env.local: an exercise's own lines, and nobody else's."""

import os
from pathlib import Path

import pytest

from lab import environment
from lab.environment import EnvironmentFileError
from workshop.exercises import block

OTHERS = [
    "",
    "LAB_BIND=0.0.0.0\n",
    "# mine\n\nLAB_BIND=0.0.0.0",
    "# of Windows\r\nLAB_BIND=0.0.0.0\r\n",
    "# café\nFLASK_WORKERS=3\n",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A .env.local that may be there or not."""
    return tmp_path / ".env.local"


def write(path: Path, text: str) -> None:
    if text:
        path.write_bytes(text.encode())


@pytest.mark.parametrize("others", OTHERS)
def test_the_rest_of_the_file_stays_as_it_is(path: Path, others: str) -> None:
    """To the byte, whether a block comes, is replaced by another exercise's, or goes."""
    write(path, others)

    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert path.read_bytes().decode().startswith(others)
    assert environment.read(path)["FLASK_WORKERS"] == "4"
    assert block.of_exercise(path) == ("01-two-waves", {"FLASK_WORKERS": "4"})
    block.put(path, "05b-client-pool", {"CLIENT_CONNECTIONS": "100"})
    assert path.read_text().count("# -- exercise") == 1
    assert "01-two-waves" not in path.read_text()
    assert block.of_exercise(path) == ("05b-client-pool", {"CLIENT_CONNECTIONS": "100"})
    assert block.take_out(path)
    left = path.read_bytes().decode() if path.exists() else ""
    assert left.rstrip("\n") == others.rstrip("\n")
    assert not block.take_out(path)


def test_a_block_wins_over_what_stands_before_it(path: Path) -> None:
    """Else the exercise would begin with somebody's own value."""
    write(path, "FLASK_WORKERS=9\n")
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})

    assert environment.read(path) == {"FLASK_WORKERS": "4"}


def test_what_is_changed_or_added_inside_is_the_exercises(path: Path) -> None:
    """People write between the two lines, comments included, and it is found."""
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    text = path.read_text().replace("=4\n", "=8\n# that should do\nFLASK_THREADS=2\n\n")
    path.write_text(text + "LAB_BIND=0.0.0.0\n")

    assert block.of_exercise(path)[1] == {"FLASK_WORKERS": "8", "FLASK_THREADS": "2"}
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert environment.read(path) == {"LAB_BIND": "0.0.0.0", "FLASK_WORKERS": "4"}


def test_there_is_no_block_where_there_is_no_file(path: Path) -> None:
    """Nothing is made by looking."""
    assert block.of_exercise(path) == ("", {})
    assert not block.take_out(path)
    assert not path.exists()


@pytest.mark.parametrize("cut", ["# -- exercise 01", "# -- end of"])
def test_a_block_of_which_a_line_is_missing_is_left_alone(path: Path, cut: str) -> None:
    """Where it ends is a guess then, and a wrong guess deletes somebody's settings."""
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    text = "".join(
        line for line in path.read_text().splitlines(keepends=True) if not line.startswith(cut)
    )
    path.write_text(text + "LAB_BIND=0.0.0.0\n")
    before = path.read_bytes()

    for change in (lambda: block.put(path, "02-x", {}), lambda: block.take_out(path)):
        with pytest.raises(EnvironmentFileError, match=r"\.env\.local: the marker lines of"):
            change()
    assert path.read_bytes() == before


def test_a_line_that_is_no_setting_is_told_with_its_number(path: Path) -> None:
    """As any file of settings tells it."""
    write(path, "LAB_BIND=127.0.0.1\n")
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    path.write_text(path.read_text().replace("FLASK_WORKERS=4", "FLASK_WORKERS 8"))

    with pytest.raises(EnvironmentFileError, match=r"\.env\.local:3: expected NAME=value"):
        block.of_exercise(path)


def test_the_file_is_replaced_whole_and_keeps_its_permissions(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cannot finish leaves the old file, and nothing beside it."""
    write(path, "LAB_PASSWORD=secret\n")
    path.chmod(0o640)
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        block.put(path, "02-x", {"FLASK_THREADS": "4"})
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [".env.local"]


def test_a_new_file_is_private_from_its_first_byte(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password may be added later, and a full disk leaves nothing."""
    modes = []

    def full(descriptor: int) -> None:
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert list(path.parent.iterdir()) == []
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert [*modes, path.stat().st_mode & 0o777] == [0o600, 0o600]


def test_what_is_written_of_a_private_file_is_private_from_its_first_byte(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may not read the file may not read its successor either."""
    write(path, "LAB_PASSWORD=secret\n")
    path.chmod(0o600)
    modes = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: modes.append(os.fstat(descriptor).st_mode & 0o777)
    )

    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})

    assert modes == [0o600]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """Some keep their settings elsewhere."""
    target = tmp_path / "settings"
    target.write_text("LAB_BIND=127.0.0.1\n")
    path.symlink_to(target)

    block.put(path, "01-two-waves", {"FLASK_WORKERS": "4"})
    assert path.is_symlink()
    assert environment.read(target)["FLASK_WORKERS"] == "4"
