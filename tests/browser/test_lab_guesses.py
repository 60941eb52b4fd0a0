"""Guesses from phones, and a run that is over as a text and as a picture."""

import io
import re
from typing import Any

import httpx
import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from lab.charts import COLOURS

pytestmark = [pytest.mark.browser, pytest.mark.loads]

# Of conftest.py.
Lab = Any
Windows = Any

PHONE = "lab/guess.html"
PHONE_PX = 390
LARGE_PX = 44  # what a thumb hits
FAR = "http://room.example"  # an address that is not this machine's loopback


def say(page: Page, number: float, target: str = "flask-svc") -> None:
    """Fill the form for a guess and send it."""
    form = page.get_by_role("form", name="Your guess")
    form.get_by_role("combobox").select_option(target)
    form.get_by_role("spinbutton").fill(str(number))
    form.get_by_role("button", name="Guess", exact=True).click()


def plot(page: Page, target: str = "flask-svc") -> Locator:
    return page.get_by_role("img", name=re.compile(f"^{target}, "))


def bars(page: Page) -> list[str]:
    """The counts over the bars of flask-svc that are not empty."""
    return [text for text in plot(page).locator("small").all_inner_texts() if text]


def end_a_run(lab: Lab, *, answers: int = 6) -> Any:
    """A short run from START until its numbers are final. Returns the state then."""
    lab.dial(delay_ms=200)
    lab.begin(user_count=8)
    lab.when(
        lambda state: (
            all(each["measured"]["answered"] >= answers for each in state["targets"])
            and len(state["seconds"]) >= 8
        ),
        "some seconds of both",
    )
    lab.stop()
    return lab.when(lambda state: state["now_s"] - state["at_s"] > 3.5, "a run that has ended")


def test_phones_guess_and_the_result_lands_among_the_guesses(
    new_lab: Lab, windows: Windows
) -> None:
    """Each sees the guesses of the others, and then the measurement as a line at its place."""
    one = windows.open(f"{new_lab.url}{PHONE}", width=PHONE_PX)
    two = windows.open(f"{new_lab.url}{PHONE}", width=PHONE_PX, theme="dark")
    say(one, 20)
    expect(one.get_by_text("Counted: 20 for flask-svc.")).to_be_visible()
    say(two, 400)
    for page in (one, two):
        expect(plot(page)).to_have_attribute("aria-label", re.compile(r"2 guesses.*From 20 to 400"))
        assert bars(page) == ["1", "1"]
    say(two, 25)  # another number of the same browser
    expect(plot(one)).to_have_attribute("aria-label", re.compile("2 guesses.*From 20 to 25"))
    for control in one.get_by_role("form").locator("input, select, button").all():
        assert control.evaluate("(node) => node.offsetHeight") >= LARGE_PX
    assert one.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert plot(one).locator("i").is_hidden()

    state = end_a_run(new_lab)

    targets = {each["name"]: each["measured"] for each in state["targets"]}
    rps = targets["flask-svc"]["throughput_rps"]
    for page in (one, two):
        expect(plot(page).locator("b")).to_have_text(f"measured {rps:.1f}")
        expect(plot(page)).to_have_attribute("aria-label", re.compile(f"measured {rps:.1f}"))
        ends = plot(page).locator("xpath=following-sibling::div").locator("span")
        right = float(ends.last.inner_text())
        at = plot(page).locator("i").evaluate("(line) => parseFloat(line.style.left)")
        assert at == pytest.approx(100 * rps / right, abs=0.5)


def test_many_guesses_stay_readable(new_lab: Lab, windows: Windows) -> None:
    """A guess that is far away has its place in the last bar, and every bar its count."""
    url = f"{new_lab.url}lab/guesses"
    numbers = [*(10 + number % 40 for number in range(499)), 1_000_000]
    with httpx.Client(trust_env=False) as client:
        for by, number in enumerate(numbers):
            guess = {"target": "flask-svc", "guesser": str(by), "number": number, "unit": "rps"}
            client.post(url, json=guess).raise_for_status()
    page = windows.open(f"{new_lab.url}{PHONE}", width=PHONE_PX)

    expect(plot(page)).to_have_attribute(
        "aria-label", re.compile("500 guesses, the middle one 29.*half of them from 19 to 39")
    )
    counts = [int(text) for text in bars(page)]
    assert sum(counts) == 500
    assert counts[-1] == 1
    assert len(counts) >= 8
    ends = plot(page).locator("xpath=following-sibling::div").locator("span")
    assert ends.last.inner_text() == "≥\u202f50"
    edges = [each.bounding_box() for each in ends.all()]
    for left, right in zip(edges, edges[1:], strict=False):
        assert left["x"] + left["width"] < right["x"]


