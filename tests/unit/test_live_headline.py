"""The headline: the result of a run in one sentence, from the state alone."""

from typing import Any

import pytest

from lab.live.headline import headline

RUN = {
    "state": "running",
    "began_s": 100.0,
    "load": "closed",
    "options": {"burst_size": 100, "burst_every_s": 5.0, "arrival_rate": 8.0},
}


def target(name: str, **more: Any) -> dict[str, Any]:
    """A target of the state; `more` are its keys, those of `measured` and `predicted` included."""
    measured = {"throughput_rps": 20.0, "p99_s": 1.04, "queue": 0} | more.pop("measured", {})
    predicted = {"throughput_rps": 20.0, "response_s": 1.0} | more.pop("predicted", {})
    return {
        "name": name,
        "active": True,
        "users": 20,
        "alone_s": 1.0,
        "workers": 4,
        "stations": [{"name": "accept queue", "busy": 0}],
        "limit": {"kind": "clear", "is_doubt": False},
        "measured": measured,
        "predicted": predicted,
    } | more


FASTAPI = target("fastapi-svc")
FLASK = target(
    "flask-svc",
    limit={"kind": "slots", "is_doubt": False},
    stations=[{"name": "accept queue", "busy": 16}],
    measured={"throughput_rps": 4.0, "p99_s": 4.15, "queue": 16},
    predicted={"throughput_rps": 4.0, "response_s": 5.0},
)
WITHOUT_NUMBERS = {"throughput_rps": None, "p99_s": None, "queue": None}


def test_a_closed_load_is_told_by_its_answers() -> None:
    """The best first, what they have in common before, and where the others' requests wait."""
    assert headline(RUN, [FLASK, FASTAPI]) == (
        "Same load, same 4 workers: fastapi-svc answers 20 a second, flask-svc 4; "
        "16 wait in its accept queue"
    )


def test_whose_queue_it_is_is_said_where_another_target_was_named_last() -> None:
    """With three targets."""
    third = target("flask-gthread", measured={"throughput_rps": 1.0})

    assert headline(RUN, [FLASK, FASTAPI, third]).endswith(
        "flask-svc 4, flask-gthread 1; 16 wait in flask-svc's accept queue"
    )


def test_requests_that_wait_without_a_full_target_are_not_its_queue() -> None:
    """They were only just sent."""
    some = target("fastapi-svc", measured={"queue": 3})

    assert headline(RUN, [some]) == "20 users: fastapi-svc answers 20 a second"


def test_a_burst_is_told_by_its_length() -> None:
    """Answers a second are equal, if all are answered in time."""
    assert headline({**RUN, "load": "burst", "state": "stopped"}, [FLASK, FASTAPI]) == (
        "Bursts of 100, same 4 workers: fastapi-svc is done in 1.0 s, flask-svc in 4.2 s"
    )


def test_an_open_load_is_told_by_what_arrives() -> None:
    """Before what each of them answers."""
    assert headline({**RUN, "load": "open", "state": "stopped"}, [FASTAPI]) == (
        "8 arrivals a second: fastapi-svc answers 20 a second"
    )


def test_before_the_first_run_theory_speaks() -> None:
    """With the same words for the same numbers."""
    before = [{**each, "measured": WITHOUT_NUMBERS} for each in (FLASK, FASTAPI)]

    assert headline({**RUN, "began_s": None, "state": "ready"}, before) == (
        "Theory predicts: fastapi-svc answers 20 a second, flask-svc 4"
    )


def test_the_first_seconds_say_when_the_first_answers_come() -> None:
    """No number is shown before all targets have one."""
    new = {**FLASK, "measured": WITHOUT_NUMBERS}

    assert headline(RUN, [new, FASTAPI]) == "Starting: first answers in 1.0 s"
    assert headline({**RUN, "state": "stopped"}, [new, FASTAPI]) == ""


@pytest.mark.parametrize("more", [{"measured": {"throughput_rps": 19.0}}, {}])
def test_what_is_about_equal_is_called_alike(more: dict[str, Any]) -> None:
    """A difference below a tenth is none that one would see."""
    other = target("flask-gthread", **more)

    assert headline(RUN, [FASTAPI, other]) == (
        "Same load, same 4 workers: fastapi-svc and flask-gthread answer alike, 20 a second each"
    )


def test_in_doubt_no_result_is_told() -> None:
    """Whatever the numbers are."""
    doubtful = {**FLASK, "limit": {"kind": "silent", "is_doubt": True}}

    assert headline(RUN, [doubtful, FASTAPI]).startswith("In doubt: ")


def test_what_gets_no_load_is_left_out() -> None:
    """One target alone has nothing in common with another."""
    idle = {**FLASK, "active": False}

    assert headline(RUN, [idle, FASTAPI]) == "20 users: fastapi-svc answers 20 a second"
    assert headline(RUN, [idle]) == ""


def test_other_workers_are_not_called_the_same() -> None:
    """And other users are not the same load."""
    other = target("fastapi-solo", workers=1, users=40)

    assert headline(RUN, [FLASK, other]).startswith("Not the same load: ")
