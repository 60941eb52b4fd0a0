"""The lab as local processes on free ports, and the machine's own Chromium to look at it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

DEADLINE_S = 60.0
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests. Without one they are left out before this is asked for."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        expect.set_options(timeout=20_000)  # milliseconds; the page asks for news every two seconds
        yield running
        running.close()


def port_of(program: Any) -> str:
    return str(program.url.rpartition(":")[2])


@pytest.fixture(scope="session")
def lab_url(
    run_program: RunProgram, run_locust: RunProgram, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of Locust's page, before both services and an upstream that waits 0.6 s."""
    logs = tmp_path_factory.mktemp("lab")
    shape = {"FLASK_WORKERS": "4", "FASTAPI_WORKERS": "1"}
    with (
        run_program("mock_upstream", {"UPSTREAM_DELAY_MS": "600"}, logs / "upstream") as upstream,
        run_program("flask_svc", shape | {"UPSTREAM_URL": upstream.url}, logs / "flask") as flask,
        run_program(
            "fastapi_svc", shape | {"UPSTREAM_URL": upstream.url}, logs / "fastapi"
        ) as fastapi,
        run_locust(
            {"FLASK_SVC_PORT": port_of(flask), "FASTAPI_SVC_PORT": port_of(fastapi)},
            logs / "locust",
        ) as locust,
    ):
        yield f"{locust.url}/"


@pytest.fixture
def locked_url(run_locust: RunProgram, tmp_path: Path) -> Iterator[str]:
    """The address of a page with a password, before targets that nobody asks."""
    told = {"FLASK_SVC_PORT": "9", "FASTAPI_SVC_PORT": "9", "LAB_PASSWORD": "sesame"}
    with run_locust(told, tmp_path / "log") as locust:
        yield f"{locust.url}/"


@dataclass
class Watch:
    """What went on in a page behind the scenes."""

    errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def on_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.foreign_requests.append(request.url)


@pytest.fixture(params=[1400, 390], ids=["wide", "narrow"])
def page(request: pytest.FixtureRequest, browser: Browser, lab_url: str) -> Iterator[Page]:
    """Locust's page on a wide and on a narrow screen; it must neither complain nor call out."""
    httpx.post(f"{lab_url}stop", timeout=DEADLINE_S, trust_env=False)
    watch = Watch()
    with browser.new_context(viewport={"width": request.param, "height": 900}) as context:
        page = context.new_page()
        page.on("console", watch.on_console)
        page.on("pageerror", watch.on_error)
        page.on("request", watch.on_request)
        page.goto(lab_url)
        yield page
    assert watch == Watch()
