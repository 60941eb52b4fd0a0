"""The shape of a server, changed by way of the page: refused, applied under load, reset."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from programs import SUPERVISOR_ABOVE
from running_lab import Services, port_of

from flask_svc.settings import Settings, SettingsError

pytestmark = pytest.mark.loads

DELAY_MS = 200

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial at a fifth of a second; afterwards in its first shapes."""
    shared_lab.dial(delay_ms=DELAY_MS)
    yield shared_lab
    shared_lab.end()
    for name in ("flask-svc", "fastapi-svc"):
        told = shared_lab.page.get(f"/lab/shape/{name}").json()
        if told["shape"] != told["start"]:
            shared_lab.page.delete(f"/lab/shape/{name}").raise_for_status()


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, word and sentence of an error in the lab's common form."""
    body = answer.json()
    return answer.status_code, body["error"], body["detail"]


@pytest.mark.parametrize(
    ("name", "changed", "words", "slots", "rps"),
    [
        (
            "flask-svc",
            {"worker_class": "gthread", "workers": 1, "threads": 6},
            "1 gthread worker, 6 threads",
            (4, 6),
            (20.0, 30.0),
        ),
        ("fastapi-svc", {"threads": 4}, "1 worker, 4 pool tokens", (40, 4), (40.0, 20.0)),
    ],
)
def test_a_change_under_load_moves_slots_prediction_and_lines_and_loses_nothing(
    lab: Lab,
    upstream: httpx.Client,
    name: str,
    changed: dict[str, Any],
    words: str,
    slots: tuple[int, int],
    rps: tuple[float, float],
) -> None:
    """Eight users throughout: what was begun is answered, and the rest waits for the new server."""
    lab.begin(user_count=16, route="io")
    lab.when(lambda state: target(state, name)["measured"]["throughput_rps"] is not None, "answers")

    told = lab.page.put(f"/lab/shape/{name}", json=changed, timeout=120)

    assert told.status_code == 200, told.text
    assert told.json()["shape"] == told.json()["start"] | changed
    assert told.json()["took_s"] > 0
    state = lab.when(lambda state: target(state, name)["shape"] == words, words)
    seen = target(state, name)
    assert (seen["slots"], seen["predicted"]["throughput_rps"]) == (slots[1], rps[1])
    state = lab.when(
        lambda state: state["changes"] and target(state, name)["limit"]["kind"] == "slots",
        "its new slots busy",
    )
    [change] = state["changes"]
    assert (change["what"], change["kind"]) == (f"{name}: {words}", "shape")
    # After it the old server's slots are in no row, before it not the new one's.
    rows = [each for each in state["seconds"] if each["target"] == name]
    assert {row["t_s"] <= change["t_s"] for row in rows} == {True, False}
    for row in rows:
        is_new = row["t_s"] >= change["t_s"]
        assert (row["slots"], row["predicted_rps"]) == (slots[is_new], rps[is_new])

    stopped = lab.stop()
    measured = target(stopped, name)["measured"]
    caller = upstream.get("/stats").json()["callers"][name]
    assert measured["failed"] == 0
    assert measured["answered"] == caller["served"] > 0
    assert lab.rows()[f"{name} /io"] == (caller["served"], 0)


def test_a_replacement_is_no_doubt(lab: Lab) -> None:
    """Sixteen users wait for workers that do not answer yet: that is said, and nothing worse."""
    lab.begin(user_count=16)
    lab.when(lambda state: target(state, "flask-svc")["limit"]["kind"] == "slots", "full slots")

    lab.page.put("/lab/shape/flask-svc", json={"workers": 3}, timeout=120).raise_for_status()
    first = lab.when(
        lambda state: target(state, "flask-svc")["limit"]["kind"] == "replaced", "replaced"
    )
    state = lab.when(
        lambda state: target(state, "flask-svc")["limit"]["kind"] != "replaced", "in place"
    )

    assert target(first, "flask-svc")["limit"]["is_doubt"] is False
    assert target(state, "flask-svc")["limit"]["sentence"].startswith("all 3 slots busy")
    assert target(state, "fastapi-svc")["limit"]["kind"] == "clear"


def test_changes_are_noticed_whoever_makes_them(lab: Lab, services: Services) -> None:
    """By the upstream's and the supervisor's own ports; before the run they are none of its own."""
    lab.begin(user_count=16)
    lab.when(lambda state: state["seconds"], "a second")
    supervisor = f"http://127.0.0.1:{int(port_of(services.fastapi.url)) + SUPERVISOR_ABOVE}"

    httpx.put(f"{services.upstream_url}/behaviour", json={"delay_ms": 250}).raise_for_status()
    lab.when(lambda state: len(state["changes"]) == 1, "the dial")
    httpx.put(f"{supervisor}/shape", json={"threads": 7}, timeout=120).raise_for_status()
    state = lab.when(lambda state: len(state["changes"]) == 2, "the shape")

    assert [(each["number"], each["kind"], each["what"]) for each in state["changes"]] == [
        (1, "upstream", "upstream: 250 ms"),
        (2, "shape", "fastapi-svc: 1 worker, 7 pool tokens"),
    ]
    ended = lab.stop()
    assert [each["number"] for each in ended["changes"]] == [1, 2]
    lab.begin(user_count=16)
    assert lab.state()["changes"] == []


def test_a_bad_value_is_refused_with_the_sentence_of_start_up(lab: Lab) -> None:
    """And the server stays as it is."""
    before = lab.page.get("/lab/shape/flask-svc").json()
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"FLASK_WORKERS": "0"})

    answer = lab.page.put("/lab/shape/flask-svc", json={"workers": 0})

    assert problem(answer) == (400, "bad_request", str(refused.value))
    assert lab.page.get("/lab/shape/flask-svc").json() == before
    assert target(lab.state(), "flask-svc")["shape"] == "4 sync workers"


def test_delete_goes_back_to_the_start(lab: Lab) -> None:
    """The first state after the answer has the slots of the start."""
    lab.page.put("/lab/shape/flask-svc", json={"workers": 2}, timeout=120).raise_for_status()
    lab.when(lambda state: target(state, "flask-svc")["slots"] == 2, "two slots")

    told = lab.page.delete("/lab/shape/flask-svc", timeout=120).raise_for_status().json()

    assert told["shape"] == told["start"]
    answered_s = time.time()
    state = lab.when(lambda state: state["now_s"] > answered_s, "the next state")
    assert target(state, "flask-svc")["slots"] == 4
    assert target(state, "flask-svc")["shape"] == "4 sync workers"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_name_that_is_no_target_is_refused(lab: Lab, method: str) -> None:
    """With those that are."""
    answer = lab.page.request(method, "/lab/shape/django", json={})

    assert problem(answer) == (
        404,
        "not_found",
        "no target 'django': expected one of flask-svc, fastapi-svc",
    )


def test_the_form_s_offer_is_there_for_each_framework(lab: Lab) -> None:
    """What the page builds its fields and buttons from."""
    offered = lab.page.get("/lab/shapes").raise_for_status().json()
    told = lab.page.get("/lab/shape/fastapi-svc").raise_for_status().json()

    assert list(offered) == ["flask", "fastapi"]
    assert {field["name"] for field in offered["fastapi"]["fields"]} <= set(told["shape"])
