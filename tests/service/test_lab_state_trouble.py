"""What the dashboard says when something is frozen, fails, or is not there."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.live.server_words import words
from lab.running.testbed.ports import free_port

pytestmark = pytest.mark.loads

Lab = Any  # of conftest.py
StartLab = Callable[..., AbstractContextManager[Lab]]
State = dict[str, Any]
Upstream = tuple[subprocess.Popen[bytes], httpx.Client, Path]

TARGETS = ("flask-svc", "fastapi-svc")
WELL = ["slots", "clear"]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial at 0.3 s."""
    shared_lab.dial(delay_ms=300)
    yield shared_lab
    shared_lab.end()


@pytest.fixture
def busy_lab(lab: Lab) -> Lab:
    """Twelve users for each target, and nothing the matter."""
    lab.begin(user_count=24)
    lab.when(lambda state: limits(state) == WELL and in_flight(state) == [12, 12], "all well")
    return lab


def limits(state: State) -> list[str]:
    """Their kinds, by target."""
    return [each["limit"]["kind"] for each in state["targets"]]


def sentences(state: State) -> list[str]:
    return [each["limit"]["sentence"] for each in state["targets"]]


def in_flight(state: State) -> list[int]:
    return [each["measured"]["in_flight"] for each in state["targets"]]


def silent_s(state: State) -> list[float]:
    return [each["measured"]["silent_s"] for each in state["targets"]]


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, word and sentence of an error in the lab's common form."""
    body = answer.json()
    assert list(body) == ["detail", "error"] or list(body) == ["error", "detail"]
    return answer.status_code, body["error"], body["detail"]


def test_a_frozen_upstream_is_said_of_both_targets_until_it_thaws(
    busy_lab: Lab, upstream_process: Upstream
) -> None:
    """Before anybody blames a target for its silence; and the dial gives up with a sentence."""
    process, _, _ = upstream_process
    process.send_signal(signal.SIGSTOP)
    try:
        state = busy_lab.when(
            lambda state: "upstream-silent" in limits(state), "the upstream is silent"
        )
        assert limits(state) == ["upstream-silent"] * 2
        assert 1 < state["upstream"]["silent_s"] < 3
        for sentence in sentences(state):
            assert sentence.startswith("mock-upstream has been silent for")
        answer = busy_lab.page.get("/lab/behaviour")
        assert problem(answer)[:2] == (504, "upstream_timeout")
        assert problem(answer)[2].startswith("mock-upstream gives no answer")
        later = busy_lab.when(lambda state: min(silent_s(state)) > 3.5, "both are silent, too")
        assert limits(later) == ["upstream-silent"] * 2
        assert later["upstream"]["silent_s"] > 3
        assert in_flight(later) == [12, 12]
    finally:
        process.send_signal(signal.SIGCONT)

    state = busy_lab.when(lambda state: limits(state) == WELL, "well again")
    assert state["upstream"]["silent_s"] == 0
    assert max(silent_s(state)) < 3


def test_a_frozen_target_is_silent_and_the_other_is_not(busy_lab: Lab, services: Any) -> None:
    """What it was sent stays in flight, and the seconds since its last answer are counted."""
    services.flask.stop(signal.SIGSTOP)
    try:
        state = busy_lab.when(lambda state: limits(state)[0] == "silent", "silent")
        assert limits(state)[1] != "silent"
        assert sentences(state)[0].startswith("nothing has been answered for")
        assert sentences(state)[0].endswith("s, 12 in flight")
        assert 3 < silent_s(state)[0] < 6
        assert silent_s(state)[1] < 3
        later = busy_lab.when(
            lambda later: silent_s(later)[0] > silent_s(state)[0] + 1, "silent for longer"
        )
        assert limits(later)[0] == "silent"
        assert in_flight(later) == [12, 12]
        assert later["upstream"]["silent_s"] == 0
    finally:
        services.flask.stop(signal.SIGCONT)

    state = busy_lab.when(lambda state: limits(state) == WELL, "well again")
    assert silent_s(state)[0] < 3


def test_errors_are_no_limit_and_are_traced_to_the_dial(busy_lab: Lab) -> None:
    """As long as there are some among the answers of the last seconds; full slots are a limit."""
    busy_lab.dial(error_rate=1)
    said = "all answers are errors, as the dial asks"
    state = busy_lab.when(lambda state: sentences(state)[1] == said, "all are errors")
    assert limits(state) == ["slots", "faults"]

    busy_lab.page.delete("/lab/behaviour").raise_for_status()
    busy_lab.dial(delay_ms=300)
    state = busy_lab.when(lambda state: limits(state) == WELL, "well again")
    for target in state["targets"]:
        assert 0 < target["measured"]["failed"] < target["measured"]["answered"]


