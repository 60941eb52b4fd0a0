"""The lab as local processes on free ports, and a local Chromium."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from layers import BROWSERS
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)
from programs import DEADLINE_S, Program
from running_lab import RunningLab, Services, running_page, running_services

WIDE_PX, NARROW_PX, HEIGHT_PX = 1400, 390, 900
DELAY_MS = 600
RunProgram = Callable[..., AbstractContextManager[Any]]
# No background requests, as there may be no internet; no sandbox, as there is no user to protect.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The form that Locust's page posts for START.
FORM: Mapping[str, object] = {
    "user_count": 40,
    "spawn_rate": 100,
    "load": "closed",
    "route": "natural",
    "think_s": 0,
    "user_classes": ["FastapiSvc", "FlaskSvc"],
}
ROWS = {"flask-svc": "flask-svc /io", "fastapi-svc": "fastapi-svc /async-io"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per module. Tests are skipped earlier where there is none."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        expect.set_options(timeout=30_000)  # ms; other programs may keep the machine busy
        yield running
        running.close()


@pytest.fixture(scope="session")
def upstream_program(
    run_program: RunProgram, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """An upstream that waits 0.6 s; `Lab.end` resets its dial."""
    log = tmp_path_factory.mktemp("upstream") / "log"
    with run_program("mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)}, log) as upstream:
        yield upstream


@pytest.fixture(scope="session")
def services(
    upstream_program: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Both services before this upstream, shared by all tests."""
    logs = tmp_path_factory.mktemp("services")
    with running_services(upstream_program.url, logs) as both:
        yield both


@dataclass(frozen=True)
class Lab(RunningLab):
    """Locust's page, its load workers, the services and the upstream."""

    services: Services
    upstream: httpx.Client
    upstream_program: Program
    form = FORM

    @property
    def url(self) -> str:
        """The page's URL."""
        return f"{self.page.base_url}/"

    def dial(self, **behaviour: object) -> None:
        """Change the upstream's dial over HTTP, without the page."""
        self.upstream.put("/behaviour", json=behaviour).raise_for_status()

    def begin(self, **fields: object) -> None:
        """Start a run over HTTP, without the page, and wait until it runs."""
        self.edit(**fields)
        self.when(lambda state: state["run"]["state"] == "running", "running")

    def end(self) -> None:
        """Clean up after a test: stop the run, and reset the dial and the counts."""
        self.dial(delay_ms=20)  # so that the queue empties soon
        self.stop()
        self.upstream.delete("/behaviour").raise_for_status()
        self.upstream.delete("/stats").raise_for_status()

    def answered(self) -> dict[str, tuple[int, int]]:
        """Return (answers, failures) per target, from the dashboard's state."""
        measured = {each["name"]: each["measured"] for each in self.state()["targets"]}
        return {name: (each["answered"], each["failed"]) for name, each in measured.items()}

    def counted(self) -> dict[str, tuple[int, int]]:
        """Return the same from Locust's statistics, which may lag by two seconds."""
        told = {each["name"]: each for each in self.page.get("stats/requests").json()["stats"]}
        rows = {name: told.get(row, {}) for name, row in ROWS.items()}
        return {
            name: (row.get("num_requests", 0), row.get("num_failures", 0))
            for name, row in rows.items()
        }

    def served(self) -> dict[str, tuple[int, int]]:
        """Return the same from the upstream's counts."""
        callers = self.upstream.get("/stats").json()["callers"]
        return {
            name: (each["served"] + each["errors"], each["errors"])
            for name, each in callers.items()
        }

    def held(self) -> dict[str, int]:
        """Return the number of requests that the upstream holds, per target."""
        callers = self.upstream.get("/stats").json()["callers"]
        return {name: each["in_flight"] for name, each in callers.items()}


