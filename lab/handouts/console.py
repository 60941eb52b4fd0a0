"""The colours of a console block: `$ ` begins a command, and nothing else does.

The library's own lexer takes `#`, `%` and more for a prompt, which output may begin with.
"""

import re

from pygments.lexers.shell import BashSessionLexer
from sphinx.application import Sphinx


class ConsoleLexer(BashSessionLexer):
    """Bash behind `$ `, output everywhere else."""

    _ps1rgx = re.compile(r"^(\$ )(.*\n?)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Make it the lexer for `console`."""
    app.add_lexer("console", ConsoleLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
