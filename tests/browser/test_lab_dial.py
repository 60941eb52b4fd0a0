"""The upstream's dial on the Lab tab: changed, refused, reset, and seen in other windows."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

Lab = Any  # of conftest.py
Windows = Any


def dial(page: Page) -> Locator:
    return page.get_by_role("form", name="Dial of the upstream")


def field(page: Page, name: str) -> Locator:
    return dial(page).get_by_role("spinbutton", name=name, exact=True)


def press(page: Page, name: str) -> None:
    dial(page).get_by_role("button", name=name, exact=True).click()


def now(page: Page) -> Locator:
    """The words for the dial's current values."""
    return page.locator(".lab-now")


def refusal(page: Page) -> Locator:
    return page.locator(".lab-dial-bar > .lab-refusal")


def number(page: Page, target: str, place: int) -> Locator:
    """A number on a card: answers per second (0), latency (1), in flight (2)."""
    return page.get_by_role("article", name=target).locator(".lab-big").nth(place)


def predicted(page: Page, target: str, place: int) -> Locator:
    return page.get_by_role("article", name=target).locator(".lab-small").nth(place)


@pytest.mark.parametrize("page", [1400], indirect=True)
def test_a_turn_changes_the_prediction_and_then_what_is_measured(
    page: Page, lab: Lab, windows: Windows
) -> None:
    """The form changes the dial; a second, narrow window shows the change too."""
    lab.begin()
    page.reload()
    other = windows.open(lab.url, width=390)
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")
    expect(predicted(page, "flask-svc", 0)).to_have_text("predicted 6.7")

    field(page, "delay, ms").fill("200")
    press(page, "Apply")

    for each in (page, other):
        expect(now(each)).to_have_text("Now 200\u00a0ms each time; 0\u00a0% errors.")
        expect(predicted(each, "flask-svc", 0)).to_have_text("predicted 20.0")
        expect(predicted(each, "flask-svc", 1)).to_have_text("predicted 1.00\u00a0s")
        expect(predicted(each, "fastapi-svc", 0)).to_have_text("predicted 100")
        expect(field(each, "delay, ms")).to_have_value("200")
    # Far from the values at 600 ms, near the prediction; a busy machine needs the tolerance.
    expect(number(page, "flask-svc", 0)).to_have_text(re.compile(r"^(1[5-9]|2[01])\.\d$"))
    expect(number(page, "fastapi-svc", 0)).to_have_text(re.compile(r"^([789]\d\.\d|10\d)$"))
    assert lab.upstream.get("/behaviour").json()["delay_ms"] == 200


@pytest.mark.parametrize("page", [1400], indirect=True)
def test_errors_that_are_dialled_are_failures_on_the_cards(page: Page, lab: Lab) -> None:
    """The card counts them, and says who asked for them where nothing limits the target."""
    lab.dial(delay_ms=200)
    lab.begin()
    page.reload()
    expect(now(page)).to_contain_text("0\u00a0% errors")
    field(page, "errors, %").fill("30")
    press(page, "Apply")

    expect(now(page)).to_contain_text("30\u00a0% errors")
    for target, sentence in (
        ("flask-svc", r"^Limit: all 4 slots busy, "),
        ("fastapi-svc", r"^\d+\s% of the answers are errors, as the dial asks$"),
    ):
        card = page.get_by_role("article", name=target)
        expect(card.locator(".lab-amiss")).to_have_text(re.compile(r"^[\d,]+ failed$"))
        expect(card.locator(".lab-limit")).to_have_text(re.compile(sentence))


