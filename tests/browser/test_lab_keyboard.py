"""The dashboard by keyboard alone: the focus can be seen and is never lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any

# Counts the moments in which nothing has the focus, from now on.
WATCH_FOCUS = """() => {
  window.lost = 0;
  setInterval(() => (window.lost += document.activeElement === document.body), 10);
}"""
# Width of the frame around what has the focus; a radio button's label is drawn instead of it.
FRAME_PX = """() => {
  const active = document.activeElement;
  const drawn = active.matches("[type=radio]") ? active.nextElementSibling : active;
  const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
  return drawn.checkVisibility() && outlineStyle !== "none" ? parseFloat(outlineWidth) : 0;
}"""


def assert_focused(page: Page, role: Any, name: str) -> None:
    """Assert that this has the focus, within a frame that can be seen."""
    expect(page.get_by_role(role, name=name, exact=True).first).to_be_focused()
    assert page.evaluate(FRAME_PX) >= 2, name


def tab_to(page: Page, role: Any, name: str, key: str = "Tab") -> None:
    """Press a key until this, or the first of its name, has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _ in range(40):
        page.keyboard.press(key)
        if wanted.evaluate("(each) => each === document.activeElement"):
            break
    assert_focused(page, role, name)


def test_a_run_from_start_to_stop(lab: Lab, windows: Windows) -> None:
    """Choose, start, open and close the arena, stop: START and STOP hand over the focus."""
    page = windows.open(f"{lab.url}lab/")
    expect(page.locator(".lab-theory")).to_have_text(re.compile("^Theory predicts"))

    tab_to(page, "radio", "Users")
    page.evaluate(WATCH_FOCUS)
    page.keyboard.press("ArrowRight")
    assert_focused(page, "radio", "Bursts")
    page.keyboard.press("ArrowLeft")
    assert_focused(page, "radio", "Users")
    page.keyboard.press("Tab")
    assert_focused(page, "spinbutton", "users for each target")
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    page.keyboard.press("Enter")

    assert_focused(page, "button", "Stop")
    expect(page.locator(".lab-doing")).to_have_text("7\u00a0users for each target")
    card = page.get_by_role("article", name="flask-svc")
    expect(card.locator(".lab-small").first).to_have_text(re.compile(r"^predicted \d"))

    page.keyboard.press("Tab")
    assert_focused(page, "button", "Arena")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_focused(page, "button", "Close")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert_focused(page, "button", "Arena")

    tab_to(page, "button", "Stop", "Shift+Tab")
    page.keyboard.press("Enter")
    assert_focused(page, "button", "Start")
    lab.when(lambda state: state["run"]["state"] == "stopped", "stopped")
    assert page.evaluate("lost") == 0


def test_a_dial_keeps_the_focus(lab: Lab, windows: Windows) -> None:
    """Apply has it after Enter, and after Discard, which disappears."""
    page = windows.open(f"{lab.url}lab/")
    tab_to(page, "spinbutton", "delay, ms")
    page.evaluate(WATCH_FOCUS)
    page.keyboard.type("1")
    tab_to(page, "button", "Discard")
    page.keyboard.press("Enter")
    assert_focused(page, "button", "Apply")

    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Apply")).to_have_attribute("aria-disabled", "false")
    assert_focused(page, "button", "Apply")
    assert page.evaluate("lost") == 0


def test_a_word_explains_itself(lab: Lab, windows: Windows) -> None:
    """To the Tab key once for each word, to the mouse at every place; Escape ends it."""
    page = windows.open(f"{lab.url}lab/")
    tab_to(page, "button", "slot")
    meaning = page.get_by_role("tooltip")
    expect(meaning).to_have_text(re.compile("^A slot is one request that a target can have"))
    expect(page.locator(":focus")).to_have_attribute("aria-describedby", "lab-meaning")

    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    assert_focused(page, "button", "slot")

    stops = page.locator(".lab-term[tabindex='0']").all_inner_texts()
    assert {"in flight", "p50", "predicted", "slot"} <= set(stops)
    assert len(stops) == len(set(stops))
    page.get_by_role("article", name="fastapi-svc").get_by_role("button", name="p50").hover()
    expect(meaning).to_have_text("p50: half of the answers took at most this time.")
    page.mouse.move(5, 400)
    expect(meaning).to_be_hidden()


def test_a_touch_explains_a_word(lab: Lab, windows: Windows) -> None:
    """The sentence fits on a telephone."""
    page = windows.open(f"{lab.url}lab/", width=390)
    page.get_by_role("article", name="fastapi-svc").get_by_role("button", name="in flight").click()

    box = page.get_by_role("tooltip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize(
    ("load", "label", "bad", "sentence"),
    [
        ("Users", "users for each target", "0", "expected a whole number from 1 to 5,000."),
        ("Bursts", "requests to each target", "2.5", "expected a whole number from 1 to 2,000."),
        ("Arrivals", "a second, to each target", "", "expected a number from 0.1 to 10,000."),
    ],
)
def test_a_bad_number_is_refused_by_its_label(
    lab: Lab, windows: Windows, load: str, label: str, bad: str, sentence: str
) -> None:
    """Nothing starts, and the sentence names no setting."""
    page = windows.open(f"{lab.url}lab/")
    expect(page.locator(".lab-theory")).to_have_text(re.compile("^Theory predicts"))
    page.get_by_text(load, exact=True).click()
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(bad)
    field.press("Enter")

    expect(page.locator(".lab-run > .lab-refusal")).to_have_text(f"{label}: {sentence}")
    assert lab.state()["run"]["state"] in ("ready", "stopped")
