"""The link from the dashboard to the handouts, which share its origin and its storage."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any

WIDTHS = [1400, 1250, 1000, 900, 899, 600, 390]
IN_HEADER = "header a, header button, header p, header h1, header h2, header h6, #lab-link"


@pytest.fixture(scope="module")
def unstarted_lab(
    start_lab: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab in which no test of this file starts a run."""
    with start_lab(tmp_path_factory.mktemp("unstarted")) as lab:
        yield lab


@pytest.fixture
def running_lab(lab: Lab) -> Lab:
    """A lab with a run; its numbers fill Locust's header."""
    lab.dial(delay_ms=200)
    lab.begin()
    return lab


def link(page: Page) -> Locator:
    return page.get_by_role("link", name="Handouts", exact=True)


def overlaps(page: Page, selector: str) -> list[str]:
    """Visible elements of Locust's header that overlap with the node."""
    found: list[str] = page.evaluate(
        """([selector, others]) => {
          const mine = document.querySelector(selector).getBoundingClientRect();
          return [...document.querySelectorAll(others)]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, its]) => its.width && mine.left < its.right && its.left < mine.right
              && mine.top < its.bottom && its.top < mine.bottom)
            .map(([html]) => html);
        }""",
        [selector, IN_HEADER],
    )
    return found


def expect_one_link(page: Page, width: int) -> None:
    """Fail unless there is exactly one link, on the screen, without overlap."""
    expect(link(page)).to_have_count(1)
    expect(link(page)).to_be_visible()
    if page.locator("#handouts-link").is_visible():
        assert overlaps(page, "#handouts-link") == []
    box = link(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_there_is_one_link_before_a_run(unstarted_lab: Lab, windows: Windows, width: int) -> None:
    """It is beside the link to the prediction, at every width."""
    page = windows.open(unstarted_lab.url, width=width)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()

    expect_one_link(page, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_there_is_one_link_while_a_run_lasts(
    running_lab: Lab, windows: Windows, width: int
) -> None:
    """Where Locust's header has no room, it is below the charts."""
    page = windows.open(running_lab.url, width=width)
    expect(page.get_by_role("article", name="flask-svc")).to_be_visible()

    expect_one_link(page, width)


@pytest.mark.parametrize("path", ["", "lab/"])
def test_the_handouts_open_beside_the_dashboard(lab: Lab, windows: Windows, path: str) -> None:
    """They always open in the same second window, so the dashboard stays open."""
    page = windows.open(f"{lab.url}{path}")
    with page.expect_popup() as opened:
        link(page).click()
    handouts = opened.value
    handouts.wait_for_url("**/handouts/")
    expect(handouts.get_by_role("heading").first).to_be_visible()

    link(page).click()
    handouts.wait_for_load_state()
    assert len(page.context.pages) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_handouts_choice_of_a_theme_leaves_the_dashboard_as_the_system_has_it(
    running_lab: Lab, windows: Windows, theme: str
) -> None:
    """The handouts store "auto" under the key that Locust uses for its own theme."""
    page = windows.open(theme=theme)
    page.add_init_script("sessionStorage.done ??= localStorage.theme = 'auto'")
    page.goto(running_lab.url)

    expect(page.locator("#lab-root .lab")).to_have_attribute("data-theme", theme)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") == (theme == "light")
