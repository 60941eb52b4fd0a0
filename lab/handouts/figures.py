"""Tells charts and photographs from drawings: their letters are small, so they need the room.

On the site each is as wide as its page, and a link to itself, so that it can be looked at alone.
"""

from docutils import nodes
from sphinx.application import Sphinx

DETAILED = "detailed"
SITE = "html"


def mark(app: Sphinx, tree: nodes.document) -> None:
    """Give each picture of that kind a class for the style sheets."""
    for image in tree.findall(nodes.image):
        if image["uri"].startswith("charts/") or image["uri"].endswith(".png"):
            image["classes"].append(DETAILED)
            if app.builder.name == SITE:
                image["width"] = "100%"  # Sphinx links what has a width of its own to itself


def setup(app: Sphinx) -> dict[str, bool]:
    """Have it done as each page is read."""
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
