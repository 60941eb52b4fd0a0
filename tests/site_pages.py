"""The pages of a built site of handouts, and how a browser unfolds what is folded on one."""

from pathlib import Path

OPEN_ALL = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
"""JavaScript that opens every `<details>` of a page."""


def pages(site: Path) -> list[Path]:
    """Return all pages of the site except the search and the slides."""
    return sorted(each for each in site.glob("*.html") if each.name != "search.html")
