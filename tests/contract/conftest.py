"""Both services and every variant as real servers, in front of one quick upstream."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import pytest
from running_database import Database, running_database

from lab import environment
from lab.targets import TARGETS, Target
from lab.targets import target as target_named

DELAY_MS = 100
# What a test starts for itself has as many workers as it takes to be several: each loads the whole
# application, a second of processor time, and most of these tests wait for little else.
FEW_WORKERS = {"FLASK_WORKERS": "2", "FASTAPI_WORKERS": "2"}
# uvicorn's supervisor waits so long for a worker that was killed while it was asked for a sign of
# life, and gunicorn's for one that gives none.
SOON_REPLACED = {"WORKER_TIMEOUT_S": "5", "UPSTREAM_TIMEOUT_S": "4"}
# A worker of granian that still loads the application does not hear SIGTERM, and its server waits
# for it so long; the requests of these tests take a second.
SOON_ENDED = {"SHUTDOWN_S": "10"}
# Servers with settings of a test's own that are kept for the next test: each is two processes.
ODD_AT_ONCE = 12
# Fixtures that run programs with settings of the test's own: processes, on either runtime.
STARTS_ITS_OWN = {"run_target", "serve", "serve_one", "own_target", "own_twin", "odd_twin"}
MODULES = {"flask": "flask_svc", "fastapi": "fastapi_svc"}
# The users are written three times: by whom, in which framework's service, and where.
USERS = {
    "FastAPI": ("fastapi", "/users"),
    "Flask": ("flask", "/users"),
    "Flask by hand": ("flask", "/manual/users"),
}
NEW_USER = {
    "name": "Ada",
    "email": "ada@example.org",
    "age": 36,
    "address": {"street": "1 Main Street", "city": "London", "postcode": "N1 9GU", "country": "GB"},
    "roles": ["admin"],
}


@pytest.fixture(scope="session")
def start(tmp_path_factory, run_program) -> Iterator[Callable[..., httpx.Client]]:
    """A function that starts a program once and returns a client of it.

    Those that are not to be kept end when so many others were asked for since.
    """
    started: dict[str, httpx.Client] = {}
    odd: dict[str, ExitStack] = {}  # the one that was asked for last is the last
    with ExitStack() as stack:

        def start(
            name: str, module: str, settings: dict[str, str], *, keep: bool = True
        ) -> httpx.Client:
            if name in odd:
                odd[name] = odd.pop(name)
            if name not in started:
                own = stack.enter_context(ExitStack())
                log = tmp_path_factory.mktemp(name) / "log"
                program = own.enter_context(run_program(module, settings, log))
                client = httpx.Client(base_url=program.url, timeout=30)
                started[name] = own.enter_context(client)
                if not keep:
                    odd[name] = own
            if len(odd) > ODD_AT_ONCE:
                oldest = next(iter(odd))
                del started[oldest]
                odd.pop(oldest).close()
            return started[name]

        yield start


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the targets of a test that asks for one.

    What a module with BOTH_RUNTIMES asks of a target as it ships, it asks in containers too.
    """
    names = set(metafunc.fixturenames)
    marks = metafunc.definition.iter_markers("parametrize")
    if "target" in names and not any("target" in mark.args[0] for mark in marks):
        route = getattr(metafunc.module, "ROUTE", "")
        those = [each for each in TARGETS if not each.lacks(route)] if route else TARGETS
        metafunc.parametrize("target", those, ids=lambda each: each.name, indirect=True)
    both = getattr(metafunc.module, "BOTH_RUNTIMES", False)
    if both and "runtime" in names and not names & STARTS_ITS_OWN:
        docker = pytest.param("docker", marks=pytest.mark.docker)
        metafunc.parametrize("runtime", ["local", docker], indirect=True)


@pytest.fixture
def runtime(request: pytest.FixtureRequest) -> str:
    """Where the servers run that a test asks for by name."""
    return getattr(request, "param", "local")


