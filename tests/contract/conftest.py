"""Both services and every variant as real servers, in front of one quick upstream."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from lab import environment
from lab.targets import TARGETS, Target
from lab.targets import target as target_named

DELAY_MS = 100
MODULES = {"flask": "flask_svc", "fastapi": "fastapi_svc"}


@pytest.fixture(scope="session")
def start(tmp_path_factory, run_program) -> Iterator[Callable[..., httpx.Client]]:
    """A function that starts a program once per session and returns a client of it."""
    started: dict[str, httpx.Client] = {}
    with ExitStack() as stack:

        def start(name: str, module: str, settings: dict[str, str]) -> httpx.Client:
            if name not in started:
                log = tmp_path_factory.mktemp(name) / "log"
                program = stack.enter_context(run_program(module, settings, log))
                client = httpx.Client(base_url=program.url, timeout=30)
                started[name] = stack.enter_context(client)
            return started[name]

        yield start


@pytest.fixture
def upstream(start) -> Iterator[httpx.Client]:
    """A client of the upstream that the services call; its dial starts at 100 ms."""
    client = start("upstream", "mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)})
    client.delete("/stats")
    yield client
    client.delete("/behaviour")


@pytest.fixture(scope="session")
def settings_of(start) -> Callable[[Target], dict[str, str]]:
    """What the runtimes tell a target: .env, its own differences, its name and upstream."""
    defaults = environment.read(environment.ROOT / ".env")
    upstream = start("upstream", "mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)})
    addresses = {"UPSTREAM_URL": str(upstream.base_url).rstrip("/")}

    def settings_of(target: Target) -> dict[str, str]:
        return defaults | addresses | {"TARGET": target.name} | dict(target.settings)

    return settings_of


@pytest.fixture(params=TARGETS, ids=lambda target: target.name)
def target(request: pytest.FixtureRequest) -> Target:
    """Each target in turn."""
    return request.param


@pytest.fixture
def any_target(target, start_target) -> httpx.Client:
    """Each target in turn, as a running server."""
    return start_target(target.name)


@pytest.fixture
def start_target(start, settings_of) -> Callable[[str], httpx.Client]:
    """A function that returns a target by name, as a running server."""

    def start_target(name: str) -> httpx.Client:
        target = target_named(name)
        return start(name, MODULES[target.framework], settings_of(target))

    return start_target


@pytest.fixture
def start_twin(start_target) -> Callable[[str], httpx.Client]:
    """A function that returns the service of a framework, as a running server."""
    return lambda framework: start_target(f"{framework}-svc")


@pytest.fixture(params=["flask", "fastapi"])
def twin(request: pytest.FixtureRequest, start_twin, upstream) -> httpx.Client:
    """flask-svc and fastapi-svc in turn, as running servers."""
    return start_twin(request.param)


@pytest.fixture
def twins(start_twin, upstream) -> list[httpx.Client]:
    """Both services, as running servers."""
    return [start_twin("flask"), start_twin("fastapi")]


@pytest.fixture
def own_target(target, settings_of, run_program, tmp_path):
    """Each target in turn and a process of it that the test may end."""
    with run_program(MODULES[target.framework], settings_of(target), tmp_path / "log") as program:
        yield target, program


@pytest.fixture(params=["flask", "fastapi"])
def own_twin(request, settings_of, run_program, tmp_path):
    """A process of each service in turn that the test may harm."""
    settings = settings_of(target_named(f"{request.param}-svc"))
    with run_program(MODULES[request.param], settings, tmp_path / "log") as program:
        yield program


@pytest.fixture(params=["flask", "fastapi"])
def odd_twin(request: pytest.FixtureRequest, start, settings_of, upstream):
    """A function that starts each service with some settings changed, one worker."""
    target = target_named(f"{request.param}-svc")

    def start_odd(**changed: str) -> httpx.Client:
        one_worker = {f"{request.param.upper()}_WORKERS": "1"}
        name = "-".join([target.name, *(f"{key}={changed[key]}" for key in sorted(changed))])
        settings = settings_of(target) | one_worker | changed
        return start(re.sub(r"[^\w-]+", "_", name), MODULES[request.param], settings)

    return start_odd


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port that refuses connections for as long as the session lasts: bound, not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(params=["flask", "fastapi"])
def broken_twin(request, settings_of, run_program, tmp_path):
    """Each service with a fault in it, and a function that returns what it has written."""
    target = target_named(f"{request.param}-svc")
    module = MODULES[request.param]
    # Loaded by every Python process of the service, before the service itself.
    (tmp_path / "sitecustomize.py").write_text(
        f"import {module}.upstream as upstream\n"
        "def call(self, parts):\n"
        "    raise RuntimeError('secret')\n"
        "upstream.HttpUpstream.call = call\n"
    )
    settings = settings_of(target) | {"PYTHONPATH": str(tmp_path)}
    with (
        run_program(module, settings, tmp_path / "log") as program,
        httpx.Client(base_url=program.url, timeout=30) as client,
    ):
        yield client, program.output
