"""Locust's own page: the lab's words in its form and its header."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any

# The headings of the form and the labels of its fields below each, with the fields' names.
FIELDS = """() => [...document.querySelectorAll(".lab-group, [role=region] [name]")]
  .filter((each) => each.checkVisibility() && !["runTime", "profile"].includes(each.name))
  .map((each) => each.name ? `${each.name}: ${each.labels[0].innerText}` : each.innerText)"""

CUT_OFF = """() => [...document.querySelectorAll("label")]
  .filter((each) => each.innerText && each.scrollWidth > each.clientWidth)
  .map((each) => each.innerText)"""


@pytest.mark.parametrize("width", [1400, 390])
def test_the_fields_are_grouped_and_have_units(new_lab: Lab, windows: Windows, width: int) -> None:
    """A label is the help sentence of its option alone, and is not cut off."""
    page = windows.open(new_lab.url, width=width)
    page.get_by_role("button", name="Custom parameters").click()
    expect(page.locator("[name=maxInFlight]")).to_be_visible()

    assert page.evaluate(FIELDS) == [
        "load: Load: only closed uses the number of users",
        "route: Route: natural is io on Flask, async-io on FastAPI",
        "thinkS: Think time of each user, s: closed and steps",
        "Bursts",
        "burstSize: Requests in a burst, to each target",
        "burstEveryS: From one burst to the next, s",
        "Arrivals: the open load",
        "arrivalRate: Arrivals per second, to each target",
        "arrivals: Even: evenly spaced; poisson: at random",
        "arrivalSeed: Seed of the random arrivals",
        "Steps",
        "stepS: Length of each step, s",
        "Limit",
        "maxInFlight: Most requests in flight to a target: burst, open",
    ]
    assert page.evaluate(CUT_OFF) == []


def test_special_classes_are_under_more(new_lab: Lab, windows: Windows) -> None:
    """Until they are opened, or the box for all classes, which ticks them too, is pressed."""
    page = windows.open(new_lab.url)
    plain = page.get_by_role("checkbox", name="FlaskSvc", exact=True)
    special = page.get_by_role("checkbox", name="FlaskSvcSockets")
    expect(plain).to_be_checked()
    expect(special).to_be_hidden()

    page.get_by_role("button", name="More: 6 special classes").press("Enter")
    expect(special).not_to_be_checked()
    page.get_by_role("button", name="Fewer").press("Enter")
    expect(special).to_be_hidden()

    page.get_by_role("checkbox", name="All user classes").click()
    expect(special).to_be_visible()


def test_the_header_tells_the_load_from_the_targets(lab: Lab, windows: Windows) -> None:
    """Workers send the load here, the rate is a sum, and RESET says what it resets."""
    page = windows.open(lab.url)
    lab.begin()
    page.reload()

    header = page.get_by_role("banner")
    expect(header.get_by_text("RPS, total", exact=True)).to_have_attribute(
        "title", "Requests per second to all targets together"
    )
    expect(header.get_by_text("Load workers", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Load workers")).to_be_visible()
    expect(page.get_by_role("button", name="Reset", exact=True).first).to_have_attribute(
        "title",
        re.compile("^Clears what Locust has counted; the run, the upstream and the servers"),
    )
    expect(header.get_by_role("button", name="Light or dark")).to_be_visible()
    assert header.bounding_box()["height"] <= 72


def test_another_locust_page_keeps_its_own_words(lab: Lab, windows: Windows) -> None:
    """Where labels, picker and header are built in another way nothing changes or breaks."""
    page = windows.open()
    page.route("**/assets/*.js", lambda route: route.abort())
    windows.excuse("ERR_FAILED")
    page.goto(lab.url)
    page.evaluate(
        """document.querySelector("#root").innerHTML = `
          <header><p><b>RPS</b></p><button>Reset all</button></header>
          <table><tr><td><input type="checkbox"></td><td>FlaskSvc</td></tr></table>
          <label>Think S<input name="thinkS"></label>`"""
    )

    expect(page.locator("#root")).to_have_text(re.compile(r"RPS\s*Reset all\s*FlaskSvc\s*Think S"))
    expect(page.locator("#root [title], #root .lab-group")).to_have_count(0)
