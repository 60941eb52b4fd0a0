"""The lab as local processes on free ports, and the machine's own Chromium to look at it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
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

from lab.experiments.stand.ports import free_port

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
WIDE_PX, NARROW_PX, HEIGHT_PX = 1400, 390, 900
DELAY_MS = 600
RunProgram = Callable[..., AbstractContextManager[Any]]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Quiet, also where there is no internet and no user to protect.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What Locust's page posts when START is pressed.
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
    """One Chromium for all tests. Without one they are left out before this is asked for."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        expect.set_options(timeout=30_000)  # milliseconds; others may keep the machine busy
        yield running
        running.close()


@dataclass(frozen=True)
class Services:
    """Four slots of Flask and one event loop of FastAPI, before an upstream that waits 0.6 s."""

    upstream: Any
    flask: Any
    fastapi: Any

    @property
    def ports(self) -> dict[str, str]:
        """The settings by which Locust finds all three."""
        return {
            "FLASK_SVC_PORT": port_of(self.flask),
            "FASTAPI_SVC_PORT": port_of(self.fastapi),
            "MOCK_UPSTREAM_PORT": port_of(self.upstream),
        }


def port_of(program: Any) -> str:
    return str(program.url.rpartition(":")[2])


@pytest.fixture(scope="session")
def services(
    run_program: RunProgram, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """For all tests; whoever turns the upstream's dial finds it turned back."""
    logs = tmp_path_factory.mktemp("services")
    shape = {"FLASK_WORKERS": "4", "FASTAPI_WORKERS": "1"}
    delay = {"UPSTREAM_DELAY_MS": str(DELAY_MS)}
    with run_program("mock_upstream", delay, logs / "upstream") as upstream:
        told = shape | {"UPSTREAM_URL": upstream.url}
        with (
            run_program("flask_svc", told, logs / "flask") as flask,
            run_program("fastapi_svc", told, logs / "fastapi") as fastapi,
        ):
            yield Services(upstream, flask, fastapi)


@dataclass(frozen=True)
class Lab:
    """Locust's page, the processes that make its load, and what they are before."""

    page: httpx.Client
    upstream: httpx.Client
    services: Services
    load_workers: tuple["subprocess.Popen[bytes]", ...]

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"{self.page.base_url}/"

    def state(self) -> dict[str, Any]:
        """What the dashboard is told."""
        state: dict[str, Any] = self.page.get("lab/state").raise_for_status().json()
        return state

    def when(self, condition: Callable[[dict[str, Any]], object], sentence: str) -> dict[str, Any]:
        """The first state of which `condition` holds."""
        until = time.monotonic() + DEADLINE_S
        while not condition(state := self.state()):
            if time.monotonic() > until:
                shown = {key: value for key, value in state.items() if key != "blocks"}
                pytest.fail(f"not within {DEADLINE_S} s: {sentence}: {shown}")
            time.sleep(0.1)
        return state

    def dial(self, **behaviour: object) -> None:
        """Turn the upstream's dial, past the page."""
        self.upstream.put("/behaviour", json=behaviour).raise_for_status()

    def begin(self, **fields: object) -> None:
        """Press START, past the page's buttons, and wait until the run lasts."""
        said = self.page.post("swarm", data={**FORM, **fields}).json()
        assert said["success"], said
        self.when(lambda state: state["run"]["state"] == "running", "running")

    def stop(self) -> dict[str, Any]:
        """Press STOP, likewise; the first state after the last answer."""
        self.page.post("stop").raise_for_status()
        return self.when(lambda state: state["run"]["state"] in ("ready", "stopped"), "stopped")

    def end(self) -> None:
        """Whatever a test has left: no run, and the dial as it was."""
        self.dial(delay_ms=20)  # so that the queue is soon served
        self.stop()
        self.upstream.delete("/behaviour").raise_for_status()
        self.upstream.delete("/stats").raise_for_status()

    def answered(self) -> dict[str, tuple[int, int]]:
        """Answers of the run, and failures among them, by target: what the dashboard is told."""
        measured = {each["name"]: each["measured"] for each in self.state()["targets"]}
        return {name: (each["answered"], each["failed"]) for name, each in measured.items()}

    def counted(self) -> dict[str, tuple[int, int]]:
        """The same as Locust has counted it; its page may be told so two seconds later."""
        told = {each["name"]: each for each in self.page.get("stats/requests").json()["stats"]}
        rows = {name: told.get(row, {}) for name, row in ROWS.items()}
        return {
            name: (row.get("num_requests", 0), row.get("num_failures", 0))
            for name, row in rows.items()
        }

    def served(self) -> dict[str, tuple[int, int]]:
        """The same as the upstream has counted it."""
        callers = self.upstream.get("/stats").json()["callers"]
        return {
            name: (each["served"] + each["errors"], each["errors"])
            for name, each in callers.items()
        }

    def held(self) -> dict[str, int]:
        """The requests that the upstream is holding, by target."""
        callers = self.upstream.get("/stats").json()["callers"]
        return {name: each["in_flight"] for name, each in callers.items()}


@pytest.fixture(scope="session")
def start_lab(services: Services, run_locust: RunProgram) -> Callable[..., Any]:
    """Starts Locust as the lab does, a master and load workers: start_lab(logs, load_workers=2).

    Further settings change which targets it has, and by which ports it finds them.
    """

    @contextmanager
    def start(logs: Path, *, load_workers: int = 1, **settings: str) -> Iterator[Lab]:
        ports = services.ports | settings
        with ExitStack() as stack:
            master = str(free_port())
            own = {"LOCUST_MODE_WORKER": "true", "LOCUST_MASTER_NODE_PORT": master}
            processes = tuple(
                stack.enter_context(load_worker(ports | own, logs / f"load-worker-{number}"))
                for number in range(load_workers)
            )
            told = {"LOAD_WORKERS": str(load_workers), "LOCUST_MASTER_BIND_PORT": master}
            # Healthy as soon as its load workers are there.
            program = stack.enter_context(run_locust(ports | told, logs / "locust", "--master"))
            page = stack.enter_context(client(program.url))
            upstream = stack.enter_context(client(services.upstream.url))
            yield Lab(page, upstream, services, processes)

    return start


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=DEADLINE_S, trust_env=False)