def test_the_upstream_is_frozen_and_thawed_to_what_it_did_before(
    page: Page, lab: Lab, windows: Windows
) -> None:
    """In every window that has seen what it did."""
    open_before_a_run(page, lab)
    field(page, "hang, %").fill("5")
    field(page, "resets, %").fill("2.5")
    press(page, "Apply")
    said = "Now 600\u00a0ms each time; 0\u00a0% errors, 5\u00a0% hang, 2.5\u00a0% resets."
    expect(now(page)).to_have_text(said)
    other = windows.open(f"{lab.url}lab/", width=1400)
    expect(now(other)).to_have_text(said)

    press(page, "Freeze")
    for each in (page, other):
        expect(now(each)).to_have_text("Now frozen: no call is answered.")
        expect(field(each, "hang, %")).to_have_value("100")
    thaw = dial(page).get_by_role("button", name="Thaw", exact=True)
    expect(thaw).to_have_attribute("title", re.compile("dead calls stay dead until the target's"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # What is typed here is not for this button.
    field(other, "delay, ms").fill("450")
    press(other, "Thaw")
    expect(now(page)).to_have_text(said)
    expect(field(page, "resets, %")).to_have_value("2.5")
    expect(field(other, "delay, ms")).to_have_value("450")
    freeze = dial(other).get_by_role("button", name="Freeze", exact=True)
    expect(freeze).to_have_attribute("title", re.compile("^No new call is answered: "))
    told = lab.upstream.get("/behaviour").json()
    assert (told["delay_ms"], told["hang_rate"], told["reset_rate"]) == (600, 0.05, 0.025)


def test_a_window_that_knows_no_other_dial_thaws_to_no_faults(
    new_lab: Lab, windows: Windows
) -> None:
    """It was opened while the upstream was frozen, and predicts no answer meanwhile."""
    new_lab.dial(hang_rate=1)
    page = windows.open(f"{new_lab.url}lab/", width=1400)
    expect(now(page)).to_have_text("Now frozen: no call is answered.")
    for target in ("flask-svc", "fastapi-svc"):
        expect(number(page, target, 0)).to_have_text("0.0")
        expect(predicted(page, target, 0)).to_have_text("predicted")
        expect(number(page, target, 1)).to_have_text("–")

    press(page, "Thaw")
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")
    expect(number(page, "flask-svc", 0)).to_have_text("6.7")


def test_a_value_is_refused_by_the_label_of_its_field(
    page: Page, lab: Lab, windows: Windows
) -> None:
    """It changes nothing; a good value does, and Reset restores all fields."""
    windows.excuse("status of 400")
    open_before_a_run(page, lab)
    field(page, "delay, ms").fill("70000")
    press(page, "Apply")
    expect(refusal(page)).to_have_text("delay, ms: expected a number from 0 to 60,000.")

    field(page, "delay, ms").fill("100")
    dial(page).get_by_role("combobox", name="distribution").select_option("uniform")
    field(page, "spread, ± ms").fill("300")
    press(page, "Apply")
    expect(refusal(page)).to_have_text(
        "spread, ± ms: expected at most 100.0 around delay 100.0, "
        "so that waits stay in 0 to 60000 ms"
    )
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")

    field(page, "delay, ms").fill("300")
    dial(page).get_by_role("combobox", name="distribution").select_option("uniform")
    field(page, "spread, ± ms").fill("100")
    press(page, "Apply")
    expect(refusal(page)).to_be_hidden()
    expect(now(page)).to_have_text("Now 300\u00a0ms ± 100\u00a0ms, evenly spread; 0\u00a0% errors.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    press(page, "Reset")
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")
    expect(field(page, "delay, ms")).to_have_value("600")
    assert lab.upstream.get("/behaviour").json()["distribution"] == "fixed"


@pytest.mark.parametrize("page", [1400], indirect=True)
def test_what_is_typed_survives_the_news(page: Page, lab: Lab) -> None:
    """When another window changes the dial, the words change and the typed value stays."""
    open_before_a_run(page, lab)
    expect(field(page, "delay, ms")).to_have_value("600")
    field(page, "delay, ms").fill("450")

    lab.dial(delay_ms=250)
    expect(now(page)).to_have_text("Now 250\u00a0ms each time; 0\u00a0% errors.")
    lab.dial(delay_ms=350)  # a second change
    expect(now(page)).to_have_text("Now 350\u00a0ms each time; 0\u00a0% errors.")
    expect(field(page, "delay, ms")).to_have_value("450")
    expect(dial(page).get_by_role("slider")).to_have_value("450")

    press(page, "Discard")
    expect(field(page, "delay, ms")).to_have_value("350")
    lab.dial(delay_ms=250)
    expect(field(page, "delay, ms")).to_have_value("250")


def open_before_a_run(page: Page, lab: Lab) -> None:
    """Open the dashboard on its own page, which needs no run."""
    page.goto(f"{lab.url}lab/")
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")


def test_nothing_can_be_typed_before_the_dial_is_known(lab: Lab, windows: Windows) -> None:
    """Empty fields would be refused as bad numbers."""
    windows.excuse("ERR_FAILED.*lab/state")
    page = windows.open(width=1400)
    page.route("**/lab/state", lambda route: route.abort())
    page.goto(f"{lab.url}lab/")

    form = page.locator("form.lab-dial")
    expect(now(page)).to_have_text("Not known yet.")
    assert form.evaluate("form => form.inert")

    page.unroute("**/lab/state")
    expect(now(page)).to_have_text("Now 600\u00a0ms each time; 0\u00a0% errors.")
    assert not form.evaluate("form => form.inert")
