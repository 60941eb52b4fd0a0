"""The load of a calibration: of which targets, with how many users, and for how long."""

from dataclasses import replace
from typing import Any

import pytest

from lab.live.calibration_plan import LONGEST_S, Plan, plan
from lab.live.database import Activity
from lab.live.dead_calls import DeadCalls
from lab.live.load import TargetLoad
from lab.live.observation import TargetSetup
from lab.live.observing import RunContext

DIAL = {
    "delay_ms": 1000.0,
    "distribution": "fixed",
    "spread_ms": 0.0,
    "sigma": 0.0,
    "error_rate": 0.0,
    "hang_rate": 0.0,
    "reset_rate": 0.0,
}
AROUND = RunContext(
    now_s=121.7,
    began_s=None,
    behaviour=DIAL,
    upstream_silent_s=0.0,
    upstream_late_ms=0.5,
    generator_cpu=0.0,
    lost_load_workers=(),
)
FLASK = TargetSetup(
    name="flask-svc",
    framework="flask",
    routes=("io",),
    active=True,
    load=TargetLoad(kind="closed", users=20),
    workers=4,
    slots=4,
    slots_known=True,
    timeout_s=65.0,
)


@pytest.mark.parametrize(
    ("changes", "behaviour", "expected"),
    [
        ({}, DIAL, Plan("flask-svc", "io", 4, 1.0)),
        ({"slots": 400}, DIAL, Plan("flask-svc", "io", 50, 1.0)),
        ({"slots": None}, DIAL, Plan("flask-svc", "io", 50, 1.0)),
        ({"routes": ("async-io-multi",)}, DIAL, Plan("flask-svc", "async-io-multi", 4, 0.5)),
        # A route that does not wait needs no dial and no slots.
        ({"routes": ("json",), "slots_known": False}, None, Plan("flask-svc", "json", 16, 0.0)),
        (
            {"routes": ("cpu",), "slots_known": False},
            DIAL | {"error_rate": 0.1},
            Plan("flask-svc", "cpu", 16, 0.0),
        ),
    ],
)
def test_one_route_that_ends_by_itself_has_a_plan(
    changes: dict[str, Any], behaviour: Any, expected: Plan
) -> None:
    """With a user for each slot, 50 at most."""
    assert plan(replace(FLASK, **changes), replace(AROUND, behaviour=behaviour)) == expected


@pytest.mark.parametrize(
    ("changes", "around"),
    [
        ({"routes": ("ws",)}, {}),
        ({"routes": ("stream",)}, {}),
        ({"routes": ("users",)}, {}),
        ({"routes": ("io", "ws")}, {}),
        ({"active": False}, {}),
        ({"slots_known": False}, {}),
        ({"dead": DeadCalls(calls=1, oldest_at_s=90.0)}, {}),
        ({}, {"behaviour": None}),
        ({}, {"upstream_silent_s": 2.0}),
        ({}, {"behaviour": DIAL | {"error_rate": 0.1}}),
        ({}, {"behaviour": DIAL | {"delay_ms": 30_000.0}}),
    ],
)
def test_what_cannot_be_calibrated_has_no_plan(
    changes: dict[str, Any], around: dict[str, Any]
) -> None:
    """It is a mix or held by its client, it gets no load, or answers would be late or faults."""
    assert plan(replace(FLASK, **changes), replace(AROUND, **around)) is None


TOLD = replace(AROUND, database=Activity(121.0, 450))
QUERIES = replace(FLASK, routes=("async-db-wait",), slots=40)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (QUERIES, Plan("flask-svc", "async-db-wait", 40, 1.0)),
        (replace(QUERIES, routes=("db-read",)), Plan("flask-svc", "db-read", 16, 0.0)),
        (replace(QUERIES, routes=("orm-read",)), Plan("flask-svc", "orm-read", 16, 0.0)),
        (replace(QUERIES, routes=("db-read", "orm-read", "db-write")), None),
        # Neither the upstream nor its faults are asked.
        (replace(QUERIES, dead=DeadCalls(calls=1, oldest_at_s=90.0)), plan(QUERIES, TOLD)),
    ],
)
@pytest.mark.parametrize(
    "around", [TOLD, replace(TOLD, upstream_silent_s=2.0, behaviour=DIAL | {"error_rate": 0.1})]
)
def test_a_route_to_the_database_has_a_plan_while_the_database_answers(
    asked: TargetSetup, expected: Plan | None, around: RunContext
) -> None:
    """A lab without one has none for it."""
    assert plan(asked, around) == expected
    assert plan(asked, replace(around, database=None)) is None
    assert plan(asked, replace(around, database_silent_s=2.0)) is None


def test_each_span_has_one_group_that_begins_and_one_that_ends() -> None:
    """A wait of two seconds has eight spans: eight groups, one in each of them."""
    found = Plan("fastapi-svc", "async-io", 50, 2.0)

    assert (found.groups, found.span_s) == (8, 0.25)
    assert [found.after_s(user) for user in (0, 1, 2, 7, 8)] == [0.0, 0.25, 0.5, 1.75, 0.0]


def test_a_slot_alone_makes_spans_as_long_as_its_wait() -> None:
    """Shorter ones would have no answer in them."""
    found = Plan("flask-svc", "io", 1, 2.0)

    assert (found.groups, found.span_s) == (1, 2.0)
    assert found.takes_s == pytest.approx(14.625)
    assert found.takes_s < LONGEST_S


def test_a_route_that_does_not_wait_takes_a_second() -> None:
    """Longer if two answers of each user take longer."""
    found = Plan("fastapi-svc", "json", 16, 0.0)

    assert (found.groups, found.span_s, found.least_answers) == (1, 0.2, 32)
    assert found.takes_s == pytest.approx(1.625)
