"""The lab before its first run: the prediction on its own page, and the link to it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any
ChartsOf = Callable[[Page], dict[str, Any]]
Eventually = Callable[..., None]

SCREENS = [
    pytest.param(width, theme, id=f"{name}-{theme}")
    for name, width in (("wide", 1400), ("narrow", 390))
    for theme in ("light", "dark")
]


@pytest.fixture(scope="module")
def unstarted_lab(
    start_lab: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab in which no test of this file starts a run."""
    with start_lab(tmp_path_factory.mktemp("unstarted")) as lab:
        yield lab
        assert lab.state()["run"]["began_s"] is None


def is_no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_the_prediction_is_one_click_away_before_the_first_run(
    unstarted_lab: Lab, windows: Windows, width: int, theme: str
) -> None:
    """The link beside the logo covers nothing; it leads to the cards, and a link leads back."""
    page = windows.open(unstarted_lab.url, width=width, theme=theme)
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    start.click(trial=True)
    link = page.get_by_role("link", name="Lab: see the prediction before you start")
    expect(link).to_be_visible()
    assert not overlaps(page, "#lab-link", "header a, header button, header p")
    assert is_no_wider_than_the_screen(page)

    link.click()
    page.wait_for_url("**/lab/")
    for target, rate, latency in (
        ("flask-svc", "6.7", "3.00\u00a0s"),
        ("fastapi-svc", "33.3", "0.60\u00a0s"),
    ):
        card = page.get_by_role("article", name=target)
        expect(card.locator(".lab-big")).to_have_text([rate, latency, "–"])
        expect(card.locator(".lab-small")).to_have_text(["predicted", "predicted", ""])
        expect(card.locator(".lab-limit")).to_have_text("no load on it yet: press START")
    expect(page.locator(".lab-chart canvas")).to_have_count(6)
    expect(page.get_by_role("status").filter(has_text="Not started yet")).to_be_visible()
    assert is_no_wider_than_the_screen(page)

    page.get_by_role("link", name=re.compile("^Locust")).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


def overlaps(page: Page, selector: str, others: str) -> bool:
    """Whether a visible element of `others` overlaps with the node."""
    found: bool = page.evaluate(
        """([selector, others]) => {
          const mine = document.querySelector(selector).getBoundingClientRect();
          return [...document.querySelectorAll(others)]
            .filter((each) => each.checkVisibility() && !each.closest(selector))
            .map((each) => each.getBoundingClientRect())
            .some((its) => its.width && mine.left < its.right && its.left < mine.right
              && mine.top < its.bottom && its.top < mine.bottom);
        }""",
        [selector, others],
    )
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_screen(
    lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually, theme: str
) -> None:
    """During a run and after it, on the tab and on the own page; no chart is cut off."""
    lab.dial(delay_ms=200)
    lab.begin()
    pages = [windows.open(f"{lab.url}{path}", width=390, theme=theme) for path in ("", "lab/")]

    def all_fit(page: Page) -> bool:
        charts = charts_of(page)
        return bool(charts) and all(chart.rows and chart.fits for chart in charts.values())

    for page in pages:
        eventually(lambda: all_fit(page), "charts with rows, none of them cut off")  # noqa: B023
        assert is_no_wider_than_the_screen(page)
    lab.stop()
    expect(pages[0].get_by_role("button", name="menu")).to_be_visible()
    expect(pages[1].get_by_role("status").filter(has_text="Stopped")).to_be_visible()
    for page in pages:
        assert is_no_wider_than_the_screen(page)
        assert all_fit(page)


def test_the_theme_changes_on_the_page_of_its_own(
    unstarted_lab: Lab, windows: Windows, eventually: Eventually
) -> None:
    """Its button changes the theme, and Locust's page takes over the choice."""
    page = windows.open(f"{unstarted_lab.url}lab/")
    expect(page.locator(".lab-chart canvas")).to_have_count(6)
    button = page.get_by_role("button", name="Dark")
    expect(button).to_have_attribute("aria-pressed", "false")
    light = page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    button.click()

    expect(button).to_have_attribute("aria-pressed", "true")
    dark = page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(18, 18, 18)")
    page.goto(unstarted_lab.url)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    scheme = page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert scheme == "rgb(18, 18, 18)"
