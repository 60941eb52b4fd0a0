"""Syntax colours for console blocks: only `$ ` begins a command.

Pygments' own lexer also treats `#`, `%` and others as prompts, and output may begin with them.
"""

import re

from pygments.lexers.shell import BashSessionLexer
from sphinx.application import Sphinx


class ConsoleLexer(BashSessionLexer):
    """Bash after `$ `, plain output everywhere else."""

    _ps1rgx = re.compile(r"^(\$ )(.*\n?)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the lexer for `console`."""
    app.add_lexer("console", ConsoleLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
