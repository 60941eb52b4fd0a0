"""Locust's page in a browser: START with the defaults, growing rows, STOP, and refusals."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Request, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]
ROWS = ("flask-svc /io", "fastapi-svc /async-io")
# Every path that the Lab tab requests, and its script.
LAB = (
    *("", "state", "charts", "vega.js", "behaviour", "server/flask-svc", "static/tab.js"),
    *("passes", "room.html"),
)


def requests_in(page: Page, row: str) -> int:
    """The number of requests in a row of the statistics: its third cell."""
    return int(page.get_by_role("row", name=row).get_by_role("cell").nth(2).inner_text())


def has_grown(numbers: list[int]) -> bool:
    """Whether a number is larger than the one before; the first may be of the last run."""
    return any(later > earlier for earlier, later in itertools.pairwise(numbers))


def new_form(page: Page) -> None:
    """Open the form for a run, also after an earlier run."""
    ready = page.get_by_role("heading", name="Start new load test")
    new = page.get_by_role("button", name="New")
    menu = page.get_by_role("button", name="menu")
    expect(ready.or_(new).or_(menu).first).to_be_visible()
    if not ready.is_visible():
        if menu.is_visible():
            menu.click()
        new.click()
    expect(ready).to_be_visible()


@pytest.mark.parametrize("page", [1400], indirect=True)
def test_start_shows_a_growing_row_for_each_target_until_stop(
    page: Page, eventually: Callable[..., None]
) -> None:
    """STOP also works where the last answers take longer than the page's polling interval."""
    new_form(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("tab", name="Statistics").click()

    for row in ROWS:
        expect(page.get_by_role("row", name=row)).to_be_visible()
    seen: dict[str, list[int]] = {row: [] for row in ROWS}

    def all_grow() -> bool:
        for row, numbers in seen.items():
            numbers.append(requests_in(page, row))
        return all(map(has_grown, seen.values()))

    eventually(all_grow, "rows that grow")

    page.get_by_role("button", name="Stop", exact=True).click()

    expect(page.get_by_role("button", name="New", exact=True)).to_be_visible()


def test_the_picker_shows_both_classes_and_nothing_without_effect(page: Page) -> None:
    """Each class has its address; Host, shape, settings and the vendor's link are hidden."""
    new_form(page)

    for name in ("FlaskSvc", "FastapiSvc"):
        row = page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))
        expect(row).to_contain_text(re.compile(r"http://127\.0\.0\.1:\d+$"))
        expect(row.get_by_role("checkbox")).to_be_checked()
        expect(row.get_by_role("button")).to_be_hidden()
    for name in ("host", "shapeClass"):
        expect(page.locator(f"[name={name}]")).to_have_count(1)
        expect(page.locator(f"[name={name}]")).to_be_hidden()
    expect(page.get_by_text("Azure")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_refusal_is_shown_as_a_sentence(page: Page) -> None:
    """The sentence is in the page's own alert above START."""
    new_form(page)
    page.locator("[name=userCount]").fill("20000")
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_role("alert")).to_have_text(
        "user_count='20000': expected a whole number from 1 to 10,000."
    )


def test_a_foreign_host_is_refused_with_a_sentence(page: Page) -> None:
    """The field is hidden, so the test changes the request on its way."""

    def change(route: Route, request: Request) -> None:
        form = (request.post_data or "").replace("host=", "host=http%3A%2F%2Fexample.org")
        route.continue_(post_data=form)

    page.route("**/swarm", change)
    new_form(page)
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("host='http://example.org': the load goes to")


def test_the_load_and_its_options_are_on_the_form(page: Page) -> None:
    """The kind of load comes first; a bad value of an option gets a sentence."""
    new_form(page)
    page.get_by_text("Custom parameters").click()

    expect(page.locator("select[name=load] option")).to_have_text(
        ["closed", "burst", "open", "steps"]
    )
    page.locator("select[name=load]").select_option("open")
    page.locator("[name=arrivalRate]").fill("0.01")
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_role("alert")).to_have_text(
        "arrival_rate='0.01': expected a number from 0.1 to 10,000."
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_password_opens_the_page(locked_url: str, windows: Any) -> None:
    """Locust's login form reports a wrong password; the Lab tab is closed before the login."""
    for path in LAB:
        answer = httpx.get(f"{locked_url}lab/{path}", timeout=30, trust_env=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    for method in ("PUT", "DELETE"):
        url = f"{locked_url}lab/behaviour"
        answer = httpx.request(method, url, json={"delay_ms": 1}, timeout=30, trust_env=False)
        assert answer.status_code == 401
    page = windows.open(locked_url)
    for password in ("wrong", "sesame"):
        page.locator("[name=username]").fill("lab")
        page.locator("[name=password]").fill(password)
        page.locator("[name=password]").press("Enter")
        if password == "wrong":
            expect(page.get_by_text("User name or password is wrong.")).to_be_visible()

    expect(page.get_by_role("heading", name="Start new load test")).to_be_visible()
    page.get_by_role("link", name="Lab: see the prediction before you start").click()
    expect(page.get_by_role("article", name="flask-svc")).to_be_visible()
    expect(page.locator(".lab-chart canvas")).to_have_count(6)
