"""The targets: every service under test, in every server shape.

To add one, add a `Target` here, a service in docker-compose.yml and a line in
the Procfile; tests/unit/test_topology.py holds the three together. Slots are
computed from a target's settings, here, and from nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Environ = Mapping[str, str]

PARTS = 2
"""What one request of a route in parts splits its wait into, unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route whose requests hold a slot, and what that slot is while they wait.

    `waits_in` is "thread" for a view that blocks one, "loop" for one that awaits,
    and "loop-blocked" for the trap: it blocks the event loop itself.
    `in_parts` is true where the parts of one request are called concurrently.
    An async view of Flask opens a client of its own, so that no pool limits it;
    nor does one limit what does not ask the upstream.
    """

    name: str
    path: str
    flask_waits_in: str
    fastapi_waits_in: str
    in_parts: bool = False
    flask_shares_client: bool = True
    asks_upstream: bool = True

    @property
    def parts(self) -> int:
        """How many calls one request has at the upstream at once."""
        return PARTS if self.in_parts else 1


ROUTES = MappingProxyType(
    {
        route.name: route
        for route in (
            Route("io", "/io", "thread", "thread"),
            Route("async-io", "/async-io", "thread", "loop", flask_shares_client=False),
            Route(
                "async-io-multi",
                "/async-io-multi",
                "thread",
                "loop",
                in_parts=True,
                flask_shares_client=False,
            ),
            Route("blocking-io", "/blocking-io", "thread", "loop-blocked"),
            Route("weather", "/weather", "thread", "loop"),
        )
    }
)
"""The routes that wait for the upstream."""

HELD_ROUTES = MappingProxyType(
    {
        route.name: route
        for route in (
            Route("stream", "/stream", "thread", "loop", asks_upstream=False),
            Route("ws", "/ws", "thread", "loop", asks_upstream=False),
        )
    }
)
"""The routes that ask nobody and hold a slot all the same, for as long as the client stays."""


@dataclass(frozen=True, slots=True)
class Target:
    """One service in one server shape.

    `settings` are the settings in which it differs from its framework's own in
    .env. `profile` is the compose profile it needs; empty for the two that
    always run. `broken_routes` fail in this shape by nature.
    """

    name: str
    framework: str
    port_setting: str
    settings: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    broken_routes: frozenset[str] = frozenset()

    def port(self, environ: Environ) -> int:
        """The port it listens on, in a container and on the host alike."""
        return int(environ[self.port_setting])

    def url(self, environ: Environ) -> str:
        """Where it is reached: by its name among containers, else on loopback.

        `LAB_RUNTIME` is "docker" in the lab's own container and absent elsewhere.
        """
        host = self.name if environ.get("LAB_RUNTIME") == "docker" else "127.0.0.1"
        return f"http://{host}:{self.port(environ)}"

    def setting(self, environ: Environ, name: str) -> str:
        """A setting as this target has it: `name` without the framework's prefix."""
        full = f"{self.framework.upper()}_{name}"
        return self.settings.get(full, environ[full])

    def slots(self, environ: Environ, route: str = "io") -> int | None:
        """How many requests to `route` can hold a slot at once; None: no limit."""
        asked = (ROUTES | HELD_ROUTES)[route]
        waits_in = self._waits_in(asked)
        workers = int(self.setting(environ, "WORKERS"))
        per_worker = {
            "thread": self._threads(environ),
            "loop-blocked": 1,
            "loop": None,
        }[waits_in]
        pool = int(environ["CLIENT_CONNECTIONS"]) or None
        has_own = self.framework == "flask" and not asked.flask_shares_client
        if has_own or not asked.asks_upstream:
            pool = None
        limits = [limit for limit in (per_worker, pool) if limit is not None]
        return workers * min(limits) if limits else None

    def _waits_in(self, route: Route) -> str:
        return route.flask_waits_in if self.framework == "flask" else route.fastapi_waits_in

    def _threads(self, environ: Environ) -> int:
        threads = int(self.setting(environ, "THREADS"))
        connections = int(self.setting(environ, "CONNECTIONS"))
        match self.setting(environ, "WORKER_CLASS"):
            case "sync":
                return 1
            case "gthread":
                return min(threads, connections)
            case "gevent":
                return connections
            case "asgi":
                return threads
        raise ValueError(f"{self.name}: no rule for the slots of this worker class")


TARGETS = (
    Target("flask-svc", "flask", "FLASK_SVC_PORT"),
    Target("fastapi-svc", "fastapi", "FASTAPI_SVC_PORT"),
    Target(
        "flask-gthread",
        "flask",
        "FLASK_GTHREAD_PORT",
        {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "25", "FLASK_CONNECTIONS": "25"},
        profile="variants",
    ),
    Target(
        "flask-gevent",
        "flask",
        "FLASK_GEVENT_PORT",
        {"FLASK_WORKER_CLASS": "gevent", "FLASK_CONNECTIONS": "250"},
        profile="variants",
        broken_routes=frozenset({"async-io", "async-io-multi"}),
    ),
    Target(
        "flask-asgi",
        "flask",
        "FLASK_ASGI_PORT",
        {"FLASK_WORKER_CLASS": "asgi", "FLASK_THREADS": "25", "FLASK_CONNECTIONS": "0"},
        profile="variants",
        broken_routes=frozenset({"ws"}),  # WSGI behind an ASGI wrapper has no WebSocket
    ),
    Target(
        "fastapi-solo",
        "fastapi",
        "FASTAPI_SOLO_PORT",
        {"FASTAPI_WORKERS": "1"},
        profile="variants",
    ),
)


UPSTREAM = "mock-upstream"


def upstream_url(environ: Environ) -> str:
    """Where the mock upstream is reached, by the rule of `Target.url`."""
    host = UPSTREAM if environ.get("LAB_RUNTIME") == "docker" else "127.0.0.1"
    return f"http://{host}:{int(environ['MOCK_UPSTREAM_PORT'])}"


def target(name: str) -> Target:
    """The target of that name; KeyError where there is none."""
    return {each.name: each for each in TARGETS}[name]
