"""The Lab tab in the machine's own Chromium, visible and redrawn as on a real screen."""

import importlib.util
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx
import psutil

from bench.upstream.tools import MissingTool

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# As in tests/browser: no background traffic, works without internet; no user needs the sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH_PX, HEIGHT_PX = 1400, 900
SHOWN_S = 30
FORGET_REQUESTS = "performance.clearResourceTimings()"
STATES_ASKED_FOR = """performance.getEntriesByType("resource")
    .filter((each) => new URL(each.name).pathname === "/lab/state").length"""
CANVASES = "#lab-root .lab-chart canvas"
PICTURES = f"[...document.querySelectorAll('{CANVASES}')].map((each) => each.toDataURL())"


class Drawn(NamedTuple):
    """Activity of the tab: requests for the state per second, and number of charts that changed."""

    refreshes_per_s: float
    charts: int


class Tab:
    """The Lab tab, open in a window."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._pictures: list[str] = []
        self._since_s = 0.0

    def begin(self) -> None:
        """Reset the counts."""
        self._pictures = self._page.evaluate(PICTURES)
        self._page.evaluate(FORGET_REQUESTS)
        self._since_s = time.monotonic()

    def drawn(self) -> Drawn:
        """Activity since `begin`."""
        # The browser's own list of requests is the count: nothing is added to the page.
        per_s = self._page.evaluate(STATES_ASKED_FOR) / (time.monotonic() - self._since_s)
        pictures = self._page.evaluate(PICTURES)
        # A chart that is redrawn with new data has different pixels.
        changed = [now != then for now, then in zip(pictures, self._pictures, strict=False)]
        return Drawn(per_s, sum(changed))


def chromium() -> str:
    """Path of Chromium. Raises MissingTool where it or Playwright is not installed."""
    if importlib.util.find_spec("playwright") is None:
        raise MissingTool("playwright is not installed; get it with: make test, which makes .venv")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise MissingTool(
            "Chromium is not installed; get it with: "
            "apt-get install -y --no-install-recommends chromium"
        )
    return found


@contextmanager
def running() -> Iterator["Browser"]:
    """Start a headless Chromium; close it at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def lab_tab(browser: "Browser", url: str) -> Iterator[Tab]:
    """Open the Lab tab of the page at `url`, all charts drawn, and the arena over it."""
    specs = httpx.get(f"{url}/lab/charts", timeout=SHOWN_S, trust_env=False).json()
    with browser.new_context(viewport={"width": WIDTH_PX, "height": HEIGHT_PX}) as context:
        page = context.new_page()
        page.goto(f"{url}/?tab=lab", timeout=SHOWN_S * 1000)
        page.wait_for_function(
            f"document.querySelectorAll('{CANVASES}').length === {len(specs['light'])}",
            timeout=SHOWN_S * 1000,
        )
        page.get_by_role("button", name="Arena", exact=True).click()  # its dots move all the time
        yield Tab(page)


def is_part(process: psutil.Process) -> bool:
    """Return True for a process of Chromium."""
    try:
        return "chrom" in process.name()
    except psutil.NoSuchProcess:
        return False
