"""What becomes of a page's comments and links before Sphinx reads it."""

from pathlib import Path

import pytest

from lab.runtime import RuntimeProblem
from workshop.handouts import sources
from workshop.handouts.links import settled
from workshop.handouts.markdown import pieces


def test_pieces_are_the_page() -> None:
    """Prose and fences in turn, the last one open or not."""
    page = "a\n```console\n$ x\n```\nb\n~~~~ python\n```\n~~~\n~~~~\n   ```\nc"

    found = list(pieces(page))

    assert "".join(each.text for each in found) == page
    assert [each.info for each in found] == [None, "console", None, "python", None, ""]
    assert [each.is_console for each in found].count(True) == 1


def test_comments_go_and_code_stays() -> None:
    """One ends a table as an empty line does, so its line stays, empty."""
    page = (
        "<!-- measured: table -->\n| a |\n|---|\n<!-- end measured -->\nafter\n"
        "<!-- walk: not run, because\nof this -->\n```html\n<!-- code -->\n```\nan <!-- x --> end\n"
    )

    assert sources.without_comments(page) == (
        "\n| a |\n|---|\n\nafter\n\n```html\n<!-- code -->\n```\nan  end\n"
    )


def test_a_link_out_of_the_pages_becomes_a_name(tmp_path: Path) -> None:
    """Of a file that an attendee has as well; other links stay."""
    handouts = repository(tmp_path)

    page = settled(
        "[the claims](../docs/claims.md#c1), "
        "[`handouts/exercises/01/load.toml`](exercises/01/load.toml), "
        "[p](02-b.md#x) [q](#here) [r](http://localhost:8089) [s](pictures/a.svg)\n"
        "```python\n[a](../nowhere)\n```\n",
        "01-a.md",
        handouts,
        tmp_path / "built",
    )

    assert page == (
        "the claims (`docs/claims.md`), `handouts/exercises/01/load.toml`, "
        "[p](02-b.md#x) [q](#here) [r](http://localhost:8089) [s](pictures/a.svg)\n"
        "```python\n[a](../nowhere)\n```\n"
    )


def test_a_picture_from_elsewhere_is_taken_along(tmp_path: Path) -> None:
    """Into the folder of the pictures."""
    handouts, built = repository(tmp_path), tmp_path / "built"
    built.mkdir()

    page = settled("![The page](../docs/page.png)\n", "01-a.md", handouts, built)

    assert page == "![The page](pictures/docs-page.png)\n"
    assert (built / "pictures" / "docs-page.png").read_bytes() == b"png"


@pytest.mark.parametrize("target", ["../docs/no.md", "exercises/02/load.toml", "../../outside.md"])
def test_a_link_to_no_file_is_a_problem(tmp_path: Path, target: str) -> None:
    """Named with its page, also where the file lies outside of the repository."""
    handouts = repository(tmp_path)
    (tmp_path / "outside.md").touch()

    with pytest.raises(RuntimeProblem, match=r"handouts/01-a\.md.*leads nowhere") as caught:
        settled(f"[a]({target})", "01-a.md", handouts, tmp_path / "built")

    assert target in str(caught.value)


def repository(folder: Path) -> Path:
    """Handouts with an exercise, and two documents beside them."""
    handouts = folder / "lab" / "handouts"
    (handouts / "exercises" / "01").mkdir(parents=True)
    (handouts / "exercises" / "01" / "load.toml").touch()
    docs = folder / "lab" / "docs"
    docs.mkdir()
    (docs / "claims.md").touch()
    (docs / "page.png").write_bytes(b"png")
    return handouts
