"""A rehearsal from its first page to its last word."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lab import environment
from lab.environment import ROOT
from lab.runtime import RuntimeProblem
from workshop.rehearsal import rehearse_command

SETTINGS: Mapping[str, str] = environment.read(ROOT / ".env")


@pytest.fixture
def handouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the pages are, empty."""
    monkeypatch.setattr(rehearse_command, "HANDOUTS", tmp_path)
    return tmp_path


def page(folder: Path, name: str, *lines: str) -> None:
    """Write a page with one fence."""
    (folder / name).write_text("\n".join(["```console", *lines, "```", ""]))


def test_pages_that_say_what_comes_are_as_they_say(
    handouts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of their names; a page without a number only where it is asked for."""
    page(handouts, "02-b.md", "$ echo two", "two")
    page(handouts, "01-a.md", "$ echo one", "one")
    page(handouts, "instructor.md", "$ false")

    assert rehearse_command.rehearse([], environ=SETTINGS) == 0
    told = capsys.readouterr().out
    assert told.index("01-a") < told.index("02-b")
    assert "instructor" not in told
    assert told.endswith("Every page was as it says.\n")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["$ echo three", "two"], "the page says 'two'; printed was 'three'"),
        (["$ echo two; exit 4", "two"], "ended with 4"),
        (["$ echo two >&2; exit 4", "three"], "ended with 4; the page says 'three'; printed was"),
        (["$ make --no-such-option"], "ended with 2"),
    ],
)
def test_what_differs_is_told_and_the_next_step_follows(
    lines: list[str], why: str, handouts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With page and line, and exit code 1."""
    page(handouts, "01-a.md", *lines, "$ echo end")

    assert rehearse_command.rehearse(["01"], environ=SETTINGS) == 1
    told = capsys.readouterr().out
    assert f"\n01-a.md:2: {why}" in told
    assert "  $ echo end\n" in told


@pytest.mark.parametrize(
    ("verdicts", "code", "runs"),
    [(["inconclusive", "holds"], 0, 2), (["inconclusive"] * 3, 1, 2), (["fails", "holds"], 1, 1)],
)
def test_a_measurement_that_was_disturbed_is_repeated_once(
    verdicts: list[str], code: int, runs: int, handouts: Path
) -> None:
    """And no other: what came out otherwise is a difference."""
    (handouts / "verdicts").write_text("".join(f"cell {each}\n" for each in verdicts))
    log = handouts / "runs"
    command = f"echo >> {log}; sed -n $(wc -l < {log})p {handouts / 'verdicts'}"
    page(handouts, "01-a.md", f"$ {command}", "cell holds")

    assert rehearse_command.rehearse(["01"], environ=SETTINGS) == code
    assert len(log.read_text().splitlines()) == runs


def test_a_make_of_a_page_does_not_know_of_the_one_around_it(
    handouts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would say which folder it enters."""
    monkeypatch.setenv("MAKELEVEL", "1")
    monkeypatch.setenv("MAKEFLAGS", "w")
    page(handouts, "01-a.md", '$ echo "[$MAKELEVEL$MAKEFLAGS]"', "[]")

    assert rehearse_command.rehearse([], environ=SETTINGS) == 0


def test_a_page_that_is_not_there_is_a_sentence(handouts: Path) -> None:
    """With those that are."""
    page(handouts, "01-a.md", "$ true")

    with pytest.raises(RuntimeProblem, match=r"PAGE='07': expected some of 01-a"):
        rehearse_command.rehearse(["07"], environ=SETTINGS)


def test_a_page_that_cannot_be_followed_is_a_sentence(handouts: Path) -> None:
    """With page and line."""
    page(handouts, "01-a.md", "true")

    with pytest.raises(RuntimeProblem, match=r'01-a\.md: line 2: expected a command behind "\$ "'):
        rehearse_command.rehearse([], environ=SETTINGS)
