"""The dashboard for eyes that need contrast and for a screen reader: names, headings, pictures."""

import re
from collections import Counter
from typing import Any

import pytest
from contrast import faint
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any

CONTROLS = {
    "button",
    "checkbox",
    "combobox",
    "dialog",
    "figure",
    "img",
    "image",
    "link",
    "radio",
    "slider",
    "spinbutton",
    "textbox",
}
# A control that is disabled is exempt.
EXEMPT = "[inert], :disabled, [aria-disabled=true], svg, noscript"


def accessible(page: Page) -> list[tuple[str, str]]:
    """(role, name) of everything that a screen reader meets."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (each["role"]["value"], each.get("name", {}).get("value", ""))
        for each in nodes
        if not each["ignored"]
    ]


def assert_for_all(page: Page) -> None:
    """Assert names, ids, headings, landmarks and contrast of what the page shows now."""
    met = accessible(page)
    assert [each for each in met if each[0] in CONTROLS and not each[1].strip()] == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert [each for each, count in Counter(ids).items() if count > 1] == []
    roles = Counter(role for role, _ in met)
    assert page.locator("h1").count() == 1
    if not roles["dialog"]:  # which hides all else
        assert (roles["banner"], roles["main"]) == (1, 1)
        regions = [name for role, name in met if role == "region"]
        assert len(regions) == len(set(regions)) > 0
        assert all(regions)
    assert faint(page, "body *", exempt=EXEMPT) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_has_a_name_and_contrast(lab: Lab, windows: Windows, theme: str) -> None:
    """Before a run, in it with a target's own words and the presenter's view, and after it."""
    page = windows.open(f"{lab.url}lab/", theme=theme)
    expect(page.locator(".lab-theory")).not_to_be_empty()
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("group", name="Presets").get_by_role("button").first).to_be_visible()
    assert_for_all(page)

    page.get_by_role("spinbutton", name="users for each target").fill("20")
    page.get_by_role("button", name="Start", exact=True).click()
    flask = page.get_by_role("article", name="flask-svc")
    expect(flask.locator(".lab-limit")).to_contain_text("Limit: all 4 slots busy, ")
    page.get_by_role("button", name="slot").first.hover()
    assert_for_all(page)

    page.get_by_role("button", name="Present").click()
    expect(page.locator(".lab-chart svg")).to_have_count(6)
    assert_for_all(page)
    page.get_by_role("button", name="Arena").click()
    assert_for_all(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert_for_all(page)


def test_a_picture_says_what_it_shows(lab: Lab, windows: Windows) -> None:
    """The numbers of the cards are in the charts' alternative texts, and in the arena's."""
    lab.begin()
    page = windows.open(f"{lab.url}lab/")

    for start, result in {
        "Answers per second": r"flask-svc: \d+\.\d, predicted 6\.7; fastapi-svc: \d",
        "Latency": r"flask-svc: p50 [1-4]\.\d\d\ss, p99 [1-4]\.\d\d\ss, predicted 3\.00\ss",
        "Busy slots": r"flask-svc: 4 of 4 busy, 16 queued; fastapi-svc: \d+ busy, \d+ queued",
        "What each worker": r"flask-svc: \d+\sanswers? by 4\sworkers",
    }.items():
        chart = page.locator(f"figure[aria-label^='{start}']")
        expect(chart).to_have_attribute("aria-label", re.compile(rf"\. Now {result}"))
    page.get_by_role("button", name="Arena").click()
    expect(page.locator("dialog canvas")).to_have_attribute(
        "aria-label", re.compile(r"flask-svc: .*4 at worker")
    )


# The heights that the parts of each card need, joined, are kept in a set, ten times a second.
# A sentence may stand in a higher box, as cards in a row are equally high.
WATCH_HEIGHTS = """() => {
  const height = (part) => {
    if (!part.matches(".lab-limit")) return part.offsetHeight;
    const words = document.createRange();
    words.selectNodeContents(part);
    const reserved = parseFloat(getComputedStyle(part).minHeight) || 0;
    return Math.round(Math.max(words.getBoundingClientRect().height + 4, reserved));
  };
  const parts = ".lab-card :is(.lab-head, .lab-shape, dl, .lab-limit)";
  const look = () => [...document.querySelectorAll(parts)].map(height).join();
  // Where other work keeps the machine busy, the limit is another one, with a longer sentence.
  const calm = /^(Limit: all|no slot limit|1 of 1|not limited)/;
  const limits = () => [...document.querySelectorAll(".lab-limit")];
  const isSure = () => limits().every((each) => calm.test(each.innerText));
  window.heights = new Map(); // with the sentences of the moment
  const said = () => limits().map((each) => each.innerText);
  setInterval(() => isSure() && window.heights.set(look(), said()), 100);
}"""


@pytest.mark.parametrize("width", [1400, 390])
def test_nothing_in_a_card_moves_while_its_numbers_change(
    lab: Lab, windows: Windows, width: int
) -> None:
    """From the first seconds of a run, when the sentence is short, to a full target."""
    lab.begin(user_count=2)
    page = windows.open(f"{lab.url}lab/", width=width)
    limit = page.get_by_role("article", name="flask-svc").locator(".lab-limit")
    expect(limit).to_contain_text("1 of 1 in flight")
    page.evaluate(WATCH_HEIGHTS)

    lab.edit(user_count=40)
    expect(limit).to_contain_text("all 4 slots busy, 16 waiting in the accept queue")

    seen = page.evaluate("[...heights]")
    assert len(seen) == 1, seen
