"""Takes the pictures of the dashboard and of a report for the documents, from real runs.

    make pictures      starts the lab if needed and operates its page in a browser

Each scene is one run, photographed in the light and the dark theme, on a wide screen and partly on
a narrow one; the arena is recorded as an animated PNG. The report is the one in results/reference.
The pictures depend on this machine: check them before they are committed.
"""

import io
import os
import shutil
import sys
import time
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lab import environment

FOLDER = environment.ROOT / "docs" / "pictures"
REPORT = environment.ROOT / "results" / "reference" / "report.html"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
THEMES = ("light", "dark")
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
SMALL = {"width": 1000, "height": 560}
READY_S, STOP_S = 60, 60
ARENA_AFTER_S, ARENA_S = 14, 6  # the queue is built up after five seconds
COLOURS = 32  # of a recorded frame
FRAME_MS = 150
SETTLES = 150
SETTLE_MS = 2_000  # until the state reports the end of the previous run


@dataclass(frozen=True)
class Scene:
    """One run: the choices in START's form, and the seconds until the picture."""

    name: str
    seconds: int
    choices: dict[str, str]
    is_taken_narrow: bool = False


SCENES = (
    Scene("first-start", 30, {"load": "closed"}, is_taken_narrow=True),
    Scene("open", 40, {"load": "open", "arrivals": "even"}),
    Scene("burst", 32, {"load": "burst"}),
)
# The form shows the values of the last run; these are the defaults of a fresh lab.
NUMBERS = {"arrivalRate": "8", "burstSize": "16", "burstEveryS": "5", "thinkS": "0"}


def main() -> str | int:
    """Take all pictures; return 0, or a sentence on why there are none."""
    url = f"http://localhost:{environment.load(os.environ)['LOCUST_PORT']}/"
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        return "pictures: no Chromium in PATH: install one (apt-get install chromium on Debian)"
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scene in SCENES:
            take(browser, url, scene)
        take_arena(browser, url)
        for theme in THEMES:
            take_report(browser, theme)
        browser.close()
    return 0


def take_report(browser: Browser, theme: str) -> None:
    """Photograph the first screen of the report, opened from disk."""
    page = browser.new_page(viewport=WIDE, color_scheme=theme)
    page.goto(REPORT.as_uri())
    page.screenshot(path=FOLDER / f"report-{theme}.png")
    page.close()


def take(browser: Browser, url: str, scene: Scene) -> None:
    """Run one scene and photograph it."""
    starter = opened(browser, url, "light", WIDE)
    start(starter, scene)
    sizes = {"": WIDE} | ({"-narrow": NARROW} if scene.is_taken_narrow else {})
    pages = {
        f"{scene.name}{suffix}-{theme}.png": opened(browser, url, theme, size)
        for suffix, size in sizes.items()
        for theme in THEMES
    }
    starter.wait_for_timeout(scene.seconds * 1000)
    for name, page in pages.items():
        page.bring_to_front()
        page.wait_for_timeout(2_500)  # hidden pages do not refresh
        page.screenshot(path=FOLDER / name, full_page=True)
        sys.stderr.write(f"pictures: docs/pictures/{name}\n")
        page.context.close()
    starter.get_by_role("button", name="Stop", exact=True).click()
    expect(starter.get_by_role("button", name="New", exact=True)).to_be_visible(
        timeout=STOP_S * 1000
    )
    starter.context.close()


def take_arena(browser: Browser, url: str) -> None:
    """Record the arena during a run, in both themes."""
    starter = opened(browser, url, "light", WIDE)
    start(starter, Scene("arena", 0, {"load": "closed"}))
    for theme in THEMES:
        page = opened(browser, f"{url}lab/", theme, SMALL)
        page.get_by_role("button", name="Arena", exact=True).click()
        page.wait_for_timeout(ARENA_AFTER_S * 1000)
        record(page, f"arena-{theme}.png")
        page.context.close()
    starter.get_by_role("button", name="Stop", exact=True).click()
    starter.context.close()


def record(page: Page, name: str) -> None:
    """Save what a page shows for ARENA_S seconds as an animated PNG that repeats."""
    frames, ends_s, began_s = [], [], time.monotonic()
    while time.monotonic() - began_s < ARENA_S:
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        page.wait_for_timeout(FRAME_MS)
        frames.append(shot.quantize(COLOURS, palette=frames[0] if frames else None))
        ends_s.append(time.monotonic() - began_s)
    lasts_ms = [1000 * (end - begin) for begin, end in zip([0.0, *ends_s], ends_s, strict=False)]
    frames[0].save(
        FOLDER / name, save_all=True, append_images=frames[1:], duration=lasts_ms, loop=0
    )
    sys.stderr.write(f"pictures: docs/pictures/{name}\n")


def opened(browser: Browser, url: str, theme: str, size: dict[str, int]) -> Page:
    """Open the dashboard in a new window."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    context.add_init_script(f"localStorage.theme = '{theme}'")
    page = context.new_page()
    page.goto(url)
    return page


def is_free(page: Page) -> bool:
    """Return True where no target still works on requests that the previous run abandoned."""
    targets = page.request.get(f"{page.url.partition('?')[0]}lab/state").json()["targets"]
    return all(target["limit"]["kind"] != "left-over" for target in targets)


def start(page: Page, scene: Scene) -> None:
    """Press START with the scene's choices, once all targets are free."""
    for _ in range(SETTLES):
        page.wait_for_timeout(SETTLE_MS)
        if is_free(page):
            break
    if page.get_by_role("button", name="New", exact=True).is_visible():
        page.get_by_role("button", name="New", exact=True).click()
    button = page.get_by_role("button", name="Start", exact=True)
    expect(button).to_be_enabled(timeout=READY_S * 1000)
    page.get_by_text("Custom parameters").click()
    for name, value in scene.choices.items():
        page.locator(f"select[name={name}]").select_option(value)
    for name, value in NUMBERS.items():
        page.locator(f"input[name={name}]").fill(value)
    button.click()


if __name__ == "__main__":
    sys.exit(main())
