"""The form for a target's shape: as the services have it, and as the table of targets has it."""

import re
from typing import Any

import pytest

import fastapi_svc.settings
import fastapi_svc.shape
import flask_svc.settings
import flask_svc.shape
from lab import environment, server_shape
from lab.server_shape import FIELDS, PRESETS
from lab.targets import Target, target

COMMITTED = environment.read(environment.ROOT / ".env")
SERVICES = {
    "flask": (flask_svc.settings, flask_svc.shape),
    "fastapi": (fastapi_svc.settings, fastapi_svc.shape),
}
START: dict[str, Any] = {
    "worker_class": "sync",
    "workers": 4,
    "threads": 1,
    "connections": 1000,
    "client_transport": "aiohttp",
    "client_lifetime": "worker",
    "client_connections": 0,
    "db_pool": 10,
}


@pytest.mark.parametrize("framework", SERVICES)
def test_the_form_offers_what_the_service_accepts(framework: str) -> None:
    """The fields of its /shape, with its own worker classes and clients."""
    settings, shape = SERVICES[framework]
    fields = {field.name: field for field in FIELDS[framework]}

    assert set(fields) <= set(shape.FIELDS)
    assert fields["client_transport"].choices == settings.TRANSPORTS
    assert "db_pool" in fields
    if "worker_class" in fields:
        assert fields["worker_class"].choices == settings.WORKER_CLASSES
    for field in fields.values():
        assert set(field.classes) <= set(settings.WORKER_CLASSES)


@pytest.mark.parametrize(
    ("framework", "preset"), [(each, preset) for each in PRESETS for preset in PRESETS[each]]
)
def test_a_preset_is_a_shape_that_starts(framework: str, preset: server_shape.Preset) -> None:
    """The service reads it as it reads its settings, and its sentence has the slots of theory."""
    if preset.shape is None:
        return
    settings, shape = SERVICES[framework]
    changed = {shape.FIELDS[name]: str(value) for name, value in preset.shape.items()}
    settings.Settings.from_env(COMMITTED | changed)

    assert set(preset.shape) <= {field.name for field in FIELDS[framework]}
    started = Target(preset.name, framework, "", changed)
    for said in re.findall(r"([\d,]+) slots", preset.sentence):
        assert started.slots(COMMITTED) == int(said.replace(",", ""))


def test_the_pool_that_is_not_mentioned_is_that_of_the_settings() -> None:
    """A shape in words tells the connections to the database where they are another number."""
    assert int(COMMITTED["DB_POOL"]) == server_shape.PLAIN_POOL


def test_each_framework_begins_with_the_shape_of_the_start() -> None:
    """And offers the presets that its handouts and talks name."""
    names = {framework: [preset.name for preset in PRESETS[framework]] for framework in PRESETS}

    assert names == {
        "flask": ["as started", "4 sync workers", "1 worker, 100 threads", "gevent 1,000"],
        "fastapi": ["as started", "1 worker", "4 workers", "100 pool tokens"],
    }
    assert server_shape.form()["flask"]["presets"][0]["shape"] is None


def test_a_preset_has_the_class_of_its_target() -> None:
    """The table of targets decides how Flask gets threads, and how greenlets."""
    shapes = {preset.name: preset.shape or {} for preset in PRESETS["flask"]}

    for name, like in (
        ("1 worker, 100 threads", "flask-gthread"),
        ("gevent 1,000", "flask-gevent"),
    ):
        expected = target(like).settings["FLASK_WORKER_CLASS"]
        assert shapes[name]["worker_class"] == expected


@pytest.mark.parametrize(
    ("framework", "changed", "words"),
    [
        ("flask", {}, "4 sync workers"),
        ("flask", {"workers": 1}, "1 sync worker"),
        (
            "flask",
            {"worker_class": "gthread", "workers": 1, "threads": 100},
            "1 gthread worker, 100 threads",
        ),
        (
            "flask",
            {"worker_class": "gthread", "threads": 25, "connections": 10},
            "4 gthread workers, 25 threads each, 10 connections each",
        ),
        ("flask", {"worker_class": "gevent"}, "4 gevent workers, 1,000 greenlets each"),
        (
            "fastapi",
            {"worker_class": "asgi", "threads": 40, "connections": 0},
            "4 workers, 40 pool tokens each",
        ),
        (
            "starlette",
            {"worker_class": "asgi", "workers": 1, "threads": 40, "connections": 0},
            "1 worker, 40 pool tokens",
        ),
        (
            "fastapi",
            {"worker_class": "granian", "threads": 1, "connections": 0},
            "4 granian workers, 1 pool token each",
        ),
        (
            "flask",
            {"client_transport": "requests", "client_lifetime": "request"},
            "4 sync workers, client requests, a client for each request",
        ),
        ("flask", {"client_connections": 2}, "4 sync workers, 2 connections of its client"),
        ("flask", {"db_pool": 2}, "4 sync workers, 2 database connections each"),
        (
            "fastapi",
            {"worker_class": "asgi", "workers": 1, "threads": 40, "connections": 0, "db_pool": 1},
            "1 worker, 40 pool tokens, 1 database connection",
        ),
    ],
)
def test_a_shape_in_words(framework: str, changed: dict[str, Any], words: str) -> None:
    """What has no effect in a worker class is left out."""
    assert server_shape.in_words(framework, START | changed) == words
