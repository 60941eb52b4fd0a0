"""What the page tells of the next run and of those that are over."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.loads

Lab = Any  # of conftest.py
StartLab = Callable[..., AbstractContextManager[Lab]]


@pytest.fixture(scope="module")
def lab(
    services: Any, start_lab: StartLab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A Locust in one process."""
    with start_lab(services.ports, tmp_path_factory.mktemp("kept"), workers=0) as lab:
        yield lab


@pytest.fixture(autouse=True)
def dial(lab: Lab, upstream: httpx.Client) -> None:
    """Half a second, known to the page."""
    upstream.put("/behaviour", json={"delay_ms": 500})
    lab.when(
        lambda state: (
            (state["upstream"]["behaviour"] or {}).get("delay_ms") == 500
            and all(each["slots_known"] for each in state["targets"])
        ),
        "the dial and the slots",
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"load": "closed", "user_count": "16"},
            "Theory predicts: fastapi-svc answers 16 a second, flask-svc 8",
        ),
        (
            {"load": "burst", "burst_size": "8"},
            "Theory predicts: fastapi-svc is done in 500 ms, flask-svc in 1.0 s",
        ),
        (
            {"load": "open", "arrival_rate": "6"},
            "Theory predicts: flask-svc and fastapi-svc answer alike, 6 a second each",
        ),
    ],
    ids=["closed", "burst", "open"],
)
def test_the_next_run_is_foreseen_and_nothing_is_changed(
    lab: Lab, asked: dict[str, str], sentence: str
) -> None:
    """In a sentence, and in numbers for each target."""
    before = lab.state()["run"]

    told = lab.page.get("/lab/next", params=asked).raise_for_status().json()

    assert told["sentence"] == sentence
    assert [each["name"] for each in told["targets"]] == ["flask-svc", "fastapi-svc"]
    assert {each["alone_s"] for each in told["targets"]} == {0.5}
    after = lab.state()["run"]
    assert [after[key] for key in ("load", "options", "form")] == [
        before[key] for key in ("load", "options", "form")
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"load": "flood"}, "expected one of closed, burst, open, steps"),
        ({"arrival_rate": "0"}, "expected a number from 0.1 to 10,000"),
        ({"user_count": "many"}, "expected a whole number"),
        ({"host": "http://example.org"}, "expected one of load, user_count, burst_size"),
    ],
)
def test_what_start_would_refuse_is_not_foreseen(
    lab: Lab, asked: dict[str, str], words: str
) -> None:
    """With the same sentence."""
    answer = lab.page.get("/lab/next", params=asked)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_value"
    assert words in answer.json()["detail"]


def test_a_run_is_kept_and_the_next_one_compared_with_it(lab: Lab) -> None:
    """Both by their settings and results; the second has the first behind it."""
    for number in (1, 2):
        lab.begin(user_count=16)
        running = lab.when(lambda state: len(state["seconds"]) >= 2 * 8, "eight seconds of both")
        lab.stop()
        kept = lab.page.get("/lab/runs").json()
        assert [each["number"] for each in kept] == list(range(1, number + 1))

    first, second = kept
    assert (first["load"], first["upstream"]) == ("16 users", "500 ms")
    assert first["headline"].startswith("Same load: fastapi-svc answers 1")
    flask, fastapi = second["targets"]
    assert flask["throughput_rps"] == pytest.approx(8, rel=0.15)
    assert fastapi["throughput_rps"] == pytest.approx(16, rel=0.15)
    behind = {row["target"]: row["last_rps"] for row in running["seconds"]}
    assert behind == {each["name"]: each["throughput_rps"] for each in first["targets"]}

    lab.begin(user_count=2, load="burst", burst_size=2, burst_every_s=1)
    other = lab.when(lambda state: state["seconds"], "a second of another kind of load")
    lab.stop()
    assert {row["last_rps"] for row in other["seconds"]} == {None}

    told = lab.page.get("/lab/runs/compare", params={"a": 1, "b": 2}).raise_for_status().json()
    assert told["unlike"] == []
    assert [(each["target"], each["metric"]) for each in told["differences"]] == [
        (target, metric)
        for target in ("flask-svc", "fastapi-svc")
        for metric in ("throughput_rps", "latency_s")
    ]


@pytest.mark.parametrize("asked", [{}, {"a": "1", "b": "99"}, {"a": "one", "b": "2"}])
def test_a_run_that_is_not_kept_cannot_be_compared(lab: Lab, asked: dict[str, str]) -> None:
    """The sentence names those that are."""
    answer = lab.page.get("/lab/runs/compare", params=asked)

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("a and b: expected numbers of kept runs: ")