@pytest.fixture
def upstream(runtime, start, start_contained) -> Iterator[httpx.Client]:
    """A client of the upstream that the services call; its dial starts at 100 ms."""
    if runtime == "docker":
        client = start_contained("mock-upstream")
        client.put("/behaviour", json={"delay_ms": DELAY_MS})
    else:
        client = start("upstream", "mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)})
    client.delete("/stats")
    yield client
    client.delete("/behaviour")


@pytest.fixture(scope="session")
def start_contained(request: pytest.FixtureRequest) -> Iterator[Callable[[str], httpx.Client]]:
    """A function that returns a client of a container; the first call starts them all."""
    clients: dict[str, httpx.Client] = {}
    with ExitStack() as stack:

        def start_contained(name: str) -> httpx.Client:
            if name not in clients:
                url = request.getfixturevalue("containers").url(name)
                clients[name] = stack.enter_context(httpx.Client(base_url=url, timeout=30))
            return clients[name]

        yield start_contained


@pytest.fixture(scope="session")
def settings_of(start) -> Callable[[Target], dict[str, str]]:
    """What the runtimes tell a target: .env, its own differences, its name and upstream."""
    defaults = environment.read(environment.ROOT / ".env")
    upstream = start("upstream", "mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)})
    addresses = {"UPSTREAM_URL": str(upstream.base_url).rstrip("/")}

    def settings_of(target: Target) -> dict[str, str]:
        return defaults | addresses | {"TARGET": target.name} | dict(target.settings)

    return settings_of


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """Each target in turn; a module with ROUTE asks only those that do not lack this route."""
    target: Target = request.param
    return target


@pytest.fixture
def any_target(target, start_target) -> httpx.Client:
    """Each target in turn, as a running server."""
    return start_target(target.name)


@pytest.fixture
def start_target(runtime, start, start_contained, settings_of) -> Callable[[str], httpx.Client]:
    """A function that returns a target by name, as a running server."""

    def start_target(name: str) -> httpx.Client:
        if runtime == "docker":
            return start_contained(name)
        target = target_named(name)
        return start(name, MODULES[target.framework], settings_of(target))

    return start_target


@pytest.fixture(scope="session")
def database(start, tmp_path_factory) -> Iterator[Database]:
    """A PostgreSQL behind the upstream's dial; the tests leave it as it was."""
    upstream = start("upstream", "mock_upstream", {"UPSTREAM_DELAY_MS": str(DELAY_MS)})
    log = tmp_path_factory.mktemp("postgres") / "log"
    with running_database(log, str(upstream.base_url).rstrip("/")) as database:
        yield database


@pytest.fixture
def twin_with_database(
    request: pytest.FixtureRequest, framework: str, runtime, start, start_contained, settings_of
) -> httpx.Client:
    """The service of the test's framework with a database, which those in containers have."""
    target = target_named(f"{framework}-svc")
    if runtime == "docker":
        return start_contained(target.name)
    settings = settings_of(target) | {"DATABASE_URL": request.getfixturevalue("database").url}
    return start(f"{target.name}-with-database", MODULES[framework], settings, keep=False)


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


@dataclass(frozen=True)
class Users:
    """One implementation of the users, and the service that has it."""

    service: httpx.Client
    path: str

    def create(self, user: object) -> httpx.Response:
        """Send a user as JSON."""
        return self.service.post(self.path, json=user)

    def read(self, id: object) -> httpx.Response:
        """Ask for one."""
        return self.service.get(f"{self.path}/{id}")

    def list(self, **query: object) -> list[dict[str, Any]]:
        """The newest, as they are answered."""
        answer = self.service.get(self.path, params=query)
        assert answer.status_code == 200, answer.text
        users: list[dict[str, Any]] = answer.json()["users"]
        return users


@pytest.fixture
def three_users(start_twin) -> dict[str, Users]:
    """Each implementation of the users by its name, on running servers."""
    return {name: Users(start_twin(framework), path) for name, (framework, path) in USERS.items()}


@pytest.fixture(params=USERS)
def users(request: pytest.FixtureRequest, three_users) -> Users:
    """Each implementation of the users in turn."""
    return three_users[request.param]


@pytest.fixture
def users_of(target) -> Callable[[httpx.Client], list[Users]]:
    """A function that returns what a running server of the target has of them."""
    paths = [path for framework, path in USERS.values() if framework == target.framework]
    return lambda service: [Users(service, path) for path in paths]


@pytest.fixture
def new_user() -> Callable[..., dict[str, Any]]:
    """A function that returns a user to be sent, with these fields changed."""
    return lambda **changed: deepcopy(NEW_USER) | changed


@pytest.fixture
def own_target(target, settings_of, run_program, tmp_path):
    """Each target in turn and a process of it that the test may end."""
    settings = settings_of(target) | FEW_WORKERS | SOON_ENDED
    with run_program(MODULES[target.framework], settings, tmp_path / "log") as program:
        yield target, program


@pytest.fixture(params=["flask", "fastapi"])
def own_twin(request, settings_of, run_program, tmp_path):
    """A process of each service in turn that the test may harm."""
    settings = settings_of(target_named(f"{request.param}-svc")) | SOON_REPLACED
    with run_program(MODULES[request.param], settings, tmp_path / "log") as program:
        yield program


@pytest.fixture(scope="session")
def soon_replaced() -> dict[str, str]:
    """Settings of servers that miss a worker after five seconds at the latest."""
    return SOON_REPLACED


@pytest.fixture(params=["flask", "fastapi"])
def odd_twin(request: pytest.FixtureRequest, start, settings_of, upstream):
    """A function that starts each service with some settings changed, one worker."""
    target = target_named(f"{request.param}-svc")

    def start_odd(**changed: str) -> httpx.Client:
        one_worker = {f"{request.param.upper()}_WORKERS": "1"}
        name = "-".join([target.name, *(f"{key}={changed[key]}" for key in sorted(changed))])
        settings = settings_of(target) | one_worker | changed
        title = re.sub(r"[^\w-]+", "_", name)
        return start(title, MODULES[request.param], settings, keep=False)

    return start_odd


@pytest.fixture(params=["aiohttp", "httpx", "httpx2"])
def transport(request: pytest.FixtureRequest) -> str:
    """Each CLIENT_TRANSPORT in turn."""
    return request.param


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


@pytest.fixture
def run_target(settings_of, run_program, tmp_path):
    """A function that runs a target with some settings changed and two workers, for this test."""
    with ExitStack() as stack:

        def run_target(name: str, **changed: str):
            target = target_named(name)
            folder = Path(mkdtemp(prefix=name, dir=tmp_path))
            settings = settings_of(target) | FEW_WORKERS | changed
            return stack.enter_context(
                run_program(MODULES[target.framework], settings, folder / "log")
            )

        yield run_target


@pytest.fixture
def serve(run_target):
    """The same, and in the end none of them may have logged a traceback."""
    programs = []

    def serve(name: str, **changed: str):
        programs.append(run_target(name, **changed))
        return programs[-1]

    yield serve
    for program in programs:
        assert "Traceback" not in program.output(), program.output()


@pytest.fixture
def serve_one(serve):
    """The same, with one worker that has one slot where the target has slots at all."""

    def serve_one(name: str, **changed: str):
        one = {"FLASK_WORKERS": "1", "FASTAPI_WORKERS": "1", "FLASK_THREADS": "1"}
        if name in ("flask-gthread", "flask-gevent", "flask-granian"):
            one["FLASK_CONNECTIONS"] = "1"
        return serve(name, **one | changed)

    return serve_one
