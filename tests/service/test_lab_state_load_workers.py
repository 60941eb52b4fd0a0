"""Load workers in the dashboard's state: several that share a load, a lost one, a silent one."""

import json
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.loads

# 12 users per target, which two and three load workers can share equally.
USERS = 24
EACH = USERS // 2
SLOTS = 4

Lab = Any  # of conftest.py
StartLab = Callable[..., AbstractContextManager[Lab]]
State = dict[str, Any]


@pytest.fixture
def lab(
    services: Any,
    upstream: httpx.Client,
    start_lab: StartLab,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Lab]:
    """Locust with N load workers, twelve users per target, and a delay of 0.3 s."""
    upstream.put("/behaviour", json={"delay_ms": 300})
    count: int = request.param
    with start_lab(services.ports, tmp_path, workers=count) as lab:
        lab.begin(user_count=USERS)
        lab.when(lambda state: users(state) == [("running", USERS // count)] * count, "all users")
        yield lab


def users(state: State) -> list[tuple[str, int]]:
    """State and number of users per load worker."""
    return sorted((each["state"], each["users"]) for each in state["load_workers"])


def in_flight(state: State) -> list[int]:
    return [each["measured"]["in_flight"] for each in state["targets"]]


def limits(state: State) -> list[str]:
    return [each["limit"]["kind"] for each in state["targets"]]


def answered(state: State) -> list[int]:
    return [each["measured"]["answered"] for each in state["targets"]]


@pytest.mark.parametrize("lab", [2, 3], indirect=True, ids=["two", "three"])
def test_load_workers_share_a_load_and_report_it_all(lab: Lab, upstream: httpx.Client) -> None:
    """Each has its share of the users of both targets, and reports CPU and counts each second."""
    count = len(lab.load_workers)
    silent_s: list[float] = []

    def has_answers(state: State) -> bool:
        silent_s.extend(each["silent_s"] for each in state["load_workers"])
        return min(answered(state)) >= 40

    state = lab.when(has_answers, "forty answers of each")
    assert len({each["name"] for each in state["load_workers"]}) == count
    assert all(0 < each["cpu"] < 0.9 for each in state["load_workers"])
    # A report per second and a state per half second: 1.5 s, and twice that on a busy machine.
    assert max(silent_s) < 3
    for worker in lab.load_workers:
        assert spawned(worker.log) == dict.fromkeys(("FlaskSvc", "FastapiSvc"), EACH // count)
    lab.when(lambda state: in_flight(state) == [EACH, EACH], "one in flight for each user")
    state = lab.stop()

    served = upstream.get("/stats").json()["callers"]
    totals = [served[name]["served"] for name in ("flask-svc", "fastapi-svc")]
    assert answered(state) == by_locust(lab) == totals


def spawned(log: Path) -> dict[str, int]:
    """Users per class that the master assigned to a load worker, from the worker's log."""
    found: Counter[str] = Counter()
    for added in re.findall(r"Spawning additional ({.*?})", log.read_text()):
        found.update(json.loads(added))
    return dict(found)


@pytest.mark.parametrize("lab", [2], indirect=True, ids=["two"])
def test_a_lost_load_worker_is_named_and_its_users_go_to_the_other(lab: Lab) -> None:
    """Its requests in flight count until its loss; losing the last load worker ends the run."""
    state = lab.when(lambda state: in_flight(state) == [EACH, EACH], "one in flight for each user")
    before = {each["name"] for each in state["load_workers"]}
    lab.load_workers[0].process.kill()
    without_users: list[State] = []

    def is_whole_again(state: State) -> bool:
        found = users(state)
        if found[0][0] == "missing" and sum(count for _, count in found) < USERS:
            without_users.append(state)
        return found == [("missing", 0), ("running", USERS)]

    state = lab.when(is_whole_again, "all users on the other")
    assert {each["name"] for each in state["load_workers"]} == before
    [lost] = [each for each in state["load_workers"] if each["state"] == "missing"]
    assert lost["silent_s"] >= 3
    for each in without_users:  # two states at most: the users are dealt out at once
        assert says_lost(each, f"load worker {shortened(lost['name'])} is")

    assert settled(lab, state) == [EACH, EACH]
    lab.when(lambda state: "lost" not in limits(state), "the load is as asked for")
    lab.when(
        lambda state: [each["measured"]["queue"] for each in state["targets"]] == [EACH - SLOTS, 0],
        "only Flask's queue is left",
    )

    lab.load_workers[1].process.kill()  # no load worker is left for its users
    state = lab.when(lambda state: state["run"]["state"] == "stopped", "the end of the run")
    assert users(state) == [("missing", 0)] * 2
    [last] = before - {lost["name"]}
    assert says_lost(state, f"load worker {shortened(last)} is")
    assert answered(state) == by_locust(lab)
    assert state["run"]["in_flight"] == 0


@pytest.mark.parametrize("lab", [2], indirect=True, ids=["two"])
def test_a_load_worker_that_was_only_silent_is_counted_as_before(lab: Lab) -> None:
    """Requests that were in flight when it froze end once, not a second time when it wakes."""
    lab.when(lambda state: in_flight(state) == [EACH, EACH], "one in flight for each user")
    process = lab.load_workers[0].process
    process.send_signal(signal.SIGSTOP)
    try:
        state = lab.when(lambda state: ("missing", 0) in users(state), "one missing")
        assert max(each["silent_s"] for each in state["load_workers"]) >= 3
    finally:
        process.send_signal(signal.SIGCONT)

    state = lab.when(lambda state: users(state) == [("running", EACH)] * 2, "all users, on both")
    assert settled(lab, state) == [EACH, EACH]
    assert answered(lab.stop()) == by_locust(lab)


def says_lost(state: State, who: str) -> bool:
    """Whether both targets' limit is the loss of load workers."""
    sentence = f"{who} lost: the load is not what was asked for"
    return all(
        (each["limit"]["kind"], each["limit"]["sentence"]) == ("lost", sentence)
        for each in state["targets"]
    )


def shortened(name: str) -> str:
    """The name of a load worker as sentences show it."""
    return name if len(name) <= 20 else f"{name[:19]}…"


def settled(lab: Lab, state: State) -> list[int]:
    """Requests in flight per target, two seconds after `state`: every load worker has reported."""
    end_s = state["now_s"] + 2
    return in_flight(lab.when(lambda state: state["at_s"] >= end_s, "two seconds more"))


def by_locust(lab: Lab) -> list[int]:
    """Locust's own count of answers, per target."""
    rows = lab.rows()
    return [rows[name][0] for name in ("flask-svc /io", "fastapi-svc /async-io")]