@contextmanager
def load_worker(settings: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that makes load; killed in the end."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "LOCUST_"))}
    locust = [str(Path(sys.executable).with_name("locust")), "--config", "locust/locust.conf"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            locust,
            cwd=ROOT,
            env=outside | {"LAB_TARGETS": ""} | settings,
            stdout=file,
            stderr=file,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def shared_lab(
    start_lab: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """The one that most tests share."""
    with start_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """A lab in which nothing runs; maybe something did."""
    yield shared_lab
    shared_lab.end()


@pytest.fixture
def new_lab(start_lab: Callable[..., Any], tmp_path: Path) -> Iterator[Lab]:
    """A lab in which nothing ever ran, of the test's own."""
    with start_lab(tmp_path) as lab:
        yield lab
        lab.end()


@pytest.fixture
def locked_url(run_locust: RunProgram, tmp_path: Path) -> Iterator[str]:
    """The address of a page with a password, before targets that nobody asks."""
    ports = ("FLASK_SVC_PORT", "FASTAPI_SVC_PORT", "MOCK_UPSTREAM_PORT")
    told = dict.fromkeys(ports, "9") | {"LAB_PASSWORD": "sesame"}
    with run_locust(told, tmp_path / "log") as locust:
        yield f"{locust.url}/"


@dataclass
class Watch:
    """What went on in a page behind the scenes, but for what a test has excused."""

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


# Keeps what Vega made, so that a test can ask what is drawn: a canvas does not tell.
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
    """Browser windows that must neither complain nor call out."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self.browser = browser
        self.stack = stack
        self.watches: dict[Page, Watch] = {}
        self.excused: list[str] = []

    def open(self, url: str = "", *, width: int = WIDE_PX, theme: str = "light") -> Page:
        """A window of somebody else than the others, so wide, in that theme, at that address."""
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
        """Expect complaints like this one; without any the test fails too."""
        self.excused.append(pattern)

    def judge(self) -> None:
        """Fail for every complaint that nobody expected, and every expected one that is missing."""
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
    """Opens windows: windows.open(lab.url, width=390, theme="dark").

    A test names it after its lab, so that no window is left to miss that in the end.
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
    """What a chart shows: its rows, its marks, its pixels, and its size beside its place's.

    Marks have `kind`, `fill`, `stroke`, `opacity`, `text` and, where they stand for a row,
    that row's `target`, `t_s` and `pid`; points also the `value` at their height.
    `pixels` counts those of each colour, as "#rrggbb".
    """

    rows: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    pixels: dict[str, int]
    size: tuple[float, float]
    place: tuple[float, float]

    @property
    def fits(self) -> bool:
        """Whether nothing of it is cut off."""
        return all(mine <= given + 1 for mine, given in zip(self.size, self.place, strict=True))

    def targets(self, kind: str) -> set[str]:
        """The targets that have marks of that kind."""
        return {each["target"] for each in self.marks if each["kind"] == kind and each["target"]}

    def texts(self) -> set[str]:
        """All that is written in it."""
        return {each["text"] for each in self.marks if each["text"]}


READ_CHARTS = """() => Object.fromEntries(
  [...document.querySelectorAll(".lab-chart")].map((figure) => {
    const place = figure.querySelector(".lab-canvas");
    const canvas = figure.querySelector("canvas");
    if (!place.view || !canvas) return [figure.className, null];
    const marks = [];
    const walk = (group) => {
      for (const item of group.items ?? []) {
        if (group.role === "mark" && group.marktype !== "group" && item.opacity !== 0) {
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
    """Reads the charts of a page, by name; none while one of them is not drawn yet."""

    def read(page: Page) -> dict[str, Chart]:
        try:
            found = page.evaluate(READ_CHARTS)
        except Error as error:
            # Where others.js loads the page anew, its charts are soon drawn again.
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
