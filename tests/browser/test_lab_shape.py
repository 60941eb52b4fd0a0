"""The form for a target's server on the Lab tab, and the marks of changes in the charts."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

Lab = Any  # of conftest.py
Windows = Any
ChartsOf = Callable[[Page], dict[str, Any]]
Eventually = Callable[[Callable[[], object], str], None]
CHARTS = ("throughput", "latency", "slots", "lanes")


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The shared lab without a run; afterwards both servers are as they were started."""
    yield shared_lab
    shared_lab.end()
    for name in ("flask-svc", "fastapi-svc"):
        told = shared_lab.page.get(f"lab/shape/{name}").json()
        if told["shape"] != told["start"]:
            shared_lab.page.delete(f"lab/shape/{name}").raise_for_status()


def form(page: Page) -> Locator:
    return page.get_by_role("form", name="Shape of a server")


def field(page: Page, name: str) -> Locator:
    return form(page).get_by_role("spinbutton", name=name, exact=True)


def choice(page: Page, name: str) -> Locator:
    return form(page).get_by_role("combobox", name=name, exact=True)


def press(page: Page, name: str) -> None:
    form(page).get_by_role("button", name=name, exact=True).click()


def now(page: Page) -> Locator:
    """The shape in words."""
    return page.locator(".lab-shape-now")


def opened(page: Page) -> None:
    """Open the form of a target in its first shape."""
    expect(now(page)).to_have_text("flask-svc: 4 sync workers")
    expect(form(page)).to_be_hidden()
    page.get_by_role("button", name="Change", exact=True).click()
    expect(field(page, "workers")).to_have_value("4")


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (390, "dark")])
def test_a_preset_replaces_the_server_and_is_marked_in_every_chart(
    lab: Lab,
    windows: Windows,
    charts_of: ChartsOf,
    eventually: Eventually,
    width: int,
    theme: str,
) -> None:
    """It fills the form, Apply does it; a window that is only watched shows the change too."""
    lab.when(lambda state: state["upstream"]["behaviour"]["delay_ms"] == 600, "the first dial")
    lab.begin(user_count=24)
    page = windows.open(lab.url, width=width, theme=theme)
    other = windows.open(lab.url)
    opened(page)
    expect(field(page, "threads each")).to_be_hidden()

    press(page, "1 worker, 100 threads")
    expect(choice(page, "class")).to_have_value("gthread")
    expect(field(page, "threads each")).to_have_value("100")
    assert lab.page.get("lab/shape/flask-svc").json()["shape"]["worker_class"] == "sync"
    press(page, "Apply")

    words = "flask-svc: 1 gthread worker, 100 threads"
    for each in (page, other):
        expect(now(each)).to_have_text(words)
        expect(each.get_by_role("article", name="flask-svc")).to_contain_text("100 slots")
        line = each.get_by_role("list", name="Changes").get_by_role("listitem")
        expect(line).to_have_text(re.compile(rf"^1{words}\d+\ss ago$"))
    expect(page.locator(".lab-replaced")).to_have_text(
        re.compile(r"^flask-svc replaced in \d+\.\d\ss, nothing lost\.$")
    )
    eventually(
        lambda: (
            (charts := charts_of(page)) and all("1" in charts[name].texts() for name in CHARTS[:3])
        ),
        "the number of the change in the charts",
    )
    assert all(chart.fits for chart in charts_of(page).values())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    press(page, "Reset")
    expect(now(page)).to_have_text("flask-svc: 4 sync workers")
    expect(choice(page, "class")).to_have_value("sync")
    assert lab.answered()["flask-svc"][1] == 0


@pytest.mark.parametrize("width", [1400, 390])
def test_a_shape_is_refused_by_the_label_of_its_field(
    lab: Lab, windows: Windows, width: int
) -> None:
    """Nothing is replaced, and Discard shows the shape as it is."""
    windows.excuse("status of 400")
    page = windows.open(f"{lab.url}lab/", width=width)
    opened(page)
    field(page, "workers").fill("0")
    press(page, "Apply")

    expect(page.locator(".lab-shape-panel > .lab-refusal")).to_have_text(
        "workers: expected a whole number from 1 to 1000"
    )
    expect(field(page, "workers")).to_have_value("0")
    expect(now(page)).to_have_text("flask-svc: 4 sync workers")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    press(page, "Discard")
    expect(field(page, "workers")).to_have_value("4")
    expect(page.locator(".lab-shape-panel > .lab-refusal")).to_be_hidden()


def test_each_target_has_its_own_fields(lab: Lab, windows: Windows) -> None:
    """FastAPI has pool tokens and no worker class; what is typed survives the news."""
    page = windows.open(f"{lab.url}lab/")
    opened(page)
    choice(page, "target").select_option("fastapi-svc")
    expect(now(page)).to_have_text("fastapi-svc: 1 worker, 40 pool tokens")
    expect(field(page, "pool tokens each")).to_have_value("40")
    expect(choice(page, "class")).to_have_count(0)
    press(page, "100 pool tokens")
    expect(field(page, "workers")).to_have_value("1")

    lab.page.put("lab/shape/fastapi-svc", json={"threads": 30}).raise_for_status()
    expect(now(page)).to_have_text("fastapi-svc: 1 worker, 30 pool tokens")
    expect(field(page, "pool tokens each")).to_have_value("100")
    press(page, "Discard")
    expect(field(page, "pool tokens each")).to_have_value("30")
