"""The handouts in a browser, from disk and without a network: search, copying, predictions."""

from pathlib import Path
from typing import Any

import pytest
from contrast import faint
from playwright.sync_api import Locator, Page, expect
from site_pages import OPEN_ALL, pages

pytestmark = [pytest.mark.browser, pytest.mark.handouts]

ROOT = Path(__file__).parents[2]

WIDTHS = (1400, 390)
THEMES = ("light", "dark")
OVERFLOW_PX = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Elements that reach beyond the screen, except those inside a scrolling box of their own.
# The article itself scrolls in the theme, but does not count as such a box.
WIDER = """() => [...document.querySelectorAll("article *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .filter((each) => {
    for (let box = each.parentElement; box.tagName !== "ARTICLE"; box = box.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
    return true;
  })
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def made(made_site: Path) -> Path:
    """The site of the constructed pages."""
    return made_site


@pytest.fixture(scope="module")
def real(real_site: Path) -> Path:
    """The site of the real pages."""
    return real_site


class Reader:
    """Opens pages from disk, and records every URL that they request."""

    def __init__(self, windows: Any) -> None:
        self.windows = windows
        self.asked: list[str] = []

    def open(self, page: Path, *, width: int = 1400, theme: str = "light") -> Page:
        """Open the page in an offline window of this width and theme."""
        window: Page = self.windows.open(width=width, theme=theme)
        window.context.set_offline(True)
        window.remove_listener("request", self.windows.watches[window].on_request)  # flags files
        window.on("request", lambda request: self.asked.append(request.url))
        window.goto(page.as_uri())
        return window

    def judge(self, site: Path) -> None:
        """Fail for a request outside of the site's own files."""
        inside = (f"{site.as_uri()}/", "data:", "blob:")
        assert [url for url in self.asked if not url.startswith(inside)] == []


@pytest.fixture
def reader(windows: Any) -> Reader:
    """Open pages; an error on the console of a page fails the test."""
    return Reader(windows)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("which", ["made", "real"])
def test_every_page_fits_its_screen(
    reader: Reader, which: str, width: int, theme: str, request: pytest.FixtureRequest
) -> None:
    """With all answers open: no overflow, every picture loads, every text has enough contrast."""
    site: Path = request.getfixturevalue(which)
    window = reader.open(site / "index.html", width=width, theme=theme)
    for path in pages(site):
        window.goto(path.as_uri())
        window.evaluate(OPEN_ALL)
        missing = window.evaluate(
            "[...document.images].filter((each) => !each.naturalWidth).map((each) => each.src)"
        )
        assert missing == [], path.name
        assert window.evaluate(OVERFLOW_PX) == 0, path.name
        assert window.evaluate(WIDER) == [], path.name
        assert faint(window, "article *", exempt=".headerlink, .copybtn") == [], path.name
    reader.judge(site)


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_is_the_readers(reader: Reader, made: Path, theme: str) -> None:
    """A page follows the browser's colour scheme."""
    window = reader.open(made / "index.html", theme=theme)

    colour = window.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(colour.partition("(")[2].partition(",")[0])
    assert (red < 60) if theme == "dark" else (red > 240)


def test_search_finds_a_word_without_a_server(reader: Reader, made: Path) -> None:
    """A search from any page leads to the page with the word."""
    window = reader.open(made / "index.html")

    window.get_by_placeholder("Search").first.fill("Zanzibar")
    window.keyboard.press("Enter")
    found = window.locator("#search-results li a")
    expect(found).to_have_count(1)
    found.click()

    expect(window.locator("h1")).to_contain_text("1. Traps")
    reader.judge(made)


def test_search_finds_what_a_box_asks_and_what_is_folded(reader: Reader, made: Path) -> None:
    """The index includes questions of predictions and folded answers."""
    window = reader.open(made / "search.html")

    for word in ("requests", "pigeonholes"):
        window.goto(f"{(made / 'search.html').as_uri()}?q={word}")
        results = window.locator("#search-results li a")
        expect(results.filter(has_text="The staircase").first).to_be_visible()


