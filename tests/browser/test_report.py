"""The report's page in a browser: wide and narrow, light and dark, filtered, and printed."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from made_report import make
from playwright.sync_api import Page, Request, expect
from site_pages import OPEN_ALL

from lab.charts import DARK, LIGHT
from lab.claims.ledger import CLAIMS
from lab.experiments import catalogue
from lab.report.claim_rows import shown
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


# Boxes that clip what they hold, and hold more than they show.
CLIPPED = """() => [...document.querySelectorAll("body *:not(svg *)")]
  .filter((each) => !["visible"].includes(getComputedStyle(each).overflowX))
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""
# Colour of a verdict's word, and of the page, as [red, green, blue].
COLOURS_OF = """(name) => {
  const word = document.querySelector("main").appendChild(document.createElement("span"));
  word.className = `verdict ${name}`;
  const read = (value) => value.match(/\\d+/g).slice(0, 3).map(Number);
  return [getComputedStyle(word).color, getComputedStyle(document.body).backgroundColor].map(read);
}"""


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
    """One row per claim in the ledger's order."""
    page = opened()

    rows = page.locator(".claim")
    assert rows.evaluate_all("rows => rows.map((row) => row.id)") == [each.id for each in CLAIMS]
    for row in rows.all():
        assert row.locator(".said .verdict").inner_text() in set(Verdict)
        assert row.locator(".said .shape use").count() == 1


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720)])
def test_the_first_screen_answers(opened: Callable[..., Page], width: int, height: int) -> None:
    """All answers, and the first surprise, without scrolling; on a projector, too."""
    page = opened(width=width)
    page.set_viewport_size({"width": width, "height": height})

    assert page.locator(".answer").count() == 3
    for each in [*page.locator(".answer li").all(), page.locator("#surprises li").first]:
        expect(each).to_be_in_viewport(ratio=1)


def test_an_answer_leads_to_its_row_and_opens_it(opened: Callable[..., Page]) -> None:
    """Also by keyboard, and where a filter hides the row."""
    page = opened()
    link = page.locator("#answers li a").first
    row = page.locator(f".claim{link.get_attribute('href')}")
    others = next(
        each
        for each in page.locator("button[name=verdict]").all()
        if each.get_attribute("value") not in ("", row.get_attribute("data-verdict"))
    )
    others.click()
    expect(row).to_be_hidden()

    link.focus()
    page.keyboard.press("Enter")

    expect(row).to_be_in_viewport()
    expect(row.locator(".more")).to_be_visible()
    assert page.url.endswith(f"#{row.get_attribute('id')}")


