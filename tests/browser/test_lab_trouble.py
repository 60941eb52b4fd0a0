"""The Lab tab during failures: a sentence names the failure, and the numbers stay visible."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lab.running.testbed.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any
StartLab = Callable[..., AbstractContextManager[Lab]]

TARGETS = ("flask-svc", "fastapi-svc")
SOON_S = 6.0
"""The lab promises 3 s; a busy machine may need twice as long."""

# Notes the time of day when a text first appears on a card, whatever part of the page writes it.
NOTE_WHEN = """(text) => {
  window.notedAtMs = null;
  const look = () => {
    const found = [...document.querySelectorAll(".lab-limit")].some(
      (each) => each.textContent.includes(text),
    );
    if (found) window.notedAtMs ??= Date.now();
  };
  new MutationObserver(look).observe(
    document.querySelector(".lab"), { subtree: true, childList: true, characterData: true },
  );
  look();
}"""


@contextmanager
def frozen(program: Any) -> Iterator[float]:
    """Stop all processes of a program with SIGSTOP; yield the time of day of the stop."""
    program.stop(signal.SIGSTOP)
    try:
        yield time.time()
    finally:
        program.stop(signal.SIGCONT)


def limit(page: Page, target: str) -> Any:
    return page.get_by_role("article", name=target).locator(".lab-limit")


def test_a_frozen_upstream_is_called_what_it_is_within_seconds(
    lab: Lab, windows: Windows, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cards and the dial name it, and stop naming it after it has recovered."""
    lab.begin()
    page = windows.open(lab.url)
    for target in TARGETS:
        expect(limit(page, target)).to_have_text(re.compile("^(Limit: all 4|no slot limit:)"))
    page.evaluate(NOTE_WHEN, "mock-upstream has been silent")

    with frozen(lab.upstream_program) as since_s:
        for target in TARGETS:
            expect(limit(page, target)).to_have_text(
                re.compile(
                    r"^⚠ Doubt: mock-upstream has been silent for \d+\ss: "
                    r"frozen or gone, so requests wait or fail$"
                )
            )
        passed_s = page.evaluate("window.notedAtMs") / 1000 - since_s
        with capsys.disabled():
            print(f"\na frozen upstream was named after {passed_s:.2f} s")  # noqa: T201  # for people
        expect(page.locator(".lab-now")).to_contain_text(re.compile(r"No answer for \d+\ss\.$"))

    for target in TARGETS:
        expect(limit(page, target)).to_have_text(re.compile("^(Limit: all 4|no slot limit:)"))
    expect(page.locator(".lab-now")).not_to_contain_text("No answer")
    assert passed_s < SOON_S


@pytest.fixture
def lab_of_two(start_lab: StartLab, tmp_path: Path) -> Iterator[Lab]:
    """A lab of the test's own with two load workers."""
    with start_lab(tmp_path, load_workers=2) as lab:
        yield lab
        lab.end()


def test_a_lost_load_worker_is_named(lab_of_two: Lab, windows: Windows) -> None:
    """The banner names the lost one of two; its users continue on the other."""
    lab = lab_of_two
    lab.begin()
    lab.when(
        lambda state: [each["users"] for each in state["load_workers"]] == [20, 20],
        "twenty users for each load worker",
    )
    page = windows.open(lab.url)
    banner = page.locator(".lab-banner[role=status]").filter(visible=True)
    expect(limit(page, "flask-svc")).to_be_visible()
    assert banner.count() == 0

    lab.load_workers[0].process.kill()
    state = lab.when(
        lambda state: (
            sum(each["users"] for each in state["load_workers"]) == 40
            and "missing" in [each["state"] for each in state["load_workers"]]
        ),
        "one lost, and forty users again",
    )
    [lost] = [each["name"] for each in state["load_workers"] if each["state"] == "missing"]
    expect(banner).to_contain_text(f"Load worker {lost} is lost")


def test_what_a_target_is_can_be_asked(lab: Lab, windows: Windows) -> None:
    """The dialog has words and /server below; a frozen target's says that the question waits."""
    page = windows.open(f"{lab.url}lab/")
    asked = page.get_by_role("button", name="What is it? fastapi-svc")
    asked.click()
    dialog = page.get_by_role("dialog", name="What fastapi-svc says of itself")
    said = lab.page.get("lab/server/fastapi-svc").raise_for_status().json()
    expect(dialog).to_be_visible()
    expect(dialog.locator("p").first).to_have_text(said["words"])
    expect(dialog.get_by_role("row", name=re.compile("^words"))).to_have_count(0)
    for key in ("target", "workers"):
        row = dialog.get_by_role("row", name=re.compile(rf"^{key} "))
        expect(row.get_by_role("cell").last).to_have_text(str(said[key]))
    expect(dialog.get_by_role("row", name=re.compile("^async-io "))).to_contain_text("no limit")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(asked).to_be_focused()

    with frozen(lab.services.flask):
        page.get_by_role("button", name="What is it? flask-svc").click()
        dialog = page.get_by_role("dialog", name="What flask-svc says of itself")
        expect(dialog).to_contain_text(
            re.compile(
                r"Asking flask-svc\. The question waits in the same queue as the load: [1-9]\d*\ss"
            )
        )
    expect(dialog.get_by_role("row", name="target flask-svc").first).to_be_visible()


