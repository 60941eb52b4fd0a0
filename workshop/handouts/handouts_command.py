"""`workshop handouts`: builds site, slides and booklet from the pages in handouts/."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.environment import ROOT
from lab.runtime import RuntimeProblem
from workshop.handouts import deck, paper, sources
from workshop.handouts.building import Edition, PageError, build_all
from workshop.handouts.publishing import publish
from workshop.handouts.room import room as room_of

SOURCE = ROOT / "handouts"
SITE = SOURCE / "site"
BOOKLET = "flask-or-fastapi.pdf"
NEEDED = ("sphinx", "myst_parser", "furo", "sphinx_copybutton", "sphinx_revealjs", "weasyprint")


def build(
    *,
    room: str,
    run: Path | None,
    environ: Mapping[str, str],
    source: Path = SOURCE,
    site: Path = SITE,
) -> int:
    """Build all editions from `source` into `site`; return 0.

    `room` is the instructor's address, for example http://10.0.0.5, or "" for this machine. `run`
    is a report's folder whose figures replace those in the pages. Raises RuntimeProblem for an
    error in either or in a page; the site is then unchanged. Without Pango the site is built
    without the booklet, and RuntimeProblem is raised after that.
    """
    place = room_of(room, environ)
    _require()
    without_paper = paper.missing()
    with tempfile.TemporaryDirectory(prefix="handouts-") as name:
        folder = Path(name)
        pages = sources.copy(source, folder / "pages")
        if run is not None:
            _refresh(pages, run)
        sources.settle(pages, place, source)
        try:
            count = _editions(folder, with_booklet=not without_paper)
        except (PageError, paper.PaperError) as error:
            raise RuntimeProblem(f"the handouts were not built:\n{error}") from None
        # Only after every edition was built, so that a failure leaves the old site.
        publish(folder / "built", site)
    _say(source / "site", count)
    if without_paper:
        # After publishing: the site is useful without its booklet.
        raise RuntimeProblem(f"the site is complete, but there is no booklet: {without_paper}")
    return 0


def _require() -> None:
    lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        raise RuntimeProblem(
            f"the handouts need the package {lacking[0]}: `make handouts` installs it"
        )


def _refresh(pages: Path, run: Path) -> None:
    from workshop.handouts import measured  # imported on demand, because it draws charts

    measured.refresh(pages, run)


def _editions(folder: Path, *, with_booklet: bool) -> int:
    """Build every edition into `folder`/built; return the booklet's number of pages, or 0."""
    built, one_page = folder / "built", folder / "one-page"
    named = ("-A", f"booklet={BOOKLET}") if with_booklet else ()
    editions = [
        Edition("html", _edition(folder, "site", sources.site), built, named),
        Edition(
            "revealjs",
            _edition(folder, "slides", sources.deck),
            built / "slides",
            deck.OPTIONS,
        ),
    ]
    if with_booklet:
        look = ("-D", "html_theme=booklet", "-D", f"html_static_path=style/static,{_letters()}")
        pages = _edition(folder, "booklet", sources.booklet)
        editions.append(Edition("singlehtml", pages, one_page, look))
    build_all(editions)
    deck.finish(built / "slides")
    return paper.write(one_page / "index.html", built / BOOKLET) if with_booklet else 0


def _edition(folder: Path, name: str, edit: Callable[[Path], None]) -> Path:
    pages = folder / name
    shutil.copytree(folder / "pages", pages)
    edit(pages)
    return pages


def _letters() -> Path:
    """Folder of the slides' typeface, so that paper looks the same on every machine."""
    found = importlib.util.find_spec("sphinx_revealjs")
    assert found is not None  # `_require` has checked it
    assert found.origin is not None
    reveal = Path(found.origin).parent / "_static" / "revealjs"
    return reveal / "dist" / "theme" / "fonts" / "source-sans-pro"


def _say(site: Path, count: int) -> None:
    print(f"site:    {_shown(site / 'index.html')}")
    print(f"slides:  {_shown(site / 'slides' / 'index.html')}")
    if count:
        print(f"booklet: {_shown(site / BOOKLET)}, {count} pages")


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
