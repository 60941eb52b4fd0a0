"""The dashboard's state before a run, during it, after it, and in the next run."""

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
    """A Locust in one process, before its first run, with a delay of 0.5 s."""
    upstream.put("/behaviour", json={"delay_ms": 500})
    with start_lab(services.ports, tmp_path, workers=0) as lab:
        yield lab


def asked_around(state: State) -> bool:
    """Whether the upstream and all targets have answered once."""
    return bool(
        state["upstream"]["behaviour"] and all(each["slots_known"] for each in state["targets"])
    )


def test_a_run_is_foretold_shown_kept_and_followed_by_the_next(
    lab: Lab, upstream: httpx.Client
) -> None:
    """After a run its charts stay; the next run begins with empty charts."""
    ready = lab.when(asked_around, "the dial and the slots")
    assert ready["version"] == 2
    assert ready["run"]["state"] == "ready"
    assert ready["run"]["began_s"] is None
    assert ready["seconds"] == []
    assert [each["name"] for each in ready["load_workers"]] == ["this process"]
    flask, fastapi = ready["targets"]
    assert (flask["slots"], flask["workers"], flask["users"]) == (4, 4, 20)
    assert (fastapi["slots"], fastapi["workers"], fastapi["users"]) == (None, 1, 20)
    # The prediction for the form's defaults: twenty users per target.
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
    # Answers after STOP are counted, but the charts do not show them.
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
