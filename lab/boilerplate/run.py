"""The count as a command: count, show, and write what is asked for."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab.boilerplate import document, markdown, screen
from lab.boilerplate.completeness import count_all
from lab.boilerplate.counting import CountError
from lab.boilerplate.rows import LEGEND
from lab.boilerplate.table import TABLE
from lab.demo import file
from lab.environment import ROOT


def run(
    *,
    as_markdown: bool = False,
    write: bool = False,
    json_path: Path | None = None,
    console: Console | None = None,
) -> int:
    """Count and print; the exit code of the process.

    0: counted. 1: the services and the table do not fit, or a file cannot be
    written. `as_markdown` prints the tables as the READMEs have them, `write`
    puts them there, and `json_path` gets the numbers in the shape that
    `document.py` describes.
    """
    part = None
    console = console or Console()
    try:
        if json_path is not None:
            part = file.reserve(json_path)
        counted = count_all(TABLE, ROOT)
        if as_markdown:
            print(markdown.tables(counted), end="")
        else:
            for each in counted:
                screen.show(console, each)
            console.print(Text(" ".join(LEGEND), style="dim"))
        if write:
            _write(markdown.tables(counted))
        if json_path is not None and part is not None:
            file.save(
                json_path, part, document.content(counted, TABLE, counted_at=datetime.now(UTC))
            )
    except (CountError, file.FileUnwritableError) as error:
        print(f"count: {error}", file=sys.stderr)
        return 1
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return 0


def _write(tables: str) -> None:
    """All READMEs or, where one has no marks, none; says on stderr which changed."""
    old = {name: (ROOT / name).read_text(encoding="utf-8") for name in markdown.READMES}
    new = {name: markdown.placed(text, tables, name=name) for name, text in old.items()}
    for name, text in new.items():
        if text != old[name]:
            (ROOT / name).write_text(text, encoding="utf-8")
        print(f"{name}: {'as before' if text == old[name] else 'written'}", file=sys.stderr)
