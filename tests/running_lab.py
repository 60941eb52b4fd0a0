"""Locust's page, its load workers and both services, for the tests of the dashboard."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from programs import DEADLINE_S, Program, running, running_load_worker, running_locust, supervised

from lab.running.testbed.ports import free_port

STATE_POLL_S = 0.05  # the page makes a new state twice a second, so that each one is seen


@dataclass(frozen=True)
class Services:
    """Both services before one upstream."""

    flask: Program
    fastapi: Program
    upstream_url: str

    @property
    def own_ports(self) -> dict[str, str]:
        """The settings with the ports of both services."""
        return {
            "FLASK_SVC_PORT": port_of(self.flask.url),
            "FASTAPI_SVC_PORT": port_of(self.fastapi.url),
        }

    @property
    def ports(self) -> dict[str, str]:
        """The settings with the ports of both services and of the upstream."""
        return self.own_ports | {"MOCK_UPSTREAM_PORT": port_of(self.upstream_url)}


def port_of(url: str) -> str:
    return url.rstrip("/").rpartition(":")[2]


@contextmanager
def running_services(upstream_url: str, logs: Path, **settings: str) -> Iterator[Services]:
    """Run both services, by default with four slots of Flask and one event loop of FastAPI.

    Each has a supervisor.
    """
    shape = {"FLASK_WORKERS": "4", "FASTAPI_WORKERS": "1", "UPSTREAM_URL": upstream_url} | settings
    with (
        running("flask_svc", supervised() | shape, logs / "flask") as flask,
        running("fastapi_svc", supervised() | shape, logs / "fastapi") as fastapi,
    ):
        yield Services(flask, fastapi, upstream_url)


@dataclass(frozen=True)
class RunningLab:
    """A client of Locust's page, and the load workers."""

    page: httpx.Client
    load_workers: tuple[Program, ...]
    form: ClassVar[Mapping[str, object]]
    """The form that the page posts for START."""

    def state(self) -> dict[str, Any]:
        """Return the dashboard's state."""
        state: dict[str, Any] = self.page.get("/lab/state").raise_for_status().json()
        return state

    def when(self, condition: Callable[[dict[str, Any]], object], sentence: str) -> dict[str, Any]:
        """Poll until `condition` holds for the state; return that state. Fails after DEADLINE_S."""
        until = time.monotonic() + DEADLINE_S
        while not condition(state := self.state()):
            if time.monotonic() > until:
                shown = {key: value for key, value in state.items() if key != "blocks"}
                pytest.fail(f"not within {DEADLINE_S} s: {sentence}: {shown}")
            time.sleep(STATE_POLL_S)
        return state

    def edit(self, **fields: object) -> None:
        """Post the form, as START and "Edit" do."""
        said = self.page.post("/swarm", data={**self.form, **fields}).json()
        assert said["success"], said

    def stop(self) -> dict[str, Any]:
        """Stop the run over HTTP; return the first state after the last answer."""
        self.page.post("/stop").raise_for_status()
        return self.when(lambda state: state["run"]["state"] in ("ready", "stopped"), "stopped")


@contextmanager
def running_page(
    settings: Mapping[str, str], logs: Path, *, load_workers: int
) -> Iterator[tuple[httpx.Client, tuple[Program, ...]]]:
    """Run Locust's page with load workers, or alone for 0; yield a client and the load workers.

    `settings` have the ports of the services and of the upstream.
    """
    port = str(free_port())
    own: dict[str, str] = {}
    arguments: list[str] = []
    if load_workers:
        own = {"LOAD_WORKERS": str(load_workers), "LOCUST_MASTER_BIND_PORT": port}
        arguments = ["--master"]
    to_workers = {"LOCUST_LOGLEVEL": "DEBUG", **settings}
    with ExitStack() as stack:
        # They wait for the page, which is healthy only when all of them have connected.
        workers = tuple(
            stack.enter_context(
                running_load_worker(to_workers, logs / f"load-worker-{number}", master_port=port)
            )
            for number in range(load_workers)
        )
        program = stack.enter_context(
            running_locust({**settings, **own}, logs / "page", *arguments)
        )
        page = stack.enter_context(
            httpx.Client(base_url=program.url, timeout=DEADLINE_S, trust_env=False)
        )
        yield page, workers