def test_a_link_from_elsewhere_opens_its_row(opened: Callable[..., Page], report: Path) -> None:
    """A row's address may be in a letter."""
    page = opened()

    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#A3")

    expect(page.locator("#A3 .more")).to_be_visible()
    expect(page.locator("#A3")).to_be_in_viewport()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_filter_shows_claims_of_a_verdict_and_an_article(
    opened: Callable[..., Page], width: int
) -> None:
    """By keyboard alone; it counts what is left, and its buttons say which are pressed."""
    page = opened(width=width)
    rows = page.locator(".claim")
    every = [
        [row.get_attribute(name) for name in ("id", "data-verdict", "data-article")]
        for row in rows.all()
    ]

    def press(name: str, value: str) -> None:
        button = page.locator(f"button[name={name}][value='{value}']")
        page.locator(".filter button").first.focus()
        while not button.evaluate("each => each === document.activeElement"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert page.locator(f"button[name={name}][aria-pressed=true]").count() == 1

    def seen() -> list[str | None]:
        return [row.get_attribute("id") for row in rows.all() if row.is_visible()]

    press("verdict", "fails")
    failing = [id for id, verdict, _ in every if verdict == "fails"]
    assert seen() == failing != []
    expect(page.locator(".filter output")).to_have_text(f"{len(failing)} of {len(every)} claims")
    press("article", "A")
    assert seen() == [id for id, verdict, letter in every if (verdict, letter) == ("fails", "A")]
    assert not page.locator("#article-C").is_visible()
    press("verdict", "")
    assert seen() == [id for id, _, letter in every if letter == "A"]
    press("article", "")
    assert seen() == [id for id, _, _ in every]


def test_without_a_script_all_claims_are_there_and_no_buttons(windows: Any, report: Path) -> None:
    """The filter is an extra."""
    context = windows.stack.enter_context(windows.browser.new_context(java_script_enabled=False))
    page = context.new_page()
    page.goto(report.as_uri())

    assert page.locator(".claim").count() == len(CLAIMS)
    assert all(row.is_visible() for row in page.locator(".claim").all())
    assert not page.locator(".filter").is_visible()
    page.locator("#C1 .text").click()
    assert page.locator("#C1 .more").is_visible()


def test_back_to_top(opened: Callable[..., Page]) -> None:
    """From every article and every experiment."""
    page = opened()
    for each in page.locator(".article, .experiment").all():
        assert each.locator(".up a").count() == 1

    page.locator(".up a").last.click()

    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize(("motion", "time"), [("reduce", "0s"), ("no-preference", "0.12s")])
def test_nothing_moves_for_those_who_mind_it(
    opened: Callable[..., Page], motion: Any, time: str
) -> None:
    """The mark of a row turns at once, and links never scroll slowly."""
    page = opened()

    page.emulate_media(reduced_motion=motion)

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    turn = "getComputedStyle(document.querySelector('.claim .id'), '::after').transitionDuration"
    assert page.evaluate(turn) == time


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off(opened: Callable[..., Page], width: int) -> None:
    """No text is larger than the box that clips it, with everything open."""
    page = opened(width=width)
    page.evaluate(OPEN_ALL)

    assert page.evaluate(CLIPPED) == []


@pytest.mark.parametrize("theme", THEMES)
def test_verdicts_can_be_read_and_told_apart(opened: Callable[..., Page], theme: str) -> None:
    """Contrast of 4.5:1 for each verdict's word."""
    page = opened(theme=theme)

    for verdict in Verdict:
        known = shown(verdict)
        assert known is not None
        colour, ground = page.evaluate(COLOURS_OF, known["name"])
        assert contrast(colour, ground) >= 4.5, (verdict, colour, ground)


def contrast(one: list[int], other: list[int]) -> float:
    """Contrast ratio of two colours, by WCAG 2."""

    def luminance(colour: list[int]) -> float:
        parts = [each / 255 for each in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_has_marks(opened: Callable[..., Page], width: int, theme: str) -> None:
    """Each place shows the one drawing for its width, and no text is cut off."""
    page = opened(width=width, theme=theme)
    page.evaluate(OPEN_ALL)
    found = [chart for chart in charts(page) if not chart["isEmpty"]]

    assert len(found) > len(catalogue.names()) + len(CLAIMS)
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
    for each in page.locator(".filter, .up").all():
        assert not each.is_visible()
    for each in page.locator(".more, .cells").all():
        assert each.is_visible()
        box = each.bounding_box()
        assert box is not None
        assert box["height"] > 0


def test_paper_has_all_claims_and_numbers_on_its_pages(opened: Callable[..., Page]) -> None:
    """Also claims that a filter hides, because paper does not tell that one was on."""
    page = opened()
    page.locator("button[value=fails]").click()

    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))

    texts = [each.get_textpage().get_text_range() for each in printed]
    for number, text in enumerate(texts, start=1):
        assert f"{number} of {len(texts)}" in text
    lines = {line.split(" ")[0] for text in texts for line in text.splitlines()}
    assert {each.id for each in CLAIMS} <= lines


def test_columns_on_paper_have_room(opened: Callable[..., Page]) -> None:
    """The name of a cell has 35 mm, as wide as its longest words need."""
    page = opened(width=700)  # of A4 without its margins
    page.emulate_media(media="print")

    narrow = page.evaluate(
        """() => [...document.querySelectorAll(".cells th[scope=row], .parts tbody th")]
          .filter((each) => each.getBoundingClientRect().width < (35 / 25.4) * 96 * 0.75)
          .map((each) => each.textContent)"""
    )
    assert narrow == []