def test_previous_and_next_lead_through_all_pages(reader: Reader, made: Path) -> None:
    """ "Next" leads from the index through all pages; "previous" leads back."""
    window = reader.open(made / "index.html")
    seen = []
    while window.locator("a.next-page").count():
        window.locator("a.next-page").click()
        seen.append(window.locator("h1").inner_text().rstrip("#"))
    window.locator("a.prev-page").click()

    assert seen == ["0. The staircase", "1. Traps", "Words", "For the instructor"]
    expect(window.locator("h1")).to_contain_text("Words")


def copied(window: Page, button: int) -> str:
    """Click the copy button with this index; return the pasted text."""
    window.locator("button.copybtn").nth(button).click()
    window.evaluate(
        "document.querySelector('article').insertAdjacentHTML('afterbegin', '<textarea id=paste>')"
    )
    window.locator("#paste").focus()
    window.keyboard.press("ControlOrMeta+V")
    text = window.locator("#paste").input_value()
    window.locator("#paste").evaluate("(each) => each.remove()")
    return text


def test_a_copy_button_copies_commands_alone(reader: Reader, made: Path) -> None:
    """Without prompt and output, but with continuation lines; other code is copied completely."""
    window = reader.open(made / "00-staircase.html")
    assert copied(window, 0) == "curl -s localhost:8001/io\nmake up \\\n    PROFILE=variants"

    window.goto((made / "01-traps.html").as_uri())
    assert copied(window, 0) == 'reply = "<!-- walk: this is code and stays -->"'


def test_a_real_copy_button_copies_no_output(reader: Reader, real: Path) -> None:
    """The copied lines are the commands behind the prompts in the page's source."""
    page = real / "00-before-you-come.html"
    source = (ROOT / "handouts" / "00-before-you-come.md").read_text(encoding="utf-8")
    window = reader.open(page)

    buttons = window.locator("div.highlight-console button.copybtn").count()
    assert buttons > 2
    assert window.locator("button.copybtn").count() == buttons
    text = "\n".join(copied(window, each) for each in range(buttons))

    commands = [line[2:] for line in source.splitlines() if line.startswith("$ ")]
    assert text.splitlines() == commands


def test_a_prediction_is_there_after_a_reload(reader: Reader, made: Path) -> None:
    """Each prediction belongs to its question; an emptied field stays empty."""
    window = reader.open(made / "00-staircase.html")
    first = window.get_by_label("How long until the last of 16 requests to flask-svc")
    second = window.get_by_label("How many wait?")
    first.fill("4.5")
    second.fill("12")

    window.reload()
    expect(first).to_have_value("4.5")
    expect(second).to_have_value("12")
    window.goto((made / "01-traps.html").as_uri())
    expect(window.get_by_label("How long does a blocking call")).to_have_value("")

    window.goto((made / "00-staircase.html").as_uri())
    first.fill("")
    window.reload()
    expect(first).to_have_value("")
    expect(second).to_have_value("12")


def test_a_prediction_is_named_with_its_unit(reader: Reader, made: Path) -> None:
    """The accessible name has the question and the unit."""
    window = reader.open(made / "00-staircase.html")

    field = window.get_by_role("spinbutton", name="How many wait? requests", exact=True)

    expect(field).to_be_visible()


def test_a_prediction_is_shown_beside_its_figure_once_that_is_reached(
    reader: Reader, made: Path
) -> None:
    """The figure shows the prediction, the box both numbers; an empty field shows neither."""
    window = reader.open(made / "00-staircase.html", width=390)
    field = window.get_by_label("How long until the last of 16 requests to flask-svc")
    box = window.locator(".prediction", has=field)
    field.fill("1")
    expect(box.locator(".said")).to_be_hidden()

    figure = window.locator("[data-prediction='1']")
    assert not in_sight(figure)
    window.reload()
    figure.scroll_into_view_if_needed()
    expect(window.locator("td .said")).to_be_visible()
    expect(figure.locator("xpath=following-sibling::*[1]")).to_have_text("(you said 1 s)")
    expect(box.locator(".said")).to_be_visible()
    expect(box.locator(".said")).to_have_text("you said 1 s, measured 4.03 s")

    field.fill("")
    expect(box.locator(".said")).to_be_hidden()
    expect(window.locator("td .said")).to_be_hidden()


