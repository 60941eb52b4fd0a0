"""The targets: every service under test, in every server shape.

To add one, add a `Target` here, a service in docker-compose.yml and a line in the Procfile;
tests/unit/test_topology.py checks that the three agree. Slots are computed here, from a target's
settings and from nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Environ = Mapping[str, str]

UPSTREAM = "mock-upstream"
POSTGRES = "postgres"

PARTS = 2
"""Default number of parts into which a request of a multi-part route splits its wait."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route, and which kind of slot its requests hold while they wait.

    `waits_in` is "thread" for a view that blocks a thread, "loop" for one that awaits, and
    "loop-blocked" for the trap: a view that blocks the event loop itself. `in_parts` is true where
    one request calls the upstream for all its parts concurrently. The client pool limits neither an
    async view of Flask, which opens its own client, nor a route that does not call the upstream.
    `waits_for` is UPSTREAM, POSTGRES, or "" for a route that is held by its client. The pool of
    its connections to the database limits a route in the same way.
    """

    name: str
    path: str
    flask_waits_in: str
    fastapi_waits_in: str
    in_parts: bool = False
    flask_shares_client: bool = True
    waits_for: str = UPSTREAM

    @property
    def parts(self) -> int:
        """Number of concurrent upstream calls of one request."""
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

DATABASE_ROUTES = MappingProxyType(
    {
        route.name: route
        for route in (
            Route("db-wait", "/db-wait", "thread", "thread", waits_for=POSTGRES),
            Route(
                "async-db-wait",
                "/async-db-wait",
                "thread",
                "loop",
                flask_shares_client=False,
                waits_for=POSTGRES,
            ),
            Route(
                "blocking-db-wait",
                "/blocking-db-wait",
                "thread",
                "loop-blocked",
                waits_for=POSTGRES,
            ),
        )
    }
)
"""The routes that wait for the database as long as the upstream's dial says."""

QUERY_ROUTES = ("db-read", "db-write", "orm-read")
"""Routes that send the database a short query, which does not wait."""
LENT_ROUTES = ("db-dependency", "db-stream")
"""Routes to which a connection is lent for the whole request; a table of slots lacks them, because
who has to wait for what depends on the framework."""

HELD_ROUTES = MappingProxyType(
    {
        route.name: route
        for route in (
            Route("stream", "/stream", "thread", "loop", waits_for=""),
            Route("ws", "/ws", "thread", "loop", waits_for=""),
        )
    }
)
"""Routes without an upstream call that hold a slot as long as the client stays connected."""

SLOT_ROUTES = MappingProxyType(ROUTES | DATABASE_ROUTES | HELD_ROUTES)
"""The routes whose requests hold a slot while they wait."""


def asks_database(route: str) -> bool:
    """Return True for a route that needs the database."""
    return route in DATABASE_ROUTES or route in (*QUERY_ROUTES, *LENT_ROUTES)


APP_ROUTES = MappingProxyType({"starlette": frozenset({"async-io", "json"})})
"""The routes of an app that lacks most of the services' routes, by its name in FASTAPI_APP."""


