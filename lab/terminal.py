"""Width of printed text: 80 columns, the default width of a terminal."""

import shutil
import textwrap

COLUMNS = 80


def columns(*, default: int = COLUMNS) -> int:
    """Return the width of the terminal, or `default` where the output goes elsewhere."""
    return shutil.get_terminal_size((default, 24)).columns


def wrapped(text: str, columns: int = COLUMNS, *, indent: str = "") -> list[str]:
    """Wrap text at `columns`; every line after the first begins with `indent`.

    Words are never broken, also not at a hyphen, so paths and options stay whole.

    >>> wrapped("How long does it take?", 12, indent="  ")
    ['How long', '  does it', '  take?']
    """
    lines = textwrap.wrap(
        text,
        columns,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    # textwrap returns no line for an empty text; callers expect one.
    return lines or [""]
