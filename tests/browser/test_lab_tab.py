"""The Lab tab: the view after the first START, and its numbers and marks against the run."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from lab.charts import COLOURS, DARK, LIGHT, Theme

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any
ChartsOf = Callable[[Page], dict[str, Any]]
Eventually = Callable[..., None]

BOTH = {"flask-svc", "fastapi-svc"}
USERS = 20  # per target, by the form's defaults
SLOTS = 4
ALL_BUSY = re.compile(
    r"^Limit: all 4 slots busy, 1[2-6] waiting(?: in the accept queue)?: "
    r"more users add only waiting$"
)
NO_LIMIT = re.compile(r"^no slot limit: \d+ of \d+ in flight are waiting on the upstream")
# While other programs keep this machine busy, a doubt may come first.
PATIENCE_MS = 90_000


def card(page: Page, target: str) -> Locator:
    return page.get_by_role("article", name=target)


def figure(page: Page, target: str, label: str) -> tuple[str, str]:
    """A number on a card, and the small line below it."""
    group = card(page, target).locator("dl > div", has=page.get_by_text(label, exact=True))
    return group.locator(".lab-big").inner_text(), group.locator(".lab-small").inner_text()


def expect_sentences(page: Page) -> None:
    for target, sentence in (("flask-svc", ALL_BUSY), ("fastapi-svc", NO_LIMIT)):
        limit = card(page, target).locator(".lab-limit")
        expect(limit).to_have_text(sentence, timeout=PATIENCE_MS)


def press(page: Page, name: str) -> None:
    """Click a button of Locust's header on a wide screen."""
    page.locator("header").get_by_role("button", name=name, exact=True).click()


def start(page: Page, *, users: int | None = None) -> None:
    """Click START with the form as it is; the form of a shared lab keeps its last users."""
    if users is not None:
        page.get_by_role("textbox", name=re.compile("^Number of users")).fill(str(users))
    page.get_by_role("button", name="Start", exact=True).click()


@pytest.mark.parametrize("width", [1400, 390], ids=["wide", "narrow"])
def test_a_newcomers_first_start_shows_both_targets(
    new_lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually, width: int
) -> None:
    """One click, without reading or typing, shows the ceiling and its reason."""
    page = windows.open(new_lab.url, width=width)
    start(page)

    expect(page.get_by_role("tab", name="Lab")).to_have_attribute("aria-selected", "true")
    for target in BOTH:
        for label in ("answers/s", "latency, p50", "in flight"):
            name = page.locator("dt").filter(has_text=re.compile(f"^{label}$"))
            number = card(page, target).locator(name).locator("xpath=following-sibling::dd[1]")
            expect(number).to_have_text(re.compile(r"^\d"))
    eventually(lambda: shows_both(charts_of(page)), "marks of both targets in every chart")
    expect_sentences(page)
    assert figure(page, "flask-svc", "answers/s")[1] == "predicted 6.7"
    assert figure(page, "fastapi-svc", "answers/s")[1] == "predicted 33.3"
    assert all(chart.fits for chart in charts_of(page).values())
    if width == 1400:  # on the first screen is all but processor and memory, which lie below it
        assert page.evaluate(
            "[...document.querySelectorAll('.lab-chart')].map((each) =>"
            " each.getBoundingClientRect().bottom <= innerHeight)"
        ) == [True, True, True, True, False, False]


def shows_both(charts: dict[str, Any]) -> bool:
    """Whether each chart has marks of both targets."""
    kinds = {"throughput": "symbol", "latency": "symbol", "slots": "area", "lanes": "rect"}
    kinds |= {"processor": "line", "memory": "line"}
    return bool(charts) and all(charts[name].targets(kind) == BOTH for name, kind in kinds.items())


@pytest.mark.alone
def test_every_chart_shows_what_the_state_says(
    lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually
) -> None:
    """One point per known second, areas, one block per group of answers, in the theme's colours."""
    lab.dial(delay_ms=200)
    lab.begin()
    pages = {theme: windows.open(lab.url, theme=theme.name) for theme in (LIGHT, DARK)}
    rows = 6 * len(BOTH)
    lab.when(lambda state: len(state["seconds"]) >= rows, "six seconds of both")
    lab.stop()
    state = lab.when(lambda state: state["now_s"] - state["at_s"] > 3.5, "charts that have ended")

    for theme, page in pages.items():
        eventually(
            lambda: (charts := charts_of(page)) and charts["lanes"].rows == state["blocks"],  # noqa: B023
            "the last blocks on the page",
        )
        assert_charts(charts_of(page), state, theme)