@dataclass(frozen=True, slots=True)
class Target:
    """One service in one server shape.

    `framework` names the service and its settings: "flask" or "fastapi"; starlette-svc is the
    FastAPI service with another app. `settings` override the framework's settings in .env.
    `profile` is the compose profile that starts it; empty for the two targets that always run.
    `broken_routes` cannot work in this shape.
    """

    name: str
    framework: str
    port_setting: str
    settings: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    broken_routes: frozenset[str] = frozenset()

    def port(self, environ: Environ) -> int:
        """Port of the target, the same in a container and on the host."""
        return int(environ[self.port_setting])

    def url(self, environ: Environ) -> str:
        """Base URL: the target's name between containers, otherwise loopback.

        `LAB_RUNTIME` is "docker" in the lab's own container and absent elsewhere.
        """
        host = self.name if environ.get("LAB_RUNTIME") == "docker" else "127.0.0.1"
        return f"http://{host}:{self.port(environ)}"

    def setting(self, environ: Environ, name: str) -> str:
        """Value of a setting for this target. `name` comes without the framework's prefix."""
        full = f"{self.framework.upper()}_{name}"
        return self.settings.get(full, environ[full])

    def lacks(self, route: str) -> bool:
        """Return True for a route that this target answers with 404."""
        app = self.settings.get("FASTAPI_APP", "")
        return app in APP_ROUTES and route not in APP_ROUTES[app]

    def has(self, route: str) -> bool:
        """Return True for a route that exists and works in this shape."""
        return not self.lacks(route) and route not in self.broken_routes

    def slots(self, environ: Environ, route: str = "io") -> int | None:
        """Number of requests to `route` that can hold a slot at once; None: no limit."""
        asked = SLOT_ROUTES[route]
        waits_in = self._waits_in(asked)
        workers = int(self.setting(environ, "WORKERS"))
        per_worker = {
            "thread": self._threads(environ),
            "loop-blocked": 1,
            "loop": None,
        }[waits_in]
        limits = [limit for limit in (per_worker, self.pool(environ, route)) if limit is not None]
        # A request needs a place at both limits, so the smaller one decides; each worker has its
        # own.
        own = workers * min(limits) if limits else None
        shared = int(environ["DB_BOUNCER_POOL"]) if asked.waits_for == POSTGRES else 0
        # What pgbouncer lends, all workers and all targets share.
        return min(own or shared, shared) if shared else own

    def pool(self, environ: Environ, route: str) -> int | None:
        """Connections of each worker that a request to `route` needs one of; None: no limit."""
        asked = SLOT_ROUTES[route]
        # Neither pool limits a view that opens a connection of its own.
        if self.framework == "flask" and not asked.flask_shares_client:
            return None
        settings = dict(environ) | dict(self.settings)
        if asked.waits_for == POSTGRES:
            return int(settings["DB_POOL"]) if settings["DB_LIFETIME"] == "worker" else None
        if asked.waits_for == UPSTREAM:
            return int(settings["CLIENT_CONNECTIONS"]) or None  # 0 means no limit
        return None

    def _waits_in(self, route: Route) -> str:
        return route.flask_waits_in if self.framework == "flask" else route.fastapi_waits_in

    def _threads(self, environ: Environ) -> int:
        threads = int(self.setting(environ, "THREADS"))
        connections = int(self.setting(environ, "CONNECTIONS"))
        match self.setting(environ, "WORKER_CLASS"):
            case "sync":
                return 1
            case "granian" if self.framework == "fastapi":
                return threads
            case "gthread" | "granian":
                # Both accept at most `connections` clients, even with more threads.
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
        broken_routes=frozenset({"async-io", "async-io-multi", "async-db-wait"}),
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
        "flask-granian",
        "flask",
        "FLASK_GRANIAN_PORT",
        {"FLASK_WORKER_CLASS": "granian", "FLASK_THREADS": "25", "FLASK_CONNECTIONS": "25"},
        profile="variants",
        broken_routes=frozenset({"ws"}),
    ),
    Target(
        "fastapi-solo",
        "fastapi",
        "FASTAPI_SOLO_PORT",
        {"FASTAPI_WORKERS": "1"},
        profile="variants",
    ),
    Target(
        "fastapi-granian",
        "fastapi",
        "FASTAPI_GRANIAN_PORT",
        {"FASTAPI_WORKER_CLASS": "granian"},
        profile="variants",
        broken_routes=frozenset({"ws"}),  # granian has no ping and no limit for a message
    ),
    Target(
        "starlette-svc",
        "fastapi",
        "STARLETTE_SVC_PORT",
        {"FASTAPI_APP": "starlette"},
        profile="variants",
    ),
)


def upstream_url(environ: Environ) -> str:
    """Base URL of the mock upstream, chosen as in `Target.url`."""
    host = UPSTREAM if environ.get("LAB_RUNTIME") == "docker" else "127.0.0.1"
    return f"http://{host}:{int(environ['MOCK_UPSTREAM_PORT'])}"


def target(name: str) -> Target:
    """Return the target of that name. Raises KeyError where there is none."""
    return {each.name: each for each in TARGETS}[name]


def postgres_url(environ: Environ) -> str:
    """Base URL of the page that says what the database's connections do, as in `Target.url`."""
    host = POSTGRES if environ.get("LAB_RUNTIME") == "docker" else "127.0.0.1"
    return f"http://{host}:{int(environ['POSTGRES_PORT'])}"