@pytest.fixture(scope="session")
def start_lab(services: Services, upstream_program: Program) -> Callable[..., Any]:
    """Start Locust's master and load workers, such as start_lab(logs, load_workers=2).

    Further settings change the targets and their ports.
    """

    @contextmanager
    def start(logs: Path, *, load_workers: int = 1, **settings: str) -> Iterator[Lab]:
        with (
            running_page(services.ports | settings, logs, load_workers=load_workers) as (page, own),
            httpx.Client(
                base_url=upstream_program.url, timeout=DEADLINE_S, trust_env=False
            ) as upstream,
        ):
            yield Lab(page, own, services, upstream, upstream_program)

    return start


@pytest.fixture(scope="session")
def shared_lab(
    start_lab: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """The lab that most tests share."""
    with start_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The shared lab without a run; earlier tests may have had one."""
    yield shared_lab
    shared_lab.end()


@pytest.fixture
def new_lab(start_lab: Callable[..., Any], tmp_path: Path) -> Iterator[Lab]:
    """A lab of the test's own, before its first run."""
    with start_lab(tmp_path) as lab:
        yield lab
        lab.end()


@pytest.fixture
def locked_url(run_locust: RunProgram, tmp_path: Path) -> Iterator[str]:
    """URL of a page with a password; no test asks its targets."""
    ports = ("FLASK_SVC_PORT", "FASTAPI_SVC_PORT", "MOCK_UPSTREAM_PORT")
    told = dict.fromkeys(ports, "9") | {"LAB_PASSWORD": "sesame"}
    with run_locust(told, tmp_path / "log") as locust:
        yield f"{locust.url}/"


@dataclass
class Watch:
    """A page's console errors, and its requests to other machines."""

    errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def on_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.hostname != "127.0.0.1" and url.scheme not in ("data", "blob"):
            self.foreign_requests.append(request.url)


# Keeps the Vega views, so that a test can read the marks: a canvas has only pixels.
KEEP_VIEWS = """(() => {
  let embed;
  Object.defineProperty(window, "vegaEmbed", {
    configurable: true,
    get: () => embed,
    set(made) {
      embed = async (place, ...more) => {
        const embedded = await made(place, ...more);
        place.view = embedded.view;
        return embedded;
      };
    },
  });
})()"""


class Windows:
    """Browser windows. A console error or a request to another machine fails the test."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self.browser = browser
        self.stack = stack
        self.watches: dict[Page, Watch] = {}
        self.excused: list[str] = []

    def open(self, url: str = "", *, width: int = WIDE_PX, theme: str = "light") -> Page:
        """Open a window with its own storage, at this width and theme, and load `url`."""
        context: BrowserContext = self.stack.enter_context(
            self.browser.new_context(
                viewport={"width": width, "height": HEIGHT_PX},
                color_scheme="dark" if theme == "dark" else "light",
            )
        )
        context.add_init_script(KEEP_VIEWS)
        page = context.new_page()
        watch = self.watches[page] = Watch()
        page.on("console", watch.on_console)
        page.on("pageerror", watch.on_error)
        page.on("request", watch.on_request)
        if url:
            page.goto(url)
        return page

    def excuse(self, pattern: str) -> None:
        """Expect an error that matches `pattern`; its absence fails the test too."""
        self.excused.append(pattern)

    def judge(self) -> None:
        """Fail for unexpected errors, missing expected errors, and requests to other machines."""
        errors = [error for watch in self.watches.values() for error in watch.errors]
        for pattern in self.excused:
            assert any(re.search(pattern, error) for error in errors), (pattern, errors)
        unexpected = [
            error for error in errors if not any(re.search(each, error) for each in self.excused)
        ]
        assert unexpected == []
        assert [url for watch in self.watches.values() for url in watch.foreign_requests] == []


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Open windows: windows.open(lab.url, width=390, theme="dark").

    A test lists this fixture after its lab, so that all windows are closed before the lab stops.
    """
    with ExitStack() as stack:
        windows = Windows(browser, stack)
        yield windows
    windows.judge()


@pytest.fixture(params=[WIDE_PX, NARROW_PX], ids=["wide", "narrow"])
def page(request: pytest.FixtureRequest, windows: Windows, lab: Lab) -> Page:
    """Locust's page on a wide and on a narrow screen."""
    return windows.open(lab.url, width=request.param)


@dataclass(frozen=True)
class Chart:
    """What a chart shows: its rows, marks, pixels, its size and the size of its place.

    Marks have `kind`, `fill`, `stroke`, `opacity`, `text` and, where they represent a row, that
    row's `target`, `t_s` and `pid`; points also have the `value` at their height. `pixels` counts
    the pixels per colour, as "#rrggbb".
    """

    rows: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    pixels: dict[str, int]
    size: tuple[float, float]
    place: tuple[float, float]

    @property
    def fits(self) -> bool:
        """Whether no part of the chart is cut off."""
        return all(mine <= given + 1 for mine, given in zip(self.size, self.place, strict=True))

    def targets(self, kind: str) -> set[str]:
        """The targets that have marks of this kind."""
        return {each["target"] for each in self.marks if each["kind"] == kind and each["target"]}

    def texts(self) -> set[str]:
        """All texts in the chart."""
        return {each["text"] for each in self.marks if each["text"]}


READ_CHARTS = """() => Object.fromEntries(
  [...document.querySelectorAll(".lab-chart")].map((figure) => {
    const place = figure.querySelector(".lab-canvas");
    const canvas = figure.querySelector("canvas");
    if (!place.view || !canvas) return [figure.className, null];
    const marks = [];
    const walk = (group) => {
      for (const item of group.items ?? []) {
        if (group.role === "mark" && group.marktype !== "group" && item.opacity !== 0
            && item.defined !== false) {
          marks.push({
            kind: group.marktype,
            fill: item.fill ?? null,
            stroke: item.stroke ?? null,
            opacity: item.opacity ?? 1,
            text: group.marktype === "text" ? String(item.text ?? "") : "",
            target: item.datum?.target ?? null,
            t_s: item.datum?.t_s ?? null,
            pid: item.datum?.pid ?? null,
            value: group.marktype === "symbol" ? place.view.scale("y").invert(item.y) : null,
          });
        }
        for (const inner of item.items ?? []) walk(inner);
      }
    };
    walk(place.view.scenegraph().root);
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const seen = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    const pixels = {};
    for (let at = 0; at < seen.length; at += 4) {
      if (seen[at + 3] < 255) continue;
      const colour = (seen[at] << 16) + (seen[at + 1] << 8) + seen[at + 2];
      const name = "#" + colour.toString(16).padStart(6, "0");
      pixels[name] = (pixels[name] ?? 0) + 1;
    }
    const name = figure.className.match(/lab-(?!chart)(\\w+)/)[1];
    const dataset = name === "lanes" ? "blocks" : "seconds";
    return [name, {
      rows: place.view.data(dataset).map((row) => ({ ...row })),
      marks,
      pixels,
      size: [canvas.clientWidth, canvas.clientHeight],
      place: [figure.clientWidth, figure.clientHeight],
    }];
  }),
)"""


@pytest.fixture(scope="session")
def charts_of() -> Callable[[Page], dict[str, Chart]]:
    """Read the charts of a page, by name; {} while one of them is not drawn yet."""

    def read(page: Page) -> dict[str, Chart]:
        try:
            found = page.evaluate(READ_CHARTS)
        except Error as error:
            # others.js may reload the page; its charts are then drawn again soon.
            if "context was destroyed" not in str(error):
                raise
            return {}
        if not found or None in found.values():
            return {}
        return {
            name: Chart(
                each["rows"],
                each["marks"],
                each["pixels"],
                tuple(each["size"]),
                tuple(each["place"]),
            )
            for name, each in found.items()
        }

    return read
