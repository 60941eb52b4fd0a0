"""The cards of the Lab tab: what a target uses, what a probe meets, and many targets."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from lab.targets import TARGETS

pytestmark = [pytest.mark.browser, pytest.mark.loads, pytest.mark.linux]

# Of conftest.py.
Lab = Any
Windows = Any
Eventually = Callable[..., None]

SCREENS = pytest.mark.parametrize("width", [1400, 390], ids=["wide", "narrow"])
LINES = (
    "(each) => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight)"
)


def card(page: Page, target: str) -> Locator:
    return page.get_by_role("article", name=target)


def of(state: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {each["name"]: each for each in state["targets"]}[name]
    return found


@SCREENS
def test_a_card_says_what_its_target_uses(
    lab: Lab, windows: Windows, eventually: Eventually, width: int
) -> None:
    """Cores, processor time of a request and memory, on one line; none before a run."""
    page = windows.open(f"{lab.url}lab/", width=width)
    lab.dial(delay_ms=200)
    lab.begin()

    for target in ("flask-svc", "fastapi-svc"):
        used = card(page, target).locator(".lab-used")
        expect(used).to_have_text(
            re.compile(r"^\d\.\d\d\scores busy · \d+(\.\d+)?\sms a\srequest · \d+\sMB$")
        )
        assert used.evaluate(LINES) < 1.5
    for target in ("flask-svc", "fastapi-svc"):
        eventually(lambda: shows_memory(page, target, lab), f"the memory of {target}")  # noqa: B023


def shows_memory(page: Page, target: str, lab: Lab) -> bool:
    """Whether the card has the state's number; a supervisor on a busy machine may answer late."""
    memory = of(lab.state(), target)["measured"]["memory_mb"]
    shown = re.findall(r"(\d+)\sMB", card(page, target).locator(".lab-used").inner_text())
    return bool(shown and memory) and abs(float(shown[0]) / memory - 1) < 0.1


def test_what_is_not_known_is_left_out(lab: Lab, windows: Windows) -> None:
    """Without a supervisor there is no line, rather than one of zeros."""

    def without_supervisor(route: Route) -> None:
        state = lab.state()
        of(state, "flask-svc")["measured"] |= dict.fromkeys(
            ("cores_busy", "processor_s", "memory_mb")
        )
        of(state, "fastapi-svc")["measured"] |= {"processor_s": None}
        route.fulfill(json=state)

    page = windows.open()
    page.route("**/lab/state", without_supervisor)
    page.goto(f"{lab.url}lab/")
    lab.begin()

    expect(card(page, "fastapi-svc").locator(".lab-used")).to_have_text(
        re.compile(r"^\d\.\d\d\scores busy · \d+\sMB$")
    )
    expect(card(page, "flask-svc").locator(".lab-used")).to_be_hidden()


@SCREENS
def test_a_card_says_what_a_probe_meets(
    lab: Lab, windows: Windows, eventually: Eventually, width: int
) -> None:
    """Only where one was late: a saturated sync Flask's waits, an event loop's does not."""
    page = windows.open(f"{lab.url}lab/", width=width)
    lab.begin()
    lab.when(lambda state: of(state, "flask-svc")["probe"]["restarts"], "three late in a row")

    probe = card(page, "flask-svc").locator(".lab-probe")
    expect(probe).to_have_text(
        re.compile(
            r"^a probe with a time-out of 1\ss would have failed \d+ times "
            r"and restarted it (once|\d+ times)$"
        )
    )
    expect(card(page, "fastapi-svc").locator(".lab-used")).to_be_visible()
    if not of(lab.state(), "fastapi-svc")["probe"]["late"]:  # a busy machine may delay one
        expect(card(page, "fastapi-svc").locator(".lab-probe")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1400, 1280, 1000, 390])
def test_nine_targets_have_a_row_each(lab: Lab, windows: Windows, width: int) -> None:
    """All that a card says of measured and predicted numbers, and charts for nine names."""

    def nine(route: Route) -> None:
        state = lab.state()
        like = {each["framework"]: each for each in state["targets"]}
        state["targets"] = [like[each.framework] | {"name": each.name} for each in TARGETS]
        state["seconds"] = [
            row | {"target": each.name}
            for row in state["seconds"]
            for each in TARGETS
            if row["target"] == f"{each.framework}-svc"
        ]
        route.fulfill(json=state)

    lab.begin()
    page = windows.open(width=width)
    page.route("**/lab/state", nine)
    page.goto(f"{lab.url}lab/")
    rows = page.locator(".lab-rows tbody tr")
    expect(rows).to_have_count(len(TARGETS))
    expect(rows.first.locator("td").nth(5)).to_contain_text("slots")
    expect(rows.locator(".lab-used").filter(has_text="MB")).to_have_count(len(TARGETS))
    assert rows.first.locator("td").first.evaluate(
        "(each) => parseFloat(getComputedStyle(each).fontSize) >= 20"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "[...document.querySelectorAll('.lab-chart')].every((each) => each.clientHeight >= 280)"
    )
