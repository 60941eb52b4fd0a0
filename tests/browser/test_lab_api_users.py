"""WebSocket users: chosen in Locust's picker, which keeps the choice, and shown on the Lab tab."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any
ChartsOf = Callable[[Page], dict[str, Any]]
Eventually = Callable[..., None]

PLAIN = {"FlaskSvc", "FastapiSvc"}
SOCKETS = {"FlaskSvcSockets", "FastapiSvcSockets"}
EVERY = {
    f"{target}{kind}"
    for target in ("FlaskSvc", "FastapiSvc")
    for kind in ("", "Api", "Streams", "Sockets")
}
PATIENCE_MS = 90_000


def row(page: Page, name: str) -> Locator:
    """The row of a user class in the picker."""
    return page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def ticked(page: Page) -> set[str]:
    """The ticked user classes; empty while the picker is missing."""
    found = {name: row(page, name).get_by_role("checkbox") for name in EVERY}
    return {name for name, box in found.items() if box.count() and box.is_checked()}


def choose(page: Page, names: set[str]) -> None:
    """Tick exactly these user classes, those under "More" among them."""
    if (more := page.get_by_role("button", name="More")).is_visible():
        more.click()
    for name in EVERY:
        row(page, name).get_by_role("checkbox").set_checked(name in names)


def press(page: Page, name: str) -> None:
    """Press a button of Locust's; the Lab tab below has its own Stop."""
    page.get_by_role("button", name=name, exact=True).first.click()


def card(page: Page, target: str) -> Locator:
    return page.get_by_role("article", name=target)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_choice_is_kept_and_the_tab_says_who_holds_the_slots(
    new_lab: Lab, windows: Windows, eventually: Eventually, charts_of: ChartsOf, theme: str
) -> None:
    """The first form has the plain classes ticked; later forms have the last choice."""
    page = windows.open(new_lab.url, theme=theme)
    expect(row(page, "FlaskSvc")).to_be_visible()
    eventually(lambda: ticked(page) == PLAIN, "the plain classes ticked")
    choose(page, SOCKETS)
    assert ticked(page) == SOCKETS

    press(page, "Start")

    limit = card(page, "flask-svc").locator(".lab-limit")
    expect(limit).to_have_text(
        "Limit: 4 WebSockets hold all 4 slots: nothing else is served", timeout=PATIENCE_MS
    )
    expect(card(page, "fastapi-svc").locator(".lab-limit")).to_have_text(
        "no slot limit: 20 WebSockets open", timeout=PATIENCE_MS
    )
    expect(card(page, "flask-svc").locator(".lab-shape")).to_have_text(
        re.compile(r"^/ws · 4.workers · 4.slots · 20.users$")
    )
    eventually(lambda: drawn(charts_of(page)), "busy slots in the chart")
    # A page opened during the run has the same choice as the page that started the run.
    late = windows.open(new_lab.url, theme=theme)
    press(page, "Stop")
    press(page, "New")
    eventually(lambda: ticked(page) == SOCKETS, "the same classes ticked again")
    new_lab.when(lambda state: state["run"]["state"] == "stopped", "stopped")
    late.reload()
    press(late, "New")
    eventually(lambda: ticked(late) == SOCKETS, "what was chosen last, on another page")


def drawn(charts: dict[str, Any]) -> bool:
    """Whether the chart of slots has areas, and a row with 4 busy and 16 waiting."""
    if not charts:
        return False
    rows = [each for each in charts["slots"].rows if each["target"] == "flask-svc"]
    has_marks = charts["slots"].targets("area") == {"flask-svc", "fastapi-svc"}
    return has_marks and any((each["busy"], each["queue"]) == (4, 16) for each in rows)


@pytest.mark.parametrize("width", [1400, 390], ids=["wide", "narrow"])
def test_all_classes_can_be_chosen_without_scrolling(
    new_lab: Lab, windows: Windows, width: int
) -> None:
    """Those under "More" too. On a wide screen they are in two columns."""
    page = windows.open(new_lab.url, width=width)
    page.get_by_role("button", name="More").click()

    places = {name: row(page, name).bounding_box() for name in EVERY}

    frame = (
        page.locator(".MuiFormGroup-root table").locator("xpath=ancestor::div[3]").bounding_box()
    )
    assert frame is not None
    for place in places.values():
        assert place is not None
        assert place["y"] >= frame["y"] - 1
        assert place["y"] + place["height"] <= frame["y"] + frame["height"] + 1
        assert place["x"] + place["width"] <= width
    lines = {round(place["y"]) for place in places.values() if place}
    assert len(lines) == (4 if width == 1400 else 8)


def test_a_schedule_for_websockets_is_refused_in_words(new_lab: Lab, windows: Windows) -> None:
    """The sentence is on the form, and the form keeps the choice."""
    page = windows.open(new_lab.url)
    choose(page, SOCKETS)
    page.get_by_role("button", name="Custom parameters").click()
    page.locator("select[name=load]").select_option("burst")

    press(page, "Start")

    expect(page.get_by_role("alert")).to_contain_text(
        "load='burst': FastapiSvcSockets and others cannot be scheduled"
    )
    assert ticked(page) == SOCKETS
    assert new_lab.state()["run"]["state"] == "ready"
