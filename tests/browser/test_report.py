"""The report's page in a browser: wide and narrow, light and dark, and printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_report import make
from playwright.sync_api import Page, Request
from site_pages import OPEN_ALL

from lab.charts import DARK, LIGHT
from lab.claims.ledger import CLAIMS
from lab.experiments import catalogue
from lab.report.render import render
from lab.verdicts.judgement import Verdict

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]

WIDTHS = (1400, 390)
THEMES = ("light", "dark")

READ_CHARTS = """() => [...document.querySelectorAll("figure, .picture")].map((place) => {
  const shown = [...place.querySelectorAll("svg")].filter((svg) => svg.clientWidth > 0);
  const inside = (svg) => {
    const edge = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].every((text) => {
      const box = text.getBoundingClientRect();
      return !box.width || (box.left > edge.left - 3 && box.right < edge.right + 3);
    });
  };
  return {
    name: place.closest("[id]").id,
    isEmpty: !place.querySelector("svg"),
    shown: shown.length,
    marks: shown.reduce((n, svg) => n + svg.querySelectorAll(".mark > *").length, 0),
    textFits: shown.every(inside),
    width: shown.length ? shown[0].clientWidth : 0,
  };
})"""
WIDEST_PX = """() => Math.max(...[...document.querySelectorAll("body *")]
  .filter((each) => !each.closest(".sprite"))
  .map((each) => each.getBoundingClientRect().right))"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A constructed report of every experiment; one was skipped, one interrupted."""
    return render(make(tmp_path_factory.mktemp("made") / "report"))


@pytest.fixture
def opened(report: Path, windows: Any) -> Callable[..., Page]:
    """Open the page from disk, offline; it may request no other file."""

    def open_page(*, width: int = 1400, theme: str = "light") -> Page:
        page: Page = windows.open(width=width, theme=theme)
        page.context.set_offline(True)
        asked: list[str] = []

        def remember(request: Request) -> None:
            asked.append(request.url)

        page.remove_listener("request", windows.watches[page].on_request)  # flags files
        page.on("request", remember)
        page.goto(report.as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
        return page

    return open_page


def charts(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(READ_CHARTS)
    return found


def test_every_claim_is_seen_with_a_verdict(opened: Callable[..., Page]) -> None:
    """One row per claim in the ledger's order; the first row is visible without scrolling."""
    page = opened()

    rows = page.locator(".claim")
    assert rows.evaluate_all("rows => rows.map((row) => row.id)") == [each.id for each in CLAIMS]
    for row in rows.all():
        assert row.locator(".said .verdict").inner_text() in set(Verdict)
        assert row.locator(".said .shape use").count() == 1
    first = rows.first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 450


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_has_marks(opened: Callable[..., Page], width: int, theme: str) -> None:
    """Each place shows the one drawing for its width, and no text is cut off."""
    found = [chart for chart in charts(opened(width=width, theme=theme)) if not chart["isEmpty"]]

    assert len(found) > len(catalogue.names())
    for chart in found:
        assert chart["shown"] == 1, chart
        assert chart["marks"] > 2, chart
        assert chart["textFits"], chart
        assert chart["width"] <= width


def test_every_experiment_that_was_run_has_a_figure(opened: Callable[..., Page]) -> None:
    """Only the skipped experiment has no figure."""
    seen = {chart["name"] for chart in charts(opened()) if not chart["isEmpty"]}

    for name in catalogue.names():
        assert (f"experiment-{name[:2]}" in seen) is (name[:2] != "15"), name


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(opened: Callable[..., Page], width: int) -> None:
    """Neither folded nor with all evidence open."""
    page = opened(width=width)

    assert page.evaluate(WIDEST_PX) <= width
    page.evaluate(OPEN_ALL)
    assert page.evaluate(WIDEST_PX) <= width
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_and_its_charts_follow_the_theme(opened: Callable[..., Page], theme: str) -> None:
    """One drawing serves both themes: it takes the colours of the page."""
    page = opened(theme=theme)
    colours = {"light": LIGHT, "dark": DARK}[theme]
    seen = page.evaluate(
        """() => [
          getComputedStyle(document.body).backgroundColor,
          getComputedStyle(document.querySelector("figure .mark text")).fill,
        ]"""
    )

    assert seen[0] == rgb(colours.background)
    assert seen[1] in {rgb(colours.quiet), rgb(colours.ink), rgb(colours.strong("flask-svc"))}


def rgb(hexadecimal: str) -> str:
    """Convert `#010203` to the browser's form, `rgb(1, 2, 3)`."""
    return f"rgb({', '.join(str(part) for part in bytes.fromhex(hexadecimal[1:]))})"


def test_a_claim_leads_to_its_experiment_and_back(opened: Callable[..., Page]) -> None:
    """Links within the page lead to the experiment and back to the claim."""
    page = opened()

    page.locator("#C1 .links a").first.click()
    assert page.url.endswith("#experiment-02")
    page.locator("#experiment-02 .again a").first.click()
    assert page.url.endswith("#C1")


def test_what_is_pressed_has_nothing_else_to_press_in_it(opened: Callable[..., Page]) -> None:
    """A screen reader could not tell a nested link from its button or summary."""
    outer = "summary, button, a[href], [role=button], [role=link], [role=img]"
    inner = "a[href], button, input, select, textarea, summary, [tabindex]"

    assert (
        opened().evaluate(
            """([outer, inner]) => [...document.querySelectorAll(outer)]
          .filter((each) => each.querySelector(inner))
          .map((each) => each.outerHTML.slice(0, 80))""",
            [outer, inner],
        )
        == []
    )


def test_links_of_a_claim_are_seen_until_it_is_opened(opened: Callable[..., Page]) -> None:
    """They are in the column of the sentence; the open row names the experiments by title."""
    page = opened()
    links, sentence = (page.locator(f"#C1 {each}").first for each in (".links a", ".sentence"))

    left, column = links.bounding_box(), sentence.bounding_box()
    assert left is not None
    assert column is not None
    assert left["x"] == pytest.approx(column["x"], abs=1)
    page.locator("#C1 .text").click()
    assert not links.is_visible()
    assert page.locator("#C1 .more .to").first.is_visible()


def test_a_row_opens_to_how_it_is_read(opened: Callable[..., Page]) -> None:
    """A claim's row opens to its explanation, an experiment to its table of cells."""
    page = opened()
    assert not page.locator("#C1 .more").is_visible()

    page.locator("#C1 .text").click()
    page.locator("#experiment-02 .evidence summary").click()

    assert page.locator("#C1 .more").is_visible()
    assert page.locator("#experiment-02 .cells").is_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_on_paper_it_is_light_and_nothing_is_folded(
    opened: Callable[..., Page], theme: str
) -> None:
    """The print has a light background and all evidence, in both themes."""
    page = opened(theme=theme)

    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == rgb(LIGHT.background)
    for each in page.locator(".more, .cells").all():
        assert each.is_visible()
        box = each.bounding_box()
        assert box is not None
        assert box["height"] > 0
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
