"""Marks charts and photographs, which have small letters and need the full page width.

On the site each is as wide as its page and links to itself, so that it can be opened alone.
"""

from docutils import nodes
from sphinx.application import Sphinx

DETAILED = "detailed"
SITE = "html"


def mark(app: Sphinx, tree: nodes.document) -> None:
    """Add a class for the style sheets to each chart and photograph."""
    for image in tree.findall(nodes.image):
        if image["uri"].startswith("charts/") or image["uri"].endswith(".png"):
            image["classes"].append(DETAILED)
            if app.builder.name == SITE:
                image["width"] = "100%"  # Sphinx links an image with a width to itself


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the step after each page is read."""
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
