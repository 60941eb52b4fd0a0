"""A run on the Lab page itself: what is seen before it, at its start, during it and after it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any
ChartsOf = Callable[[Page], dict[str, Any]]
Eventually = Callable[..., None]

# While other programs keep this machine busy, a doubt may come first.
PATIENCE_MS = 90_000


def begin(page: Page, load: str, number: int) -> None:
    """Choose a load by its button, enter its number, and press Start."""
    page.get_by_text(load, exact=True).click()
    page.get_by_role("form", name="The next run").get_by_role("spinbutton").fill(str(number))
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def stop(page: Page, lab: Lab) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    lab.when(lambda state: state["run"]["state"] == "stopped", "stopped")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_theory_speaks_before_the_run_and_the_run_after_it(
    new_lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually
) -> None:
    """For the load that is chosen, in a sentence, on the cards and as bands; nothing is sent."""
    page = windows.open(f"{new_lab.url}lab/")
    theory = page.locator(".lab-theory")
    expect(theory).to_have_text("Theory predicts: fastapi-svc answers 33.3 a second, flask-svc 6.7")
    eventually(lambda: charts_of(page)["throughput"].targets("line"), "bands")
    assert charts_of(page)["throughput"].targets("line") == {
        "flask-svc",
        "fastapi-svc",
    }

    page.get_by_text("Bursts", exact=True).click()
    expect(theory).to_have_text(
        "Theory predicts: fastapi-svc is done in 600 ms, flask-svc in 2.4 s"
    )
    page.get_by_role("spinbutton", name="requests to each target").fill("4")
    expect(theory).to_have_text(
        "Theory predicts: flask-svc and fastapi-svc are done alike, in 600 ms"
    )
    assert new_lab.state()["run"]["began_s"] is None

    begin(page, "Users", 8)
    headline = page.locator(".lab-headline").first
    expect(headline).to_have_text(
        re.compile(
            r"^Same load: fastapi-svc answers 1[2-4](\.\d)? a second, flask-svc [67](\.\d)?; "
            r"\d wait in its accept queue$"
        ),
        timeout=PATIENCE_MS,
    )
    assert new_lab.state()["run"]["form"]["user_count"] == 16
    stop(page, new_lab)
    expect(page.locator(".lab-next")).to_have_text(re.compile("^Try next: .*flask-svc"))


def test_a_refused_number_is_a_sentence(lab: Lab, windows: Windows) -> None:
    """In the words of the form, and nothing starts."""
    page = windows.open(f"{lab.url}lab/")
    before = lab.state()["run"]["began_s"]
    page.get_by_text("Arrivals", exact=True).click()
    page.get_by_role("form", name="The next run").get_by_role("spinbutton").fill("-1")

    expect(page.locator(".lab-run > .lab-refusal")).to_have_text(
        re.compile(r"expected .*number", re.IGNORECASE)
    )
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".lab-run > .lab-refusal")).not_to_be_empty()
    assert lab.state()["run"]["began_s"] == before


def test_the_first_seconds_show_predictions_and_no_zeros(lab: Lab, windows: Windows) -> None:
    """With an upstream of three seconds: it is said when the first answers come."""
    lab.dial(delay_ms=3000)
    page = windows.open(f"{lab.url}lab/")
    begin(page, "Users", 4)

    expect(page.locator(".lab-headline").first).to_have_text("Starting: first answers in 3.0 s")
    for target in ("flask-svc", "fastapi-svc"):
        card = page.get_by_role("article", name=target)
        expect(card.locator(".lab-limit")).to_have_text("starting: first answers in 3.00\u00a0s")
        expect(card.locator(".lab-small").first).to_have_text("predicted")
        expect(card.locator(".lab-big").first).not_to_have_text(re.compile(r"^0|–"))


def test_runs_are_kept_and_two_of_them_are_compared(
    new_lab: Lab, windows: Windows, charts_of: ChartsOf, eventually: Eventually
) -> None:
    """The one before is a dashed line behind the present one."""
    page = windows.open(f"{new_lab.url}lab/")
    for users in (4, 8):
        begin(page, "Users", users)
        new_lab.when(lambda state: len(state["seconds"]) >= 2 * 12, "twelve seconds")
        if users == 8:
            latency = charts_of(page)["throughput"]
            assert {row["last_rps"] for row in latency.rows} == {
                each["throughput_rps"] for each in new_lab.page.get("lab/runs").json()[0]["targets"]
            }
        stop(page, new_lab)

    page.get_by_text("Runs so far").click()
    rows = page.locator(".lab-kept tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("16 users")
    said = page.locator(".lab-compared")
    expect(said).to_contain_text("Not alike: load: 8 users in 1, 16 users in 2.")
    expect(
        said.get_by_role("listitem").filter(has_text="flask-svc, answers a second")
    ).to_have_text(re.compile("no significant difference|differs"))
    page.get_by_role("radio", name="Run 2 as A").check()
    expect(said).to_have_text("Choose two different runs to compare them.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_projector_shows_all_that_matters(lab: Lab, windows: Windows, theme: str) -> None:
    """In 1280 by 720: the headline, numbers of 90 px, the staircase and the queue; no overflow."""
    lab.begin()
    page = windows.open(f"{lab.url}lab/?present", width=1280, theme=theme)
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.locator(".lab-headline").first).to_have_text(
        re.compile("^Same load"), timeout=PATIENCE_MS
    )
    for part in (".lab-headline", ".lab-card", ".lab-lanes", ".lab-slots"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 720, part
    size = "(each) => parseFloat(getComputedStyle(each).fontSize)"
    assert page.locator(".lab-big").first.evaluate(size) == 90
    assert page.locator(".lab-small").first.evaluate(size) == 28
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = page.get_by_role("button", name="Present")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    assert page.locator(".lab-big").first.evaluate(size) < 90


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_arena_has_a_dot_for_each_request(
    lab: Lab, windows: Windows, eventually: Eventually, motion: str
) -> None:
    """In the targets' colours, with the numbers as words; Escape leads back to its button."""
    lab.begin(user_count=20)
    lab.when(lambda state: state["seconds"], "a second")
    page = windows.open(f"{lab.url}lab/")
    page.emulate_media(reduced_motion=motion)
    button = page.get_by_role("button", name="Arena")
    button.click()
    dialog = page.get_by_role("dialog", name="The requests on their way")
    expect(dialog).to_contain_text("● is a request, in the queue or in a slot")
    picture = dialog.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", re.compile("flask-svc: .*4 at worker"))
    pixels = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255) found.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
      }
      return ["217,72,15", "25,113,194"].filter((each) => found.has(each)).length;
    }"""
    eventually(lambda: picture.evaluate(pixels) == 2, "dots of both targets")

    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
