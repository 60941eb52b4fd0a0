"""Build options of the slides, and the reveal.js files that they need."""

import shutil
from pathlib import Path

# The site's extensions for copying and search have no use on a slide.
_EXTENSIONS = "myst_parser,sphinx_revealjs,workshop.handouts.predict,workshop.handouts.console"
OPTIONS = ("-D", "root_doc=slides", "-D", f"extensions={_EXTENSIONS}")
_UNUSED = ("css", "plugin/highlight", "plugin/markdown", "plugin/math", "plugin/search")
_UNUSED_FILES = ("*.map", "*.esm.js", "*.eot")


def finish(slides: Path) -> None:
    """Make the slides their folder's index and delete reveal.js files that they never load."""
    (slides / "slides.html").rename(slides / "index.html")
    reveal = slides / "_static" / "revealjs"
    for name in _UNUSED:
        shutil.rmtree(reveal / name)
    for pattern in _UNUSED_FILES:
        for file in reveal.rglob(pattern):
            file.unlink()
