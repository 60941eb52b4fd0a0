"""The count as a command: count, print, and write the requested files."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.boilerplate import document, markdown, screen
from bench.boilerplate.completeness import count_all
from bench.boilerplate.counting import CountError
from bench.boilerplate.rows import LEGEND
from bench.boilerplate.table import TABLE
from lab.demo import demo_file
from lab.environment import ROOT


def run(
    *,
    as_markdown: bool = False,
    write: bool = False,
    json_path: Path | None = None,
    console: Console | None = None,
) -> int:
    """Count and print; return the exit code of the process.

    0: counted. 1: services and table do not match, or a file cannot be written. `as_markdown`
    prints the tables as the READMEs have them, `write` inserts them there, and `json_path` gets the
    numbers in the shape that `document.py` describes.
    """
    part = None
    console = console or Console()
    try:
        if json_path is not None:
            # Before the count, so that an unwritable path is reported at once.
            part = demo_file.reserve(json_path)
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
            demo_file.save(
                json_path, part, document.content(counted, TABLE, counted_at=datetime.now(UTC))
            )
    except (CountError, demo_file.FileUnwritableError) as error:
        print(f"count: {error}", file=sys.stderr)
        return 1
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return 0


def _write(tables: str) -> None:
    """Update all READMEs, or none if one lacks its markers; print on stderr which changed."""
    old = {name: (ROOT / name).read_text(encoding="utf-8") for name in markdown.READMES}
    # All new texts first: a missing marker raises before any file is written.
    new = {name: markdown.placed(text, tables, name=name) for name, text in old.items()}
    for name, text in new.items():
        if text != old[name]:
            (ROOT / name).write_text(text, encoding="utf-8")
        print(f"{name}: {'as before' if text == old[name] else 'written'}", file=sys.stderr)