def test_a_figure_that_is_folded_away_is_reached_when_it_is_opened(
    reader: Reader, made: Path
) -> None:
    """A computed figure is called computed; it has the unit of the question."""
    window = reader.open(made / "00-staircase.html", width=390)
    field = window.get_by_label("How many wait?")
    box = window.locator(".prediction", has=field)
    field.fill("3")
    window.locator("summary").scroll_into_view_if_needed()
    expect(box.locator(".said")).to_be_hidden()

    window.locator("summary").click()
    window.locator("[data-prediction='2']").scroll_into_view_if_needed()

    expect(box.locator(".said")).to_be_visible()
    expect(box.locator(".said")).to_have_text("you said 3 requests, computed 12 requests")


def in_sight(place: Locator) -> bool:
    """Whether the element is visible without scrolling."""
    seen: bool = place.evaluate("(each) => each.getBoundingClientRect().top < innerHeight")
    return seen


@pytest.mark.parametrize("theme", THEMES)
def test_on_paper_a_page_is_light_and_unfolded(reader: Reader, made: Path, theme: str) -> None:
    """Navigation and buttons are not printed; after printing the answers are folded again."""
    window = reader.open(made / "00-staircase.html", theme=theme)
    answer = window.locator("details")
    assert answer.get_attribute("open") is None

    window.emulate_media(media="print")
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert answer.get_attribute("open") is not None
    for gone in (".sidebar-drawer", ".toc-drawer", ".related-pages", ".copybtn"):
        assert not window.locator(gone).first.is_visible(), gone
    colour = window.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert faint(window, "article *", exempt=".headerlink, .copybtn") == []

    window.evaluate("dispatchEvent(new Event('afterprint'))")
    assert answer.get_attribute("open") is None


@pytest.mark.parametrize("which", ["made", "real"])
def test_every_slide_fits_and_shows_its_pictures(
    reader: Reader, which: str, request: pytest.FixtureRequest
) -> None:
    """White background, no overflow, every slide has a title, and the notes are hidden."""
    site: Path = request.getfixturevalue(which)
    window = reader.open(site / "slides" / "index.html")
    window.wait_for_function("Reveal.isReady()")

    assert (
        window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    )
    assert window.evaluate("Reveal.getTotalSlides()") > 2
    over = window.evaluate(
        """() => Reveal.getSlides().map((slide) => {
          Reveal.slide(...Object.values(Reveal.getIndices(slide)));
          const page = document.querySelector(".slides").getBoundingClientRect();
          const parts = [...slide.querySelectorAll("*")]
            .filter((each) => !each.closest("aside"))
            .map((each) => each.getBoundingClientRect());
          return {
            title: slide.querySelector("h1, h2, h3")?.innerText ?? "",
            below: Math.max(0, ...parts.map((each) => each.bottom - page.bottom)),
            beside: Math.max(0, ...parts.map((each) => each.right - page.right)),
            blind: [...slide.querySelectorAll("img")].filter((each) => !each.naturalWidth).length,
          };
        })"""
    )
    assert [each for each in over if each["below"] > 1 or each["beside"] > 1 or each["blind"]] == []
    assert all(each["title"] for each in over)
    assert not window.locator("aside.notes").first.is_visible()
    reader.judge(site)


def test_slides_turn_with_the_keyboard_and_keep_the_notes(reader: Reader, made: Path) -> None:
    """Comments in the source become notes, except comments for tests."""
    window = reader.open(made / "slides" / "index.html")
    window.wait_for_function("Reveal.isReady()")

    window.keyboard.press("ArrowRight")

    expect(window.get_by_role("heading", name="Four waves")).to_be_visible()
    notes = window.locator("aside.notes").all_text_contents()
    assert [each.strip() for each in notes] == ["Ask for numbers before you show this."]
    assert "measured:" not in window.content()
