"""The handouts on a telephone, by keyboard and with a screen reader: everything is reachable."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page
from site_pages import OPEN_ALL, pages

pytestmark = [pytest.mark.browser, pytest.mark.handouts]

WIDTHS = (1400, 390)
PICTURES = """() => [...document.querySelectorAll("article img")]
  .map((each) => [each.getBoundingClientRect(), each.src])
  .filter(([box]) => box.right > innerWidth || box.left < 0)
  .map(([, src]) => src)"""
# Boxes that can scroll horizontally: whether they do, and their accessible role and name.
PUSHED = """() => [...document.querySelectorAll("article *")]
  .filter((each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
  .map((each) => ({
    is: each.outerHTML.slice(0, 60),
    isWide: each.scrollWidth > each.clientWidth,
    isReached: each.tabIndex === 0,
    role: each.getAttribute("role"),
    name: each.getAttribute("aria-label"),
  }))"""
LANDMARKS = """() => {
  const roles = {
    ASIDE: "complementary", NAV: "navigation", MAIN: "main", HEADER: "banner", FOOTER: "contentinfo"
  };
  const known = [...Object.values(roles), "region", "search", "form"];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility())
    .map((each) => [
      each.getAttribute("role") ?? roles[each.tagName],
      each.getAttribute("aria-label") ?? "",
    ])
    .filter(([role]) => known.includes(role))
    .map((each) => each.join(": "));
}"""


@pytest.fixture
def opened(windows: Any) -> Any:
    """Open a page from disk, offline, with all answers unfolded."""

    def open_page(path: Path, *, width: int = 390, theme: str = "light") -> Page:
        window: Page = windows.open(width=width, theme=theme)
        window.context.set_offline(True)
        window.remove_listener("request", windows.watches[window].on_request)  # flags files
        turn(window, path)
        return window

    return open_page


def turn(window: Page, path: Path) -> None:
    """Go to another page, and wait a frame, until the page has observed its sizes."""
    window.goto(path.as_uri())
    window.evaluate(OPEN_ALL)
    window.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_picture_is_seen_whole(opened: Any, real_site: Path, width: int) -> None:
    """No picture reaches beyond the screen, so none needs horizontal scrolling."""
    window = opened(real_site / "index.html", width=width)
    for path in pages(real_site):
        turn(window, path)
        assert window.evaluate(PICTURES) == [], path.name


def test_a_picture_with_small_letters_is_a_link_to_itself(opened: Any, real_site: Path) -> None:
    """The picture alone can be enlarged at will."""
    window = opened(real_site / "01-the-staircase.html")
    chart = window.locator("a:has(> img[src*='02.svg'])")

    chart.click()

    assert window.url.endswith("/_images/02.svg")


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_pushed_aside_is_reached_by_keyboard(
    opened: Any, real_site: Path, width: int
) -> None:
    """A scrolling box is focusable and has a role and a name; a box that fits is not focusable."""
    window = opened(real_site / "index.html", width=width)
    wide = []
    for path in pages(real_site):
        turn(window, path)
        for each in window.evaluate(PUSHED):
            wide.append(each["isWide"])
            assert each["isReached"] == each["isWide"], (path.name, each)
            assert bool(each["role"] and each["name"]) == each["isWide"], (path.name, each)

    assert any(wide)
    assert not all(wide)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_block_has_a_shadow_where_there_is_more(opened: Any, real_site: Path, theme: str) -> None:
    """The shadow is at the right edge first, and at the left edge after scrolling to the end."""
    window = opened(real_site / "01-the-staircase.html", theme=theme)
    block = window.locator("pre[tabindex]").first
    block.scroll_into_view_if_needed()

    def edges() -> tuple[int, int]:
        """Return the brightness of the upper corners, where there is no text."""
        picture = Image.open(io.BytesIO(block.screenshot())).convert("L")
        left, right = (picture.getpixel((x, 3)) for x in (1, picture.width - 2))
        assert isinstance(left, int)
        assert isinstance(right, int)
        return left, right

    left, right = edges()
    assert abs(left - right) > 25
    block.evaluate("(each) => (each.scrollLeft = each.scrollWidth)")
    left_then, right_then = edges()
    assert right_then == pytest.approx(left, abs=3)
    assert left_then == pytest.approx(right, abs=3)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_landmark_is_there_twice(opened: Any, real_site: Path, width: int) -> None:
    """Landmarks of the same role have different names."""
    window = opened(real_site / "index.html", width=width)
    for path in [*pages(real_site), real_site / "search.html"]:
        turn(window, path)
        found = window.evaluate(LANDMARKS)
        assert "main: " in found
        assert len(found) == len(set(found)), (path.name, found)


@pytest.mark.parametrize("page", ["index.html", "slides/index.html"])
def test_nothing_keeps_anybody_from_zooming_in(opened: Any, real_site: Path, page: str) -> None:
    """No viewport forbids or limits zooming."""
    window = opened(real_site / page)
    told = window.locator("meta[name=viewport]").evaluate_all(
        "(all) => all.map((each) => each.content)"
    )

    assert told
    assert [each for each in told if "maximum-scale" in each or "user-scalable" in each] == []
