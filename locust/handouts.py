"""The built handouts under /handouts/ on Locust's page, for a room that reaches only this page.

`make handouts` writes them to handouts/site/. This process looks there at each request, so
that a new build shows at once; a container has the folder mounted.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

if TYPE_CHECKING:  # a module that imports Locust cannot be tested alone
    from locust.env import Environment

SITE = Path("handouts/site")
"""Relative to the folder where Locust starts: the repository, or the image's /app."""

INDEX = "index.html"
# Types that Python's own table, or the machine's, may lack or define differently.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/plain",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Handouts</title>
    <style>body {{ margin: 3em auto; padding: 0 1.2em; max-width: 36em; font: 18px/1.5
      Roboto, Helvetica, Arial, sans-serif; }}</style>
  </head>
  <body><h1>Handouts</h1><p>{sentence}</p></body>
</html>
"""
NOT_BUILT = "They are not built yet: <code>make handouts</code> builds them, then reload this page."
NO_PAGE = 'There is no such page in the handouts: <a href="{root}">go to their first page</a>.'


def register(environment: "Environment") -> None:
    """Add all routes under /handouts."""
    assert environment.web_ui is not None
    assert environment.web_ui.app is not None
    environment.web_ui.app.register_blueprint(blueprint(SITE.absolute()), url_prefix="/handouts")


def blueprint(site: Path) -> Blueprint:
    """Serve files of the folder `site` and of no other; 404 and a sentence for a missing file."""
    pages = Blueprint("handouts", __name__)

    @pages.get("/")
    @pages.get("/<path:name>")
    def page(name: str = "") -> AnyResponse:
        try:
            return _found(site, name) or _missing(site, name)
        except OSError:  # a name too long for a file, or a folder that may not be read
            return _missing(site, name)

    return pages


def _found(site: Path, name: str) -> AnyResponse | None:
    """The file of that name, or a folder's first page; None where `site` has none."""
    if "\0" in name:
        return None
    path = (site / name).resolve()
    if not path.is_relative_to(site.resolve()):
        return None
    if path.is_dir() and (path / INDEX).is_file():
        if name and not name.endswith("/"):  # otherwise its relative links would lead elsewhere
            return redirect(f"{path.name}/")
        path /= INDEX
    if not path.is_file():
        return None
    # A browser asks again each time, because a new build may have replaced the file. That costs
    # nothing while the file is still the same.
    return send_from_directory(
        path.parent, path.name, mimetype=TYPES.get(path.suffix.lower()), max_age=0
    )


def _missing(site: Path, name: str) -> Response:
    root = "../" * name.count("/") or "./"
    is_built = (site / INDEX).is_file()
    sentence = NO_PAGE.format(root=root) if is_built else NOT_BUILT
    return make_response(PAGE.format(sentence=sentence), 404)
