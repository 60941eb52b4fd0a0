"""The settings' files, and who wins over whom."""

from pathlib import Path

import pytest

from lab import environment


def test_the_shell_wins_over_the_own_file_and_that_over_the_common_one(tmp_path: Path) -> None:
    """.env, over it .env.local, over both the shell; each counts where the next is silent."""
    (tmp_path / ".env").write_text("A=common\nB=common\nC=common\n")
    (tmp_path / ".env.local").write_text("B=own\nC=own\n")

    settings = environment.load({"C": "shell", "D": "shell"}, root=tmp_path)

    assert settings == {"A": "common", "B": "own", "C": "shell", "D": "shell"}


def test_without_files_the_environment_is_all_there_is(tmp_path: Path) -> None:
    """As in the lab's container."""
    assert environment.load({"A": "1"}, root=tmp_path) == {"A": "1"}


def test_a_setting_set_to_nothing_in_the_shell_is_set(tmp_path: Path) -> None:
    """An empty value wins too: whoever empties a setting means it."""
    (tmp_path / ".env").write_text("A=1\n")

    assert environment.load({"A": ""}, root=tmp_path) == {"A": ""}


def test_comments_and_blank_lines_are_skipped_and_values_taken_literally(tmp_path: Path) -> None:
    """Everything after the first equals sign is the value, as it stands."""
    file = tmp_path / ".env"
    file.write_text("# A=0\n\n  \n  B=2\nURL=http://x/?a=b#c\nEMPTY=\nQUOTED='x'\nREF=${B}\n")

    assert environment.read(file) == {
        "B": "2",
        "URL": "http://x/?a=b#c",
        "EMPTY": "",
        "QUOTED": "'x'",
        "REF": "${B}",
    }


@pytest.mark.parametrize("line", ["FLASK_WORKERS", "export A=1", "A B=1", "=1", "1A=1", "A-B=1"])
def test_a_bad_line_is_refused_with_file_number_and_text(tmp_path: Path, line: str) -> None:
    """So that the line can be found without opening this module."""
    file = tmp_path / ".env.local"
    file.write_text(f"# mine\nA=1\n{line}\n")

    with pytest.raises(environment.EnvironmentFileError) as refusal:
        environment.read(file)

    assert str(refusal.value) == f".env.local:3: {line!r}: expected NAME=value"


def test_the_committed_file_reads_and_every_setting_in_it_has_a_value() -> None:
    """Nobody could see an empty one; but a password that everybody can read would be none."""
    settings = environment.read(environment.ROOT / ".env")

    assert settings
    assert [name for name, value in settings.items() if not value] == ["LAB_PASSWORD"]
