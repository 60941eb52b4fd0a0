"""The Lab tab of the lab in containers, in a browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from layers import BROWSERS
from playwright.sync_api import Page, expect, sync_playwright

from lab.charts import COLOURS, LIGHT

pytestmark = [pytest.mark.docker, pytest.mark.browser]

SENTENCES = {
    "flask-svc": r"^Limit: all 4 slots busy, \d+ waiting(?: in the accept queue)?: "
    r"more users add only waiting$",
    "fastapi-svc": r"^no slot limit: \d+ of \d+ in flight are waiting on the upstream",
}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
ANSWERS, LATENCY, IN_FLIGHT = 0, 2, 4  # cells of a row
PATIENCE_MS = 60_000

# Number of pixels of one colour per chart, by its class.
COUNT_PIXELS = """(colour) => Object.fromEntries(
  [...document.querySelectorAll(".lab-chart canvas")].map((canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const seen = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    let count = 0;
    for (let at = 0; at < seen.length; at += 4) {
      count += wanted.every((part, place) => seen[at + place] === part) && seen[at + 3] === 255;
    }
    return [canvas.closest(".lab-chart").className, count];
  }),
)"""


@pytest.fixture
def no_run(lab: Any) -> Iterator[str]:
    """The dashboard's URL; a run that a test starts there is stopped at the end."""
    url: str = lab.url("locust")
    yield url
    httpx.post(f"{url}/stop", timeout=60)


def test_start_shows_both_services_with_numbers_and_charts(
    no_run: str, upstream: httpx.Client, eventually: Callable[..., None]
) -> None:
    """Cards and charts show 4 slots and no limit; the page asks no other server."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        foreign: list[str] = []
        errors: list[str] = []
        page.on("request", lambda sent: foreign.append(sent.url))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(no_run)
        page.get_by_role("button", name="Start", exact=True).click(timeout=PATIENCE_MS)

        for target, sentence in SENTENCES.items():
            expect_measured(page, target, sentence)
        eventually(lambda: all_drawn(page), "both services' colours in every chart")
        state = httpx.get(f"{no_run}/lab/state", timeout=30).json()
        slots = {each["name"]: each["slots"] for each in state["targets"]}
        assert [slots[target] for target in SENTENCES] == [4, None]
        page.get_by_role("button", name="Stop", exact=True).click()
        new = page.get_by_role("button", name="New", exact=True)
        expect(new).to_be_visible(timeout=PATIENCE_MS)
        browser.close()
    assert [url for url in foreign if not url.startswith(no_run)] == []
    assert errors == []


def expect_measured(page: Page, target: str, sentence: str) -> None:
    """Wait for numbers in a target's row, one of many, and for the sentence on its limit."""
    cells = page.locator(".lab-rows tbody tr", has=page.get_by_text(target, exact=True)).locator(
        "td"
    )
    for place in ANSWERS, LATENCY, IN_FLIGHT:
        expect(cells.nth(place)).to_have_text(re.compile(r"^\d"), timeout=PATIENCE_MS)
    expect(cells.last).to_have_text(re.compile(sentence), timeout=PATIENCE_MS)


def all_drawn(page: Page) -> bool:
    """Whether each chart has pixels in a colour of each target: strong points, plain areas."""
    colours = {target: [COLOURS[target], LIGHT.strong(target)] for target in SENTENCES}
    counts = [[page.evaluate(COUNT_PIXELS, colour) for colour in each] for each in colours.values()]
    return all(
        len(plain) == 6 and all(plain[name] + strong[name] > 10 for name in plain)
        for plain, strong in counts
    )