def assert_charts(charts: dict[str, Any], state: dict[str, Any], theme: Theme) -> None:
    """Assert that rows equal the state, marks the rows, and colours the theme."""
    for name in ("throughput", "latency", "slots", "processor", "memory"):
        assert charts[name].rows == state["seconds"]
    points = {
        "throughput": known(state, "throughput_rps"),
        "latency": known(state, "p50_s") + known(state, "p99_s"),
    }
    for name, expected in points.items():
        symbols = [each for each in charts[name].marks if each["kind"] == "symbol"]
        drawn = [(each["target"], each["t_s"], round(each["value"], 6)) for each in symbols]
        assert sorted(drawn) == sorted(expected)
        strokes = {each["stroke"] for each in charts[name].marks if each["kind"] == "line"}
        # The run before is a line of points' colour.
        before = {row["target"] for row in state["seconds"] if row["last_rps"] is not None}
        assert strokes == {COLOURS[target] for target in BOTH} | {
            theme.strong(target) for target in before
        }
    blocks = [
        each
        for each in charts["lanes"].marks
        if each["kind"] == "rect" and each["target"] and each["fill"] != theme.floor
    ]
    assert len(blocks) == sum(each["count"] > 0 for each in state["blocks"])
    assert {f"worker {each['worker']}" for each in state["blocks"]} <= charts["lanes"].texts()
    for name, field in (("processor", "cores_busy"), ("memory", "memory_mb")):
        lines = [each for each in charts[name].marks if each["kind"] == "line"]
        drawn = sorted((each["target"], each["t_s"]) for each in lines)
        assert drawn == sorted((target, t_s) for target, t_s, _ in known(state, field))
        assert {each["stroke"] for each in lines} == {theme.strong(target) for target in BOTH}
    assert {"4 slots", "no slot limit"} <= charts["slots"].texts()
    areas = [each for each in charts["slots"].marks if each["kind"] == "area"]
    fills = {(each["target"], each["fill"]) for each in areas}
    assert {(target, COLOURS[target]) for target in BOTH} <= fills
    for target in BOTH:
        for name in ("throughput", "latency"):
            assert charts[name].pixels.get(theme.strong(target), 0) > 20, (name, target)
        assert charts["lanes"].pixels.get(COLOURS[target], 0) > 200, target
        # The number depends on how long the slots were busy; 0 means that the area is invisible.
        assert charts["slots"].pixels.get(COLOURS[target], 0) > 0, target


def known(state: dict[str, Any], name: str) -> list[tuple[str, int, float]]:
    """(target, time, value) for each second in which the value is known."""
    return [
        (each["target"], each["t_s"], round(each[name], 6))
        for each in state["seconds"]
        if each[name] is not None
    ]


def test_numbers_are_locusts_and_the_upstreams_in_each_run(
    lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually
) -> None:
    """Equal within one refresh during a run, exactly after STOP; the next run has empty charts."""
    page = windows.open(lab.url)
    press_new(page)
    for error_rate in (0.25, 0):
        lab.dial(delay_ms=300, error_rate=error_rate, seed=1)
        lab.upstream.delete("/stats")
        began_s = time.time()
        start(page, users=USERS * len(BOTH))

        eventually(lambda: rows_since(charts_of(page), began_s, lab), "rows of this run alone")  # noqa: B023
        for target in BOTH:
            in_flight = card(page, target).locator(".lab-big").nth(2)
            expect(in_flight).to_have_text(str(USERS))
        eventually(lambda: agrees_with_upstream(page, lab), "busy slots as the upstream has them")
        lab.when(lambda state: len(state["seconds"]) >= 6, "three seconds of both")
        press(page, "Stop")
        expect(page.get_by_role("button", name="New", exact=True)).to_be_visible()
        lab.when(lambda state: state["run"]["state"] == "stopped", "stopped")
        answered = lab.answered()
        assert answered == lab.served()
        eventually(lambda: lab.counted() == answered, "the same in Locust's own count")  # noqa: B023
        page.get_by_role("tab", name="Statistics").click()
        for target, (total, failed) in answered.items():
            assert (failed > 0) == (error_rate > 0)
            cells = page.get_by_role("row", name=f"{target} /").get_by_role("cell")
            expect(cells.nth(2)).to_have_text(str(total))
            expect(cells.nth(3)).to_have_text(str(failed))
        page.get_by_role("tab", name="Lab").click()
        for target, (_, failed) in answered.items():
            pill = card(page, target).locator(".lab-amiss")
            expect(pill).to_have_text(f"{failed} failed" if failed else "")
        press_new(page)


def rows_since(charts: dict[str, Any], began_s: float, lab: Lab) -> bool:
    """Whether a chart has rows, and none from before this run."""
    rows = charts["throughput"].rows if charts else []
    return bool(rows) and -rows[0]["t_s"] <= lab.state()["at_s"] - began_s + 2


