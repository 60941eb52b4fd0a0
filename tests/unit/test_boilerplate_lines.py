"""Every line of a source is of one kind."""

import pytest

from bench.boilerplate.lines import LineKind, kinds, tally
from lab.environment import ROOT

LETTERS = {
    LineKind.CODE: "C",
    LineKind.IMPORT: "I",
    LineKind.DOCSTRING: "D",
    LineKind.COMMENT: "#",
    LineKind.BLANK: ".",
}
FOLDERS = ("bench", "fastapi-svc", "flask-svc", "lab", "locust", "mock-upstream", "scripts")
SOURCES = sorted(
    path.relative_to(ROOT)
    for folder in (*FOLDERS, "tests")
    for path in (ROOT / folder).rglob("*.py")
)


def letters(source: str) -> str:
    """One letter for each line."""
    return "".join(LETTERS[kind] for kind in kinds(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("\n", "."),
        ("x = 1", "C"),
        ("x = 1\n\n\ny = 2\n", "C..C"),
        ("# why\nx = 1  # and how\n", "#C"),
        ('"""What."""\n\nx = 1\n', "D.C"),
        ('"""What.\n\nMore.\n"""\nx = 1\n', "DDDDC"),
        ('def f():\n    """What."""\n    return 1\n', "CDC"),
        ('async def f():\n    """What."""\n    return 1\n', "CDC"),
        ('class A:\n    """What.\n\n    # no comment\n    """\n', "CDDDD"),
        ('def f(): """What."""\n', "C"),
        ('x = """\n\n# no comment\n"""\n', "CCCC"),
        ('x = 1\n"""What x is."""\n', "CD"),
        ('x = (\n    "a"\n    "b"\n)\nf("c")\n', "CCCCC"),
        ('f"""{1}"""\n', "C"),
        ('x = f"""\n\n{1}\n# no comment\n"""\n', "CCCCC"),
        ("import os\nfrom sys import path\n", "II"),
        ("from a import (\n    b,  # why\n\n    # alone\n    c,\n)\n", "II.#II"),
        ("from a import b  # why\n", "I"),
        ("import a.b \\\n    as c\n", "II"),
        ("def f():\n    import os\n    return os\n", "CIC"),
        ("import os; x = 1\n", "C"),
        ("x = 1; import os\n", "C"),
        ("if True:\n    import os\nelse:\n    os = None\n", "CICC"),
        ("x = [\n    1,\n\n    # why\n]\n", "CC.#C"),
        ("@a\n@b(\n    c=1,\n)\ndef f():\n    pass\n", "CCCCCC"),
        ('"""東京、東京、東京"""; x = 1\n', "C"),
        ('"""Zürich, 東京."""  # with a comment\n', "D"),
    ],
)
def test_a_line_is_what_its_tokens_are(source: str, expected: str) -> None:
    """Code before import before docstring before comment, and blank if there is nothing."""
    assert letters(source) == expected


def test_a_tally_has_every_kind() -> None:
    """Also those of which there are none."""
    assert tally(kinds('"""What."""\nx = 1\ny = 2\n')) == {
        "code": 2,
        "import": 0,
        "docstring": 1,
        "comment": 0,
        "blank": 0,
    }


def test_what_is_no_python_is_not_counted() -> None:
    """Rather than counted wrongly."""
    with pytest.raises(SyntaxError):
        kinds("def f(:\n")


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_the_kinds_of_a_file_add_up_to_its_length(path: str) -> None:
    """On every Python file of this repository; and what looks blank or comment is."""
    source = (ROOT / path).read_text(encoding="utf-8")
    found = kinds(source)

    assert sum(tally(found).values()) == source.count("\n")
    lines = source.split("\n")
    assert all(lines[at].strip() == "" for at, kind in enumerate(found) if kind is LineKind.BLANK)
    assert all(
        lines[at].strip().startswith("#")
        for at, kind in enumerate(found)
        if kind is LineKind.COMMENT
    )
    assert not any(
        lines[at].strip() == "" for at, kind in enumerate(found) if kind is LineKind.IMPORT
    )
