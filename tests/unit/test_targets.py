"""The table of targets: slots by server shape, addresses, profiles."""

from collections.abc import Mapping

import pytest

from lab import addresses, environment
from lab.targets import (
    DATABASE_ROUTES,
    HELD_ROUTES,
    ROUTES,
    SLOT_ROUTES,
    TARGETS,
    Target,
    target,
    upstream_url,
)

COMMITTED = environment.read(environment.ROOT / ".env")
NO_LIMIT = None


@pytest.mark.parametrize(
    ("name", "io", "async_io", "async_io_multi", "blocking_io", "weather"),
    [
        ("flask-svc", 4, 4, 4, 4, 4),  # 4 sync workers, whatever the view looks like
        ("flask-gthread", 100, 100, 100, 100, 100),  # 4 workers of 25 threads
        ("flask-gevent", 1000, 1000, 1000, 1000, 1000),  # 4 workers of 250 greenlets
        ("flask-asgi", 100, 100, 100, 100, 100),  # 4 workers of 25 threads
        ("flask-granian", 100, 100, 100, 100, 100),  # 4 workers of 25 threads
        (
            "fastapi-svc",
            160,
            NO_LIMIT,
            NO_LIMIT,
            4,
            NO_LIMIT,
        ),  # 4 workers of 40 tokens, or of one loop
        ("fastapi-solo", 40, NO_LIMIT, NO_LIMIT, 1, NO_LIMIT),  # 1 worker: 40 tokens or 1 loop
        # 4 workers of 40 tokens or of one loop, whatever server they have
        ("fastapi-granian", 160, NO_LIMIT, NO_LIMIT, 4, NO_LIMIT),
    ],
)
def test_slots_follow_from_the_committed_settings(
    name: str,
    io: int,
    async_io: int | None,
    async_io_multi: int | None,
    blocking_io: int,
    weather: int | None,
) -> None:
    """Workers times the concurrent waits of one worker; the steps are beside each row."""
    found = {route: target(name).slots(COMMITTED, route) for route in ROUTES}

    assert found == {
        "io": io,
        "async-io": async_io,
        "async-io-multi": async_io_multi,
        "blocking-io": blocking_io,
        "weather": weather,
    }


@pytest.mark.parametrize(
    ("name", "changed", "db_wait", "async_db_wait", "blocking_db_wait"),
    [
        ("flask-svc", {}, 4, 4, 4),  # a sync worker uses one connection of its pool
        ("flask-gthread", {}, 40, 100, 40),  # 25 threads share 10 connections
        ("flask-gthread", {"DB_POOL": "30"}, 100, 100, 100),
        ("fastapi-svc", {}, 40, 40, 4),
        ("fastapi-solo", {}, 10, 10, 1),
        ("fastapi-solo", {"DB_POOL": "100"}, 40, 100, 1),  # 40 tokens
        ("fastapi-solo", {"DB_LIFETIME": "request"}, 40, NO_LIMIT, 1),
        ("fastapi-solo", {"CLIENT_CONNECTIONS": "2"}, 10, 10, 1),  # the other pool
        ("fastapi-svc", {"DB_BOUNCER_POOL": "16"}, 16, 16, 4),
        ("fastapi-svc", {"DB_BOUNCER_POOL": "16", "DB_LIFETIME": "request"}, 16, 16, 4),
    ],
)
def test_the_pool_is_the_slots_of_a_route_of_the_database(
    name: str,
    changed: dict[str, str],
    db_wait: int,
    async_db_wait: int | None,
    blocking_db_wait: int,
) -> None:
    """Workers times the smaller of pool and threads or tokens; an async view of Flask has none."""
    environ = {**COMMITTED, **changed}

    assert {route: target(name).slots(environ, route) for route in DATABASE_ROUTES} == {
        "db-wait": db_wait,
        "async-db-wait": async_db_wait,
        "blocking-db-wait": blocking_db_wait,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flask-svc", 4),
        ("flask-gthread", 100),
        ("flask-gevent", 1000),
        ("flask-asgi", 100),
        ("flask-granian", 100),
        ("fastapi-svc", NO_LIMIT),
        ("fastapi-solo", NO_LIMIT),
        ("fastapi-granian", NO_LIMIT),
    ],
)
@pytest.mark.parametrize("pool", ["0", "1"])
def test_a_stream_and_a_websocket_hold_a_thread_and_no_place_in_a_pool(
    name: str, expected: int | None, pool: str
) -> None:
    """A Flask view keeps its thread until the end; an event loop keeps none."""
    environ = {**COMMITTED, "CLIENT_CONNECTIONS": pool}

    assert [target(name).slots(environ, route) for route in HELD_ROUTES] == [expected] * 2


