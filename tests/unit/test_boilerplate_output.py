"""The count in words and in numbers: a table to look at, a table for documents, a file."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bench.boilerplate import document, markdown, run, screen
from bench.boilerplate.comparison import (
    Comparison,
    CountedFile,
    Implementation,
    Names,
    Purpose,
    Table,
)
from bench.boilerplate.completeness import count_all
from bench.boilerplate.counting import CountError
from bench.boilerplate.rows import rows

FILES = {
    "short/users.py": "def read():\n    return 1\n\n\ndef document():\n    return {}\n",
    "long/users.py": "# by hand\ndef read():\n    x = 1\n    return x\n\n\nclass Rule: ...\n",
}


def implementation(name: str, documented: str, purposes: dict[Purpose, Names]) -> Implementation:
    """One that is all of one file."""
    file = CountedFile(f"{name.lower()}/users.py", purposes)
    return Implementation(name, ("/users", "/users/1"), documented, (file,))


SHORT = implementation(
    "Short", "yes", {Purpose.ROUTES: ("read",), Purpose.DOCUMENTATION: ("document",)}
)
LONG = implementation("Long", "no", {Purpose.ROUTES: ("read",), Purpose.VALIDATION: ("Rule",)})
TABLE = Table((Comparison("sample", "A sample", (SHORT, LONG)),), {"other.py": {"why": ("a", "b")}})
ROWS = [
    ("where", "/users, /users/1", "/users, /users/1"),
    ("routes", "2 / 2", "3 / 3"),
    ("validation", "-", "1 / 2"),
    ("together", "2 / 2", "4 / 5"),
    ("Short saves", "", "50 % / 60 %"),
    ("documented", "yes", "no"),
    ("code for that", "2 / 2", "-"),
    ("together with it", "4 / 4", "4 / 5"),
    ("Short saves", "", "0 % / 20 %"),
    ("apart: import lines", "0", "0"),
    ("apart: docstring lines", "0", "0"),
    ("apart: comment lines", "0", "1"),
    ("apart: blank lines", "2", "2"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The two samples on disk."""
    for path, source in FILES.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(source)
    return tmp_path


def test_the_rows_are_purposes_sums_and_what_is_apart(root: Path) -> None:
    """Purposes without code have no row; the documentation is added apart."""
    (counted,) = count_all(TABLE, root)

    assert [(row.label, *row.cells) for row in rows(counted.counts)] == ROWS


def test_a_terminal_of_80_columns_shows_every_row(root: Path) -> None:
    """Each cell as it is, none cut."""
    (counted,) = count_all(TABLE, root)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    screen.show(console, counted)

    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "A sample"
    shown = [" ".join(line.split()) for line in lines]
    assert [row for row in ROWS if " ".join(filter(None, row)) not in shown] == []


def test_a_document_gets_the_same_rows_as_markdown(root: Path) -> None:
    """Sums in bold, and a line for each row."""
    table = markdown.table(count_all(TABLE, root)[0].counts).splitlines()

    assert table[:2] == ["|  | Short | Long |", "| --- | ---: | ---: |"]
    assert len(table) == len(ROWS) + 2
    assert "| **together** | **2 / 2** | **4 / 5** |" in table
    assert "| Short saves |  | 50 % / 60 % |" in table


def test_only_what_is_between_the_marks_is_replaced() -> None:
    """And replacing it again changes nothing."""
    old = f"before\n{markdown.BEGIN}\nold\n{markdown.END}\nafter\n"
    new = markdown.placed(old, "new\n", name="README.md")

    assert new == f"before\n{markdown.BEGIN}\n\nnew\n\n{markdown.END}\nafter\n"
    assert markdown.placed(new, "new\n", name="README.md") == new


@pytest.mark.parametrize("text", ["", f"{markdown.BEGIN}\n", f"{markdown.END}\n{markdown.BEGIN}\n"])
def test_a_document_without_marks_is_left_alone(text: str) -> None:
    """With a sentence that names it and the marks."""
    with pytest.raises(CountError, match=r"^README\.md: expected a line <!-- count -->"):
        markdown.placed(text, "new\n", name="README.md")


def test_the_file_has_the_numbers_and_what_they_were_counted_in(root: Path) -> None:
    """It is plain JSON, and its parts add up."""
    content = document.content(
        count_all(TABLE, root), TABLE, counted_at=datetime(2026, 11, 20, tzinfo=UTC)
    )
    content = json.loads(json.dumps(content))

    assert content["schema"] == 1
    assert content["counted_at"] == "2026-11-20T00:00:00+00:00"
    assert content["claim"]["less_percent"] == [30, 50]
    assert content["not_counted"] == {"other.py": {"a": "why", "b": "why"}}
    (comparison,) = content["comparisons"]
    assert comparison["less_percent"] == {
        "Long": {
            "total": {"code_lines": 50.0, "statements": 60.0},
            "documented_total": {"code_lines": 0.0, "statements": 20.0},
        }
    }
    short, long = comparison["implementations"]
    assert short["purposes"]["documentation"] == {"code_lines": 2, "statements": 2}
    assert short["documented"] == "yes"
    assert short["routes"] == ["/users", "/users/1"]
    assert long["total"] == long["documented_total"] == {"code_lines": 4, "statements": 5}
    (file,) = long["files"]
    assert file["whole"] is True
    assert file["lines"] == {"code": 4, "import": 0, "docstring": 0, "comment": 1, "blank": 2}
    assert file["apart"] == long["apart"]
    assert [each["name"] for each in file["definitions"]] == ["read", "Rule"]
    assert sum(each["code_lines"] for each in file["definitions"]) == file["lines"]["code"]


@pytest.fixture
def in_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command, counting the samples, with two READMEs of theirs."""
    for name in markdown.READMES:
        (root / name).parent.mkdir()
        (root / name).write_text(f"# A\n{markdown.BEGIN}\n{markdown.END}\n")
    monkeypatch.setattr(run, "ROOT", root)
    monkeypatch.setattr(run, "TABLE", TABLE)
    return root


def quiet() -> Console:
    return Console(file=io.StringIO())


def test_counting_alone_writes_nothing(in_root: Path) -> None:
    """Neither READMEs nor a file."""
    before = {path: path.read_text() for path in in_root.rglob("*") if path.is_file()}

    assert run.run(console=quiet()) == 0
    assert {path: path.read_text() for path in in_root.rglob("*") if path.is_file()} == before


def test_writing_puts_the_same_tables_into_both_readmes(
    in_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `--markdown` prints them, and the file beside."""
    assert run.run(write=True, as_markdown=True, json_path=in_root / "count.json") == 0

    printed, said = capsys.readouterr()
    for name in markdown.READMES:
        assert (in_root / name).read_text() == (
            f"# A\n{markdown.BEGIN}\n\n{printed}\n{markdown.END}\n"
        )
        assert f"{name}: written\n" in said
    assert json.loads((in_root / "count.json").read_text())["schema"] == 1

    assert run.run(write=True, console=quiet()) == 0
    assert "as before" in capsys.readouterr().err


def test_a_misfit_ends_it_with_one_sentence_and_changes_nothing(
    in_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One README without marks is enough, and no half-written file stays."""
    good, bad = (in_root / name for name in markdown.READMES)
    bad.write_text("# No marks\n")
    before = good.read_text()

    assert run.run(write=True, json_path=in_root / "count.json", console=quiet()) == 1
    assert capsys.readouterr().err.startswith(f"count: {markdown.READMES[1]}: expected a line")
    assert good.read_text() == before
    assert list(in_root.glob("count.json*")) == []
