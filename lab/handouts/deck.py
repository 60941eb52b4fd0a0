"""How the slides are built, and what of reveal.js lies beside them."""

import shutil
from pathlib import Path

# The site's extensions for copying and search have no place on a slide.
_EXTENSIONS = "myst_parser,sphinx_revealjs,lab.handouts.predict,lab.handouts.console"
OPTIONS = ("-D", "root_doc=slides", "-D", f"extensions={_EXTENSIONS}")
_UNUSED = ("css", "plugin/highlight", "plugin/markdown", "plugin/math", "plugin/search")
_UNUSED_FILES = ("*.map", "*.esm.js", "*.eot")


def finish(slides: Path) -> None:
    """Make the deck its folder's index, and remove the half of reveal.js that it never asks for."""
    (slides / "slides.html").rename(slides / "index.html")
    reveal = slides / "_static" / "revealjs"
    for name in _UNUSED:
        shutil.rmtree(reveal / name)
    for pattern in _UNUSED_FILES:
        for file in reveal.rglob(pattern):
            file.unlink()
