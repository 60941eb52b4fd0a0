"""What the dashboard has counted, beside Locust's own counts and the upstream's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.loads

Lab = Any  # of conftest.py
StartLab = Callable[..., AbstractContextManager[Lab]]
State = dict[str, Any]

ROWS = {"flask-svc": "flask-svc /io", "fastapi-svc": "fastapi-svc /async-io"}
FOURTH_FAILS = {"error_rate": 0.25, "seed": 1}
LOADS: dict[str, dict[str, Any]] = {
    "closed, some fail": {"user_count": 24},
    # More than ten fall due at either target within 0.3 s, so that both drop some.
    "open, some dropped": {"load": "open", "arrival_rate": 60, "max_in_flight": 10},
    "burst": {"load": "burst", "burst_size": 10, "burst_every_s": 1},
}


@pytest.fixture(scope="module", params=[0, 2], ids=["alone", "two load workers"])
def shared_lab(
    services: Any,
    start_lab: StartLab,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Lab]:
    """Locust in one process, or its page and two load workers."""
    logs = tmp_path_factory.mktemp("lab")
    with start_lab(services.ports, logs, workers=request.param) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial at 0.3 s."""
    shared_lab.dial(delay_ms=300)
    yield shared_lab
    shared_lab.end()


def counts(state: State) -> dict[str, tuple[int, int, int]]:
    """Answered, failed and dropped, by target."""
    by_name = {each["name"]: each["measured"] for each in state["targets"]}
    return {
        name: (each["answered"], each["failed"], each["dropped"]) for name, each in by_name.items()
    }


def by_locust(lab: Lab) -> dict[str, tuple[int, int, int]]:
    """The same, as Locust has counted: what is dropped has a row of its own."""
    rows = lab.rows()
    return {
        target: (*rows.get(name, (0, 0)), rows.get(f"{name} dropped", (0, 0))[1])
        for target, name in ROWS.items()
    }


def answered(state: State) -> int:
    """By the target that has answered fewest."""
    return min(count for count, _, _ in counts(state).values())


@pytest.mark.parametrize("load", LOADS)
def test_nothing_is_lost_on_the_way_to_the_dashboard(
    lab: Lab, upstream: httpx.Client, load: str
) -> None:
    """The first state after the last answer has what Locust and the upstream have, to the last."""
    if "fail" in load:
        lab.dial(**FOURTH_FAILS)
    lab.begin(**LOADS[load])
    lab.when(lambda state: answered(state) >= 10, "ten answers of each")
    state = lab.stop()

    assert counts(state) == by_locust(lab)
    callers = upstream.get("/stats").json()["callers"]
    for name, (total, failed, dropped) in counts(state).items():
        assert (total - failed, failed) == (callers[name]["served"], callers[name]["errors"])
        assert (failed > 0) == ("fail" in load)
        assert (dropped > 0) == ("dropped" in load)


def test_both_count_anew_from_locusts_reset(lab: Lab, upstream: httpx.Client) -> None:
    """Whenever it is pressed, and as often as that is done while the load goes on."""
    lab.dial(delay_ms=40)
    lab.begin(user_count=24)
    for _ in range(2):
        lab.when(lambda state: answered(state) >= 100, "a hundred answers of each")
        lab.page.post("/stats/reset").raise_for_status()
        state = lab.when(lambda state: answered(state) < 100, "counting again")
        assert state["run"]["state"] == "running"
    state = lab.stop()

    assert counts(state) == by_locust(lab)
    callers = upstream.get("/stats").json()["callers"]
    for name, (total, _, _) in counts(state).items():
        assert callers[name]["served"] >= total + 200
