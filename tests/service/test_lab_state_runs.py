"""What the dashboard is told before a run, after it, and when the next one begins."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.loads

Lab = Any  # of conftest.py
StartLab = Callable[..., AbstractContextManager[Lab]]
State = dict[str, Any]


@pytest.fixture
def lab(
    services: Any, upstream: httpx.Client, start_lab: StartLab, tmp_path: Path
) -> Iterator[Lab]:
    """A Locust in one process that has not run yet, the dial at half a second."""
    upstream.put("/behaviour", json={"delay_ms": 500})
    with start_lab(services.ports, tmp_path, workers=0) as lab:
        yield lab


def asked_around(state: State) -> bool:
    """Whether the upstream and the targets have answered for the first time."""
    return bool(
        state["upstream"]["behaviour"] and all(each["slots_known"] for each in state["targets"])
    )


def test_a_run_is_foretold_shown_kept_and_followed_by_the_next(
    lab: Lab, upstream: httpx.Client
) -> None:
    """Its charts stay as they were at its end; the next one begins with empty ones."""
    ready = lab.when(asked_around, "the dial and the slots")
    assert ready["version"] == 1
    assert ready["run"]["state"] == "ready"
    assert ready["run"]["began_s"] is None
    assert ready["seconds"] == []
    assert [each["name"] for each in ready["load_workers"]] == ["this process"]
    flask, fastapi = ready["targets"]
    assert (flask["slots"], flask["workers"], flask["users"]) == (4, 4, 20)
    assert (fastapi["slots"], fastapi["workers"], fastapi["users"]) == (None, 1, 20)
    # What the form asks for at first: twenty users each.
    assert flask["predicted"] == {"throughput_rps": 8.0, "response_s": 2.5}
    assert fastapi["predicted"] == {"throughput_rps": 40.0, "response_s": 0.5}
    for target in ready["targets"]:
        assert target["measured"]["answered"] == target["measured"]["in_flight"] == 0
        assert target["measured"]["throughput_rps"] is None

    lab.begin(user_count=16)
    running = lab.when(lambda state: len(state["seconds"]) >= 4, "two seconds of both")
    assert running["run"]["state"] == "running"
    [process] = running["load_workers"]
    assert (process["name"], process["users"]) == ("this process", 16)
    assert 0 <= process["cpu"] <= 1.1
    assert {each["target"] for each in running["blocks"]} == {"flask-svc", "fastapi-svc"}
    lab.stop()

    over = lab.when(lambda state: state["now_s"] - state["at_s"] > 4, "charts that have ended")
    later = lab.when(lambda state: state["now_s"] - over["now_s"] > 2, "two seconds later")
    for key in ("at_s", "seconds", "blocks", "run"):
        assert later[key] == over[key]
    for key in ("measured", "predicted", "users", "route"):
        assert [each[key] for each in later["targets"]] == [each[key] for each in over["targets"]]
    assert over["run"]["in_flight"] == 0
    for target in over["targets"]:
        assert (target["measured"]["in_flight"], target["measured"]["silent_s"]) == (8, 0)
    assert over["run"]["began_s"] == running["run"]["began_s"]
    # Answers that come after STOP are counted, but not in its charts.
    assert 0 < sum(each["count"] for each in over["blocks"]) < sum(answered(over))

    upstream.delete("/stats")
    lab.begin(user_count=16)
    state = lab.state()
    assert state["run"]["began_s"] > over["at_s"]
    assert max(answered(state)) < min(answered(over))
    assert all(each["count"] == 0 for each in state["blocks"])
    state = lab.when(lambda state: state["seconds"], "the first second")
    for row in state["seconds"]:
        assert state["at_s"] + row["t_s"] > state["run"]["began_s"]
    state = lab.stop()
    served = upstream.get("/stats").json()["callers"]
    assert answered(state) == [served[name]["served"] for name in ("flask-svc", "fastapi-svc")]


def answered(state: State) -> list[int]:
    return [each["measured"]["answered"] for each in state["targets"]]