def agrees_with_upstream(page: Page, lab: Lab) -> bool:
    """Whether the page's busy slots equal the upstream's count, within one wave."""
    held = lab.held()
    for target in BOTH:
        numbers = re.findall(r"\d+", figure(page, target, "in flight")[1])
        if len(numbers) != 2:
            return False  # the run is so new that the upstream was not asked yet
        busy, queue = map(int, numbers)
        if busy + queue != USERS or abs(busy - held[target]) > SLOTS:
            return False
    return True


def press_new(page: Page) -> None:
    """Open the form for a run, also after an earlier run."""
    ready = page.get_by_role("heading", name="Start new load test")
    new = page.get_by_role("button", name="New", exact=True)
    expect(ready.or_(new).first).to_be_visible()
    if not ready.is_visible():
        new.click()
    expect(ready).to_be_visible()


def test_a_start_appears_in_other_windows_by_itself(new_lab: Lab, windows: Windows) -> None:
    """A window with the first form switches to the Lab tab; a window on another tab stays there."""
    starter, watcher = (windows.open(new_lab.url) for _ in range(2))
    reader = windows.open(f"{new_lab.url}?tab=stats")
    for page in (watcher, reader):
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    start(starter)

    for page, tab in ((starter, "Lab"), (watcher, "Lab"), (reader, "Statistics")):
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(card(watcher, "flask-svc").locator(".lab-big").nth(2)).to_have_text(str(USERS))
    expect(reader.get_by_role("row", name="flask-svc /io")).to_be_visible()


def test_a_stop_that_waits_says_for_what(lab: Lab, windows: Windows) -> None:
    """The last answers take seconds, in which Locust's page shows no change."""
    lab.dial(delay_ms=1000)
    lab.begin()
    page = windows.open(lab.url)
    expect(card(page, "flask-svc").locator(".lab-limit")).to_contain_text("all 4 slots busy")
    press(page, "Stop")

    banner = page.locator(".lab-banner[role=status]").filter(visible=True)
    expect(banner).to_have_text(
        re.compile(r"Stopping: waiting for the last \d+ answers, 30\ss at most\.$")
    )
    lab.dial(delay_ms=20)
    expect(banner).to_have_count(0)


def test_the_theme_changes_at_run_time(
    lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually
) -> None:
    """Locust's own button changes page, cards and charts together, there and back."""
    lab.dial(delay_ms=200)
    lab.begin()
    page = windows.open(lab.url)
    # Locust's theme button is the only one in the header without a name.
    button = page.locator("header").get_by_role("button").filter(has_text=re.compile("^$"))

    for theme in (LIGHT, DARK, LIGHT):
        eventually(lambda: dressed(charts_of(page), theme), f"charts in {theme.name}")  # noqa: B023
        shown = page.locator(".lab").evaluate("(node) => getComputedStyle(node).color")
        assert hexadecimal(shown) == theme.ink
        button.click()


def dressed(charts: dict[str, Any], theme: Theme) -> bool:
    """Whether the charts have the theme's colours, in their marks and in their pixels."""
    if not charts or not shows_both(charts):
        return False
    strong = {theme.strong(target) for target in BOTH}
    for name in ("throughput", "latency"):
        names = [each for each in charts[name].marks if each["text"] in BOTH]
        if {each["fill"] for each in names} != strong:
            return False
    floor, rule = charts["lanes"].pixels.get(theme.floor, 0), charts["slots"].pixels
    return bool(floor > 200 and rule.get(theme.ink, 0) > 50)


def hexadecimal(rgb: str) -> str:
    """Convert `rgb(1, 2, 3)` to `#010203`."""
    return "#" + "".join(f"{int(each):02x}" for each in re.findall(r"\d+", rgb)[:3])


def test_the_dashboard_can_be_heard_and_reached_by_name(lab: Lab, windows: Windows) -> None:
    """Every field and button has a name, and a screen reader announces the limit of a target."""
    lab.begin()
    page = windows.open(lab.url)
    expect_sentences(page)

    nameless = page.evaluate(
        "[...document.querySelectorAll('.lab input, .lab select, .lab button')]"
        ".filter((each) => !each.labels?.length && !each.ariaLabel && !each.innerText.trim())"
        ".filter((each) => each.checkVisibility()).map((each) => each.outerHTML)"
    )
    assert nameless == []
    for target in BOTH:
        aloud = card(page, target).locator("[aria-live=polite]")
        expect(aloud).to_have_text(re.compile(rf"^{target}: (Limit: all 4|no slot limit: )"))
    assert page.locator(".lab figure[role=img]:not([aria-label])").count() == 0
    for place in (".lab-now", ".lab-dial-bar > .lab-refusal"):
        expect(page.locator(place)).to_have_attribute("aria-live", "polite")