@pytest.mark.parametrize(
    ("name", "route", "changed", "expected"),
    [
        ("flask-svc", "io", {"FLASK_WORKERS": "9"}, 9),
        # A sync worker has one thread, whatever FLASK_THREADS says.
        ("flask-svc", "io", {"FLASK_THREADS": "8"}, 4),
        ("flask-svc", "io", {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "8"}, 32),
        # A gthread worker that accepts fewer connections than it has threads.
        (
            "flask-svc",
            "io",
            {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "8", "FLASK_CONNECTIONS": "5"},
            20,
        ),
        ("fastapi-svc", "io", {"FASTAPI_THREADS": "10"}, 40),
        # A client pool of 10 is smaller than 40 tokens, and the only limit of a loop.
        ("fastapi-svc", "io", {"CLIENT_CONNECTIONS": "10"}, 40),
        ("fastapi-svc", "async-io", {"CLIENT_CONNECTIONS": "10"}, 40),
        # A pool of 1000 is larger than 40 tokens.
        ("fastapi-svc", "io", {"CLIENT_CONNECTIONS": "1000"}, 160),
        # A pool never adds a slot to a sync worker.
        ("flask-svc", "io", {"CLIENT_CONNECTIONS": "10"}, 4),
        ("flask-gthread", "io", {"CLIENT_CONNECTIONS": "10"}, 40),
        # A granian worker that accepts fewer connections than it has threads.
        (
            "flask-svc",
            "io",
            {"FLASK_WORKER_CLASS": "granian", "FLASK_THREADS": "8", "FLASK_CONNECTIONS": "5"},
            20,
        ),
        ("flask-granian", "io", {"FLASK_WORKERS": "2"}, 50),
        ("fastapi-granian", "io", {"FASTAPI_THREADS": "10"}, 40),
        ("fastapi-granian", "async-io", {"CLIENT_CONNECTIONS": "10"}, 40),
        ("starlette-svc", "async-io", {"CLIENT_CONNECTIONS": "10"}, 40),
    ],
)
def test_slots_follow_changed_settings(
    name: str, route: str, changed: Mapping[str, str], expected: int
) -> None:
    """The smallest of threads, connections and client pool counts, per worker."""
    assert target(name).slots({**COMMITTED, **changed}, route) == expected


def test_a_target_keeps_the_settings_in_which_it_differs() -> None:
    """Settings of a framework do not override a target's own shape."""
    asked = {**COMMITTED, "FLASK_WORKER_CLASS": "sync", "FASTAPI_WORKERS": "9"}

    assert target("flask-gthread").setting(asked, "WORKER_CLASS") == "gthread"
    assert target("fastapi-solo").setting(asked, "WORKERS") == "1"
    assert target("fastapi-svc").setting(asked, "WORKERS") == "9"


def test_a_worker_class_without_a_rule_is_refused() -> None:
    """A guess at its slots would make a prediction without a basis."""
    with pytest.raises(ValueError, match="flask-svc: no rule for the slots"):
        target("flask-svc").slots({**COMMITTED, "FLASK_WORKER_CLASS": "eventlet"})


def test_the_two_services_always_run_and_the_others_on_demand() -> None:
    """Profile "" is the lab itself; every other target is a variant."""
    profiles = {each.name: each.profile for each in TARGETS}

    assert profiles == {
        "flask-svc": "",
        "fastapi-svc": "",
        "flask-gthread": "variants",
        "flask-gevent": "variants",
        "flask-asgi": "variants",
        "flask-granian": "variants",
        "fastapi-solo": "variants",
        "fastapi-granian": "variants",
        "starlette-svc": "variants",
    }


def test_a_target_without_fastapi_has_two_routes() -> None:
    """What it lacks is no fault of its server, and it is not asked for it."""
    starlette = target("starlette-svc")

    assert [route for route in (*ROUTES, *HELD_ROUTES, "json", "cpu") if starlette.has(route)] == [
        "async-io",
        "json",
    ]
    assert starlette.slots(COMMITTED, "async-io") is NO_LIMIT
    assert starlette.lacks("users")
    assert not target("fastapi-svc").lacks("users")


def test_a_route_that_fails_is_there_all_the_same() -> None:
    """A 500 can be shown; a 404 has nothing to show."""
    gevent = target("flask-gevent")

    assert not gevent.has("async-io")
    assert not gevent.lacks("async-io")
    assert gevent.has("io")


def test_no_two_targets_share_a_name_or_a_port() -> None:
    """Ports also differ from those of the upstream and the dashboard."""
    names = [each.name for each in TARGETS]
    ports = [each.port(COMMITTED) for each in TARGETS]
    ports += [int(COMMITTED["MOCK_UPSTREAM_PORT"]), int(COMMITTED["LOCUST_PORT"])]

    assert len(set(names)) == len(names)
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("each", TARGETS, ids=lambda each: each.name)
def test_every_setting_of_a_target_is_one_that_the_committed_file_explains(each: Target) -> None:
    """A variant changes settings of .env; it adds none."""
    assert set(each.settings) | {each.port_setting} <= set(COMMITTED)
    assert each.broken_routes <= SLOT_ROUTES.keys()


def test_addresses_are_on_loopback_and_by_name_among_containers() -> None:
    """The port is the same in both."""
    inside = {**COMMITTED, "LAB_RUNTIME": "docker"}

    assert target("flask-svc").url(COMMITTED) == "http://127.0.0.1:8001"
    assert target("flask-svc").url(inside) == "http://flask-svc:8001"
    assert upstream_url(COMMITTED) == "http://127.0.0.1:8003"
    assert upstream_url(inside) == "http://mock-upstream:8003"


def test_there_is_no_target_of_another_name() -> None:
    """A mistyped target is an error; there is no default."""
    with pytest.raises(KeyError, match="flask"):
        target("flask")


@pytest.mark.parametrize(
    ("host", "names", "may"),
    [
        ("127.0.0.1:8089", "", True),
        ("10.0.0.5", "", True),
        ("[::1]:8089", "", True),
        ("localhost:8089", "", True),
        ("lab.localhost", "", True),
        ("locust", "", True),
        ("room.example", "", False),
        ("room.example:80", "Room.example, other.example", True),
        ("other.example", "room.example,other.example", True),
        ("room.example.evil", "room.example", False),
        ("127.0.0.1.evil.example", "", False),
        ("", "", False),
    ],
)
def test_the_lab_is_asked_by_names_that_no_stranger_can_have(
    host: str, names: str, may: bool
) -> None:
    """IP addresses, names without a dot, and the names in LAB_HOSTS."""
    assert addresses.may_ask(host, names) is may
