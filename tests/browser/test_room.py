"""The room's page: names and exercises, the newest pass, on a projector and on a phone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from programs import DEADLINE_S

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Windows = Any
RunProgram = Callable[..., AbstractContextManager[Any]]
HTML = "<b>Bob</b>"


@pytest.fixture
def room(run_locust: RunProgram, tmp_path: Path) -> Iterator[str]:
    """URL of a page before its first pass; no test asks its targets."""
    told = dict.fromkeys(("FLASK_SVC_PORT", "FASTAPI_SVC_PORT", "MOCK_UPSTREAM_PORT"), "9")
    with run_locust(told, tmp_path / "log") as locust:
        yield locust.url


def send(room: str, name: str, exercise: str) -> None:
    sent = {"name": name, "exercise": exercise}
    answer = httpx.post(f"{room}/lab/passes", json=sent, timeout=DEADLINE_S, trust_env=False)
    answer.raise_for_status()


def colour(page: Page, selector: str) -> str:
    found: str = page.eval_on_selector(selector, "(node) => getComputedStyle(node).backgroundColor")
    return found


def test_a_room_fills(room: str, windows: Windows) -> None:
    """Passes show without a reload; a name is text, whatever is in it."""
    page = windows.open(f"{room}/lab/room.html")
    expect(page.get_by_text("No pass yet.")).to_be_visible()
    expect(page.get_by_text("Two people with one name are one row.")).to_be_visible()
    port = room.rpartition(":")[2]
    expect(page.get_by_text(f"make join ROOM=http://THIS-MACHINE:{port} NAME=Ada")).to_be_visible()

    send(room, "Ada", "01")
    send(room, HTML, "05b")
    send(room, HTML, "01")

    expect(page.get_by_role("status")).to_contain_text(f"Newest: {HTML} passed 01 at ")
    expect(page.get_by_text("No pass yet.")).to_be_hidden()
    rows = page.get_by_role("row")
    expect(rows).to_have_text(["Exercise0105b", "Passed, of 221", f"{HTML}✓✓", "Ada✓"])
    expect(page.get_by_role("img", name="passed 01, the newest")).to_have_count(1)
    assert colour(page, ".room-newest") != colour(page, "tbody tr:last-child td")
    expect(page.locator("table b")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_full_room_fits(room: str, windows: Windows, theme: str) -> None:
    """A phone scrolls the table alone; on a projector the newest pass is scrolled to."""
    for number in range(40):
        send(room, f"{number:02} {'x' * 37}", f"{number % 12:02}")
    phone = windows.open(f"{room}/lab/room.html", width=390, theme=theme)
    expect(phone.get_by_role("row")).to_have_count(42)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.locator("tbody th").first.bounding_box()["width"] >= 90  # type: ignore[index]

    projector = windows.open(f"{room}/lab/room.html", theme=theme)
    newest = projector.get_by_role("row").last
    expect(newest).to_be_in_viewport(ratio=0.9)
    assert projector.evaluate("document.documentElement.scrollHeight <= innerHeight")
    dark = projector.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(18, 18, 18)") is (theme == "dark")


def test_the_lab_leads_to_the_room(room: str, windows: Windows) -> None:
    """At its foot, beside the link to the handouts where that stands there."""
    page = windows.open(f"{room}/lab/")

    page.get_by_role("link", name="Room: who passed which exercise").scroll_into_view_if_needed()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Room: who passed which exercise").click()

    expect(opened.value.get_by_role("heading", name="Room")).to_be_visible()
