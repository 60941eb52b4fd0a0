"""How wide what is printed may be: a terminal has 80 columns unless somebody made it wider."""

import textwrap

COLUMNS = 80


def wrapped(text: str, columns: int = COLUMNS, *, indent: str = "") -> list[str]:
    """The text in lines of at most so many columns, each but the first behind `indent`.

    A path, an option and a word with a hyphen stay whole.

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
    return lines or [""]
