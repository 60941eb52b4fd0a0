"""The kinds of users: which of them a target has, and what their classes are called."""

import pytest

from lab.targets import DATABASE_ROUTES, HELD_ROUTES, QUERY_ROUTES, ROUTES, TARGETS, target
from lab.user_kinds import (
    API,
    DATABASE,
    HOLD_S,
    KINDS,
    PLAIN,
    SOCKETS,
    STREAMS,
    class_name,
    kinds_of,
)


@pytest.mark.parametrize("name", [each.name for each in TARGETS])
def test_a_target_has_every_kind_that_works_there(name: str) -> None:
    """Only gunicorn and uvicorn have WebSockets here, and Starlette alone has two routes."""
    without_sockets = ("flask-asgi", "flask-granian", "fastapi-granian")
    missing = {SOCKETS} if name in without_sockets else set()
    if name == "starlette-svc":
        missing = {API, STREAMS, SOCKETS, DATABASE}

    assert kinds_of(target(name)) == tuple(kind for kind in KINDS if kind not in missing)


def test_classes_are_named_by_target_and_kind() -> None:
    """The plain one by the target alone, as ever."""
    names = [class_name(target("flask-svc"), kind) for kind in KINDS]

    assert names == [
        *("FlaskSvc", "FlaskSvcApi", "FlaskSvcStreams", "FlaskSvcSockets", "FlaskSvcDatabase")
    ]
    assert class_name(target("flask-gthread")) == "FlaskGthread"


def test_no_two_classes_have_the_same_name() -> None:
    """Over all targets, since all may run at once."""
    names = [class_name(each, kind) for each in TARGETS for kind in kinds_of(each)]

    assert len(set(names)) == len(names)


def test_what_is_held_is_held_for_as_long_as_its_users_stay() -> None:
    """Ten lines, of which the first comes at once; ten seconds of a WebSocket."""
    assert pytest.approx({"stream": 0.9, "ws": 10.0}) == HOLD_S
    assert HOLD_S.keys() == HELD_ROUTES.keys()


def test_only_plain_users_follow_the_option_route() -> None:
    """The others have routes of their own, of which none waits as the dial says."""
    assert PLAIN.route == ""
    routes = {each for kind in KINDS for each in (kind.route, *kind.more_routes)}
    assert not routes & (ROUTES.keys() | DATABASE_ROUTES.keys())
    assert {DATABASE.route, *DATABASE.more_routes} == set(QUERY_ROUTES)