def test_the_code_is_the_address_of_the_page_for_phones(lab: Lab, windows: Windows) -> None:
    """As drawn on the screen, module by module; and a word about an address that no phone has."""
    page = windows.open(f"{lab.url}lab/", theme="dark")
    page.get_by_role("button", name="Guess from a phone").click()
    dialog = page.get_by_role("dialog", name="Guess from a phone")
    expect(dialog.get_by_text(f"{lab.url}{PHONE}", exact=True)).to_be_visible()
    expect(dialog.get_by_role("alert")).to_contain_text('A phone cannot reach "127.0.0.1"')
    code = dialog.get_by_role("img")
    expect(code).to_have_js_property("complete", True)

    modules = segno.make(f"{lab.url}{PHONE}", error="m", micro=False).matrix_iter(border=4)
    wanted = [[int(each) for each in row] for row in modules]
    assert code.evaluate(READ_MODULES, len(wanted)) == wanted
    assert code.evaluate("(image) => Math.min(image.offsetWidth, image.offsetHeight)") > 500
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


# Whether each module of the code is dark, at its middle.
READ_MODULES = """async (image, side) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side * 8;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const red = (row, column) => pen.getImageData(column * 8 + 4, row * 8 + 4, 1, 1).data[0];
  const all = Array.from({ length: side }, (_, at) => at);
  return all.map((row) => all.map((column) => Number(red(row, column) < 128)));
}"""


def test_an_address_of_the_network_needs_no_warning(lab: Lab, browser: Browser) -> None:
    """The page behind a name of its own, as a room opens it."""

    def pass_on(route: Route) -> None:
        # Without Origin: the page is under another name here than the lab is asked by.
        headers = {name: value for name, value in route.request.headers.items() if name != "origin"}
        url = route.request.url.replace(f"{FAR}/", lab.url)
        route.fulfill(response=route.fetch(url=url, headers=headers))

    with browser.new_context() as context:
        context.route(f"{FAR}/**", pass_on)
        page = context.new_page()
        page.goto(f"{FAR}/lab/")
        page.get_by_role("button", name="Guess from a phone").click()
        dialog = page.get_by_role("dialog", name="Guess from a phone")
        expect(dialog.get_by_text(f"{FAR}/{PHONE}", exact=True)).to_be_visible()
        expect(dialog.get_by_role("alert")).to_have_count(0)
        context.unroute_all(behavior="ignoreErrors")


def test_phones_are_asked_for_the_load_that_is_chosen(lab: Lab, windows: Windows) -> None:
    """As soon as the code is shown, and again when another load is chosen."""
    page = windows.open(f"{lab.url}lab/")
    phone = windows.open(f"{lab.url}{PHONE}", width=PHONE_PX)
    expect(phone.get_by_label("answers a second")).to_be_visible()
    page.get_by_text("Bursts", exact=True).click()
    page.get_by_role("button", name="Guess from a phone").click()
    expect(phone.get_by_label("seconds to its last answer")).to_be_visible()

    page.keyboard.press("Escape")
    page.get_by_text("Users", exact=True).click()

    expect(phone.get_by_label("answers a second")).to_be_visible()


def test_a_run_can_be_taken_along(lab: Lab, windows: Windows) -> None:
    """As a text in the clipboard, and as a picture of its size, in the colours of the targets."""
    end_a_run(lab)
    page = windows.open(f"{lab.url}lab/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run = httpx.get(f"{lab.url}lab/runs", trust_env=False).json()[-1]
    page.get_by_text("Runs so far").click()
    line = page.locator(".lab-kept tbody tr").first

    line.get_by_role("button", name="Copy as text").click()
    expect(line.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(
        f"{run['headline']}\nLoad: {run['load']}. Upstream: {run['upstream']}.\n"
    )
    assert [each.split(" ")[0] for each in text.splitlines()[2:]] == ["flask-svc", "fastapi-svc"]

    with page.expect_download() as download:
        line.get_by_role("button", name="Save as picture").click()
    assert download.value.suggested_filename == f"lab-run-{run['number']}.png"
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as picture:
        assert picture.format == "PNG"
        assert picture.size == (1200, 630)
        pixels = picture.convert("RGB").getcolors(maxcolors=1200 * 630)
    found = {
        f"#{red:02x}{green:02x}{blue:02x}": count for count, (red, green, blue) in pixels or ()
    }
    assert max(found, key=lambda colour: found[colour]) == "#ffffff"
    assert all(found[COLOURS[each["name"]]] > 500 for each in run["targets"])
    assert found["#1b1b1b"] > 2000  # the ink of the words
    assert all(each["predicted_rps"] for each in run["targets"])
