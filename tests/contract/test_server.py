"""GET /server: every target says who it is, and the lab's arithmetic agrees with it."""

import dataclasses
import re

import pytest

from fastapi_svc.settings import Settings as FastapiSettings
from flask_svc.settings import Settings as FlaskSettings
from lab import environment
from lab.targets import DATABASE_ROUTES, ROUTES, SLOT_ROUTES, TARGETS

ENVIRON = environment.read(environment.ROOT / ".env")
CLIENTS = {"httpx", "httpx2", "aiohttp"}
SERVERS = {
    "flask-svc": ("flask", "gunicorn", "sync"),
    "fastapi-svc": ("fastapi", "uvicorn", "asgi"),
    "flask-gthread": ("flask", "gunicorn", "gthread"),
    "flask-gevent": ("flask", "gunicorn", "gevent"),
    "flask-asgi": ("flask", "uvicorn", "asgi"),
    "flask-granian": ("flask", "granian", "granian"),
    "fastapi-solo": ("fastapi", "uvicorn", "asgi"),
    "fastapi-granian": ("fastapi", "granian", "granian"),
    "starlette-svc": ("starlette", "uvicorn", "asgi"),
}


def test_every_target_has_a_server_to_be():
    """The table above is complete."""
    assert set(SERVERS) == {target.name for target in TARGETS}


def test_a_target_says_who_it_is(target, any_target):
    """Its name, framework, server and worker class, with versions."""
    told = any_target.get("/server").json()

    names = (told["framework"]["name"], told["server"]["name"], told["worker_class"])
    assert (told["target"], *names) == (target.name, *SERVERS[target.name])
    assert told["framework"]["version"]
    assert told["server"]["version"]
    assert told["worker_model"]
    assert any_target.get("/healthz").headers["Server"].startswith(told["server"]["name"])


@pytest.mark.parametrize("route", SLOT_ROUTES)
def test_the_slots_it_names_are_the_slots_the_lab_computes(target, any_target, route):
    """Two computations, one in the service and one in lab.targets."""
    assert any_target.get("/server").json()["slots"][route] == target.slots(ENVIRON, route)


def test_it_gives_its_whole_configuration(target, any_target):
    """Every field of the settings, resolved."""
    settings = {"flask": FlaskSettings, "fastapi": FastapiSettings}[target.framework]
    told = any_target.get("/server").json()["settings"]

    assert set(told) == {field.name for field in dataclasses.fields(settings)}
    assert told["workers"] == int(target.setting(ENVIRON, "WORKERS"))
    assert told["threads"] == int(target.setting(ENVIRON, "THREADS"))


def test_a_target_says_which_versions_it_is_made_of(target, any_target):
    """Python, and by name each package that an answer is made with: a run keeps them."""
    told = any_target.get("/server").json()
    packages = told["packages"]

    assert re.fullmatch(r"3\.\d+\.\d+\S*", told["python"])
    assert {"pydantic", "uvicorn", "uvloop", "httptools", "h11", *CLIENTS} <= set(packages)
    assert {"flask": "werkzeug", "fastapi": "starlette"}[target.framework] in packages
    for part in ("framework", "server", "client"):
        assert packages[told[part]["name"]] == told[part]["version"], part
    assert all(re.match(r"\d+\.\d", version) for version in packages.values()), packages


def test_both_services_tell_the_same_things(twins):
    """The keys are the same at every depth that both have."""
    flask, fastapi = (each.get("/server").json() for each in twins)

    assert set(flask) == set(fastapi)
    for key in ("framework", "server", "slots", "client", "settings"):
        assert set(flask[key]) == set(fastapi[key]), key


def test_both_settings_have_the_same_fields():
    """One design of configuration, written twice."""
    flask = [(field.name, field.type) for field in dataclasses.fields(FlaskSettings)]
    fastapi = [(field.name, field.type) for field in dataclasses.fields(FastapiSettings)]

    assert flask == fastapi


def test_the_broken_routes_it_names_are_broken_and_the_others_work(target, any_target, upstream):
    """Gevent's async views, WebSockets on most servers, and what Starlette alone does not have.

    /server says why, and the table knows.
    """
    broken = any_target.get("/server").json()["broken_routes"]

    assert set(broken) == {each for each in SLOT_ROUTES if not target.has(each)}
    for route in DATABASE_ROUTES.values():  # no database is here
        expected = 404 if target.lacks(route.name) else 503
        assert any_target.get(route.path).status_code == expected
    for route in ROUTES.values():
        # Two at once: a single async view does get through under gevent.
        statuses = set(two_at_once(any_target, route.path))
        if target.lacks(route.name):
            assert statuses == {404}
        else:
            assert (500 in statuses) == (route.name in broken)


def two_at_once(client, path, requests=24):
    """The statuses of many requests sent together."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(requests) as pool:
        return list(pool.map(lambda _: client.get(path).status_code, range(requests)))