def test_the_page_passes_the_dial_on(lab: Lab, upstream: httpx.Client) -> None:
    """Reading, turning and restoring it, and what the upstream refuses in the upstream's words."""
    turned = lab.page.put("/lab/behaviour", json={"delay_ms": 450, "distribution": "lognormal"})
    assert turned.status_code == 200
    assert turned.json() == upstream.get("/behaviour").json()
    assert (turned.json()["delay_ms"], turned.json()["distribution"]) == (450, "lognormal")
    assert lab.page.get("/lab/behaviour").json() == turned.json()

    for bad in ({"delay_ms": -1}, {"delay": 1}, {"distribution": "uniform", "spread_ms": 500}):
        refused, by_upstream = (
            lab.page.put("/lab/behaviour", json=bad),
            upstream.put("/behaviour", json=bad),
        )
        assert problem(refused)[:2] == (400, "bad_request")
        assert refused.json() == by_upstream.json()
    refused = lab.page.put("/lab/behaviour", content=b"{")
    assert problem(refused)[:2] == (400, "bad_request")
    assert upstream.get("/behaviour").json() == turned.json()

    restored = lab.page.delete("/lab/behaviour")
    assert restored.json() == upstream.get("/behaviour").json()
    assert restored.json()["delay_ms"] == 20
    lab.when(lambda state: state["upstream"]["behaviour"] == restored.json(), "the dial as it is")


def test_a_target_says_what_it_is(lab: Lab, services: Any) -> None:
    """The page passes on its /server, with words; a name that is no target's is refused."""
    for name, program in zip(TARGETS, (services.flask, services.fastapi), strict=True):
        answer = lab.page.get(f"/lab/server/{name}")
        assert answer.status_code == 200
        told = httpx.get(f"{program.url}/server", trust_env=False).json()
        assert told["target"] == name
        assert answer.json() == told | {"words": words(told)}

    for name in ("django", "mock-upstream", "flask-gevent"):
        status, error, detail = problem(lab.page.get(f"/lab/server/{name}"))
        assert (status, error) == (404, "not_found")
        assert detail == f"no target {name!r}: expected one of flask-svc, fastapi-svc"


def test_a_lab_of_which_only_the_page_is_there_says_so(start_lab: StartLab, tmp_path: Path) -> None:
    """Nothing is known and nothing predicted; whoever asks is told who cannot be reached."""
    nowhere = str(free_port())
    names = ("FLASK_SVC_PORT", "FASTAPI_SVC_PORT", "MOCK_UPSTREAM_PORT")
    with start_lab(dict.fromkeys(names, nowhere), tmp_path, workers=0) as lab:
        state = lab.when(lambda state: state["upstream"]["silent_s"] > 2, "a silent upstream")
        assert state["upstream"]["behaviour"] is None
        for target in state["targets"]:
            assert (target["slots"], target["slots_known"], target["workers"]) == (
                None,
                False,
                None,
            )
            assert target["predicted"] == {"throughput_rps": None, "response_s": None}
        for method in ("GET", "PUT", "DELETE"):
            status, error, detail = problem(lab.page.request(method, "/lab/behaviour", json={}))
            assert (status, error) == (502, "upstream_unreachable")
            assert detail.startswith("mock-upstream cannot be reached: ")
            status, error, detail = problem(
                lab.page.request(method, "/lab/shape/flask-svc", json={"workers": 1})
            )
            assert (status, error) == (502, "upstream_unreachable")
            assert detail == "flask-svc has no supervisor that answers: its shape stays as it is"
        for name in TARGETS:
            status, error, detail = problem(lab.page.get(f"/lab/server/{name}"))
            assert (status, error) == (502, "upstream_unreachable")
            assert detail.startswith(f"{name} cannot be reached: ")

        lab.begin(user_count=2, think_s=0.1)
        state = lab.when(
            lambda state: all(each["measured"]["failed"] >= 10 for each in state["targets"]),
            "refused connections",
        )
        assert limits(state) == ["upstream-silent"] * 2
        for target in state["targets"]:
            assert target["measured"]["failed"] == target["measured"]["answered"]