@pytest.fixture
def lab_without_flask(start_lab: StartLab, tmp_path: Path) -> Iterator[Lab]:
    """A lab with an unused port as flask-svc's."""
    with start_lab(tmp_path, FLASK_SVC_PORT=str(free_port())) as lab:
        yield lab


def test_a_target_that_is_gone_is_said_so(lab_without_flask: Lab, windows: Windows) -> None:
    """Its slots are unknown, there is no prediction, and the dialog gives the reason."""
    windows.excuse("status of 502.*server/flask-svc")
    page = windows.open(f"{lab_without_flask.url}lab/")
    card = page.get_by_role("article", name="flask-svc")
    expect(card.locator(".lab-shape")).to_contain_text("slots not known")
    expect(card.locator(".lab-big").first).to_have_text("–")
    page.get_by_role("button", name="What is it? flask-svc").click()
    dialog = page.get_by_role("dialog", name="What flask-svc says of itself")
    expect(dialog.locator(".lab-refusal")).to_have_text(
        re.compile("^flask-svc cannot be reached: ")
    )


def test_without_vega_there_is_a_table_with_the_same_numbers(lab: Lab, windows: Windows) -> None:
    """Also on a narrow screen; a button loads the charts again."""
    windows.excuse("ERR_FAILED.*vega.js")
    windows.excuse("Failed to fetch dynamically imported module.*vega.js")
    lab.dial(delay_ms=200)
    lab.begin()
    page = windows.open(width=390)
    page.route("**/lab/vega.js", lambda route: route.abort())
    page.goto(lab.url)

    charts = page.get_by_role("region", name="Charts")
    expect(charts).to_contain_text("The charts cannot be drawn: ")
    for target in TARGETS:
        cells = charts.get_by_role("row", name=re.compile(f"^{target} ")).get_by_role("cell")
        card = page.get_by_role("article", name=target)
        # Compare columns of the table with the numbers on the card.
        expect(cells.nth(1)).to_have_text(re.compile(r"^\d"))
        both = page.evaluate(
            """([cell, number]) => [cell.textContent, number.textContent]""",
            [cells.nth(2).element_handle(), card.locator(".lab-small").nth(0).element_handle()],
        )
        assert both[1] == f"predicted {both[0]}"
        expect(cells.nth(6)).to_have_text(re.compile(r"^\d+$"))
        expect(cells.nth(10)).to_have_text(re.compile("(all 4 slots busy|no slot limit)"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The page scrolls; the table has no scrolling box of its own.
    table = page.locator(".lab-nocharts")
    assert table.evaluate("node => node.scrollHeight <= node.clientHeight")

    page.unroute("**/lab/vega.js")
    charts.get_by_role("button", name="Try again").click()
    expect(page.locator(".lab-chart canvas")).to_have_count(6)


@pytest.mark.parametrize("lost", ["tab.js", "dashboard.js"])
def test_without_a_script_the_tab_has_a_table_all_the_same(
    lab: Lab, windows: Windows, lost: str
) -> None:
    """Without tab.js it is Locust's own table; without dashboard.js it is the lab's."""
    windows.excuse(f"ERR_FAILED.*{lost}")
    if lost == "dashboard.js":
        windows.excuse("Failed to fetch dynamically imported module.*dashboard.js")
    lab.dial(delay_ms=200)
    lab.begin()
    page = windows.open()
    page.route(f"**/lab/static/{lost}", lambda route: route.abort())
    page.goto(lab.url)
    page.get_by_role("tab", name="Lab").click()

    for target in TARGETS:
        row = page.get_by_role("row", name=re.compile(f"^{target} "))
        expect(row).to_contain_text(re.compile("(all 4 slots busy|no slot limit)"))
        expect(row.get_by_role("cell").nth(1)).to_have_text(re.compile(r"^\d"))


def test_a_react_that_does_not_take_the_element_leaves_locusts_own_table(
    lab: Lab, windows: Windows
) -> None:
    """After an upgrade of Locust's React, the page reloads itself without the lab's element."""
    windows.excuse(r"Objects are not valid as a React child|Minified React error #31")
    lab.dial(delay_ms=200)
    lab.begin()
    page = windows.open()

    def change(route: Any) -> None:
        text = route.fetch().text()
        assert "react.transitional.element" in text
        route.fulfill(
            body=text.replace("react.transitional.element", "react.other.element"),
            content_type="text/javascript",
        )

    page.route("**/lab/static/tab.js", change)
    page.goto(lab.url)

    for target in TARGETS:
        row = page.get_by_role("row", name=re.compile(f"^{target} "))
        expect(row).to_contain_text(re.compile("(all 4 slots busy|no slot limit)"))
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"
