"""What the dashboard is told under load, beside what theory says of it."""

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import linear_regression, mean, median
from typing import Any

import httpx
import pytest

from lab.live import plain_table

pytestmark = pytest.mark.loads

# Four slots of half a second: 8 per second at most.
DELAY_MS, HOLD_S, SLOTS, CAPACITY_RPS = 500, 0.5, 4, 8.0
# Some milliseconds of each request are a service's own, and many on a busy machine: so many
# percent less than theory says is in order, and more than it says never is. What must agree
# however busy the machine is are the measured numbers among themselves.
OVERHEAD = 0.15
CLOSE = 0.05
# The part of a run in which nothing is as it will be: the first wave, and the two seconds
# to each side over which answers are averaged.
BEGINNING_S = 3.0
LATENCY_S = 5.0  # over which percentiles are taken

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial at half a second."""
    shared_lab.dial(delay_ms=DELAY_MS)
    yield shared_lab
    shared_lab.end()


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def seconds(state: State, name: str) -> list[State]:
    """The rows of one target after the beginning, with `at_s` since the run began."""
    began_s = state["run"]["began_s"]
    rows = [row | {"at_s": state["at_s"] + row["t_s"] - began_s} for row in state["seconds"]]
    return [row for row in rows if row["target"] == name and row["at_s"] >= BEGINNING_S]


def measured_for(length_s: int) -> Callable[[State], bool]:
    """Whether so many seconds after the beginning have a throughput, for both targets."""

    def is_long_enough(state: State) -> bool:
        known = [row for row in seconds(state, "flask-svc") if row["throughput_rps"] is not None]
        return len(known) >= length_s

    return is_long_enough


def throughput_rps(state: State, name: str) -> float:
    """Answers per second, over all of the run but its beginning."""
    rows = [row["throughput_rps"] for row in seconds(state, name)]
    return float(mean(each for each in rows if each is not None))


@dataclass(frozen=True)
class Seen:
    """A state after twenty seconds of load, and the plain table that goes with it."""

    state: State
    plain: list[dict[str, Any]]


@pytest.fixture(scope="module")
def forty_each(shared_lab: Lab) -> Seen:
    """Forty users for each target, and the lab's own second of delay."""
    shared_lab.dial(delay_ms=1000)
    shared_lab.begin(user_count=80)
    shared_lab.when(measured_for(20), "twenty seconds")
    shared_lab.when(shows_forty_each, "both full and nothing else the matter")
    while True:  # until both are of the same moment
        state = shared_lab.state()
        [plain] = shared_lab.page.get("/stats/requests").json()["extended_stats"]
        if shared_lab.state() == state:
            break
    shared_lab.end()
    assert plain["key"] == "lab"
    return Seen(state, plain["data"])


@pytest.mark.alone
def test_forty_users_each_are_served_as_predicted(forty_each: Seen) -> None:
    """Flask has four at the upstream and 36 waiting, FastAPI all of its forty at the upstream."""
    flask, fastapi = (target(forty_each.state, name) for name in ("flask-svc", "fastapi-svc"))

    assert flask["predicted"] == {"throughput_rps": 4.0, "response_s": 10.0}
    assert fastapi["predicted"] == {"throughput_rps": 40.0, "response_s": 1.0}
    for each, busy, queue in ((flask, SLOTS, 36), (fastapi, 40, 0)):
        rows = seconds(forty_each.state, each["name"])
        assert median(row["busy"] for row in rows) == busy
        assert median(row["queue"] for row in rows) == queue
        rps = throughput_rps(forty_each.state, each["name"])
        assert rps == pytest.approx(each["predicted"]["throughput_rps"], rel=CLOSE)
        # Little's law: forty in flight, whatever a request costs.
        assert rps * rows[-1]["p50_s"] == pytest.approx(40, rel=2 * CLOSE)
        assert each["predicted"]["response_s"] < rows[-1]["p50_s"] <= rows[-1]["p99_s"]


def shows_forty_each(state: State) -> bool:
    """In one state all of it, sentences included."""
    flask, fastapi = target(state, "flask-svc"), target(state, "fastapi-svc")
    counts = [
        [each["measured"][key] for key in ("in_flight", "busy", "queue")]
        for each in (flask, fastapi)
    ]
    sentences = [each["limit"]["sentence"] for each in (flask, fastapi)]
    return (
        counts == [[40, SLOTS, 36], [40, 40, 0]]
        and [each["limit"]["kind"] for each in (flask, fastapi)] == ["slots", "clear"]
        and sentences[0]
        == "all 4 slots busy, 36 waiting in the accept queue: more users add only waiting"
        and sentences[1].startswith(
            "no slot limit: 40 of 40 in flight are waiting on the upstream, answered in "
        )
    )


@pytest.mark.alone
def test_the_plain_table_has_the_same_numbers(forty_each: Seen) -> None:
    """Locust's own statistics carry a row for each target, with every column of the table."""
    for row, shown in zip(forty_each.plain, forty_each.state["targets"], strict=True):
        assert list(row) == [column["key"] for column in plain_table.STRUCTURE]
        measured, predicted = shown["measured"], shown["predicted"]
        slots = "no limit" if shown["slots"] is None else shown["slots"]
        assert row == {
            "target": f"{shown['name']} /{shown['route']}",
            "throughput": round(measured["throughput_rps"], 2),
            "predicted_throughput": predicted["throughput_rps"],
            "latency": round(measured["p50_s"], 2),
            "tail": round(measured["p99_s"], 2),
            "predicted_latency": predicted["response_s"],
            "slots": f"{measured['busy']} of {slots}",
            "queue": measured["queue"],
            "limit": shown["limit"]["sentence"],
        }


@pytest.mark.alone
def test_the_latency_of_a_closed_load_hides_what_an_open_one_shows(lab: Lab) -> None:
    """The same four slots, full in both: eight users wait as long in the end as at the start,
    and whoever arrives twice as fast as can be served waits longer each second."""
    lab.begin(user_count=16)
    closed = lab.when(measured_for(4), "four seconds")
    lab.stop()
    lab.begin(load="open", arrival_rate=2 * CAPACITY_RPS)
    lab.when(measured_for(6), "six seconds")
    opened = lab.when(
        lambda state: target(state, "flask-svc")["limit"]["kind"] == "slots", "nothing but slots"
    )

    closed_rps, rps = (throughput_rps(state, "flask-svc") for state in (closed, opened))
    assert rps == pytest.approx(closed_rps, rel=2 * CLOSE)
    assert 1 - OVERHEAD < rps / CAPACITY_RPS < 1 + CLOSE / 2

    rows = seconds(closed, "flask-svc")
    assert {row["predicted_s"] for row in rows} == {1.0}
    assert all(1 <= row["p50_s"] <= row["p99_s"] < 1.5 for row in rows)
    assert grows_by(rows, "p50_s") < 0.05

    rows = seconds(opened, "flask-svc")
    assert grows_by(rows, "queue") == pytest.approx(16 - rps, rel=2 * CLOSE)
    assert grows_by(rows, "p99_s") == pytest.approx(1 - rps / 16, rel=2 * CLOSE)
    assert grows_by(rows, "predicted_s") == pytest.approx(0.5, rel=0.01)
    for row in rows:
        # The slowest are the newest. A service that is slower than the upstream falls behind a
        # little more with each arrival; except for that, theory is off by a service time at most.
        expected_s = row["predicted_s"] + row["at_s"] * (CAPACITY_RPS - rps) / 16
        assert row["p99_s"] == pytest.approx(expected_s, abs=HOLD_S)
        # The median of the last five seconds is older by half of them.
        older_s = grows_by(rows, "p99_s") * LATENCY_S / 2
        if row["at_s"] > LATENCY_S + 1:
            assert row["p50_s"] == pytest.approx(expected_s - older_s, abs=HOLD_S)
    assert rows[-1]["p50_s"] > 3 * seconds(closed, "flask-svc")[-1]["p50_s"]

    sentence = target(opened, "flask-svc")["limit"]["sentence"]
    said = re.fullmatch(
        r"all 4 slots busy, (\d+) waiting(?: in the accept queue)? and ([\d.]+) more each second: "
        r"16\.0 arrive, ([\d.]+) leave",
        sentence,
    )
    assert said, sentence
    assert int(said[1]) == rows[-1]["queue"]
    assert float(said[2]) == pytest.approx(16 - float(said[3]), abs=0.11)
    assert float(said[2]) == pytest.approx(16 - rps, rel=2 * CLOSE)
    fastapi = target(opened, "fastapi-svc")
    assert (fastapi["limit"]["kind"], fastapi["users"]) == ("clear", None)
    assert fastapi["measured"]["p99_s"] < 2 * HOLD_S


def grows_by(rows: list[State], key: str) -> float:
    """Per second."""
    line = linear_regression([row["at_s"] for row in rows], [row[key] for row in rows])
    return float(line.slope)


def test_what_the_load_worker_itself_is_late_counts_as_latency(lab: Lab) -> None:
    """What fell due while it stood still has waited since then, not since it was sent."""
    lab.dial(delay_ms=20)
    lab.begin(load="open", arrival_rate=50)
    lab.when(lambda state: p99_s(state) is not None, "answers")

    [worker] = lab.load_workers
    worker.process.send_signal(signal.SIGSTOP)
    try:  # it is called missing after four seconds
        state = lab.when(lambda state: state["load_workers"][0]["silent_s"] >= 2.5, "silence")
    finally:
        worker.process.send_signal(signal.SIGCONT)

    # In five seconds there are some 250. The one or two that were under way are fewer than a
    # hundredth of them; what fell due in more than a second is far more.
    end_s = state["now_s"] + LATENCY_S - 1
    late_s = p99_s(lab.when(lambda state: state["at_s"] >= end_s, "four seconds more"))
    assert late_s is not None
    assert late_s > 1.2


def p99_s(state: State) -> float | None:
    """Of the target that nothing limits."""
    found: float | None = target(state, "fastapi-svc")["measured"]["p99_s"]
    return found


def test_a_turned_dial_moves_what_is_predicted_and_then_what_is_measured(lab: Lab) -> None:
    """Half the delay, twice the throughput: foretold with the next answer of the upstream.

    The latency follows as soon as those who came before are answered.
    """
    lab.begin(user_count=16)
    lab.when(
        lambda state: target(state, "flask-svc")["measured"]["throughput_rps"] is not None,
        "a throughput",
    )

    lab.page.put("/lab/behaviour", json={"delay_ms": 250})
    state = lab.when(
        lambda state: state["upstream"]["behaviour"]["delay_ms"] == 250, "the dial as it is"
    )
    turned_s = state["now_s"]
    assert target(state, "flask-svc")["predicted"]["throughput_rps"] == 16
    assert target(state, "flask-svc")["measured"]["throughput_rps"] < 12
    assert target(state, "fastapi-svc")["predicted"]["throughput_rps"] == 32
    for name, response_s in (("flask-svc", 0.5), ("fastapi-svc", 0.25)):
        lab.when(
            lambda state: target(state, name)["predicted"]["response_s"] == response_s,  # noqa: B023
            "the latency of those who come now",
        )

    def has_followed(state: State) -> bool:
        flask = target(state, "flask-svc")["measured"]
        rps, p50_s = flask["throughput_rps"], flask["p50_s"]
        return bool(abs(rps / 16 - 1) <= 0.1 and abs(p50_s / 0.5 - 1) <= 0.1)

    state = lab.when(has_followed, "as predicted once more")
    # The line has a step where the dial was turned, and not before.
    for row in state["seconds"]:
        if row["target"] == "flask-svc" and row["predicted_rps"] is not None:
            at_s = state["at_s"] + row["t_s"]
            if not turned_s - 3 < at_s < turned_s + 1:
                assert row["predicted_rps"] == (8 if at_s < turned_s else 16)


def test_predictions_follow_the_form(lab: Lab) -> None:
    """The route decides about slots and parts, users and their thinking about the rest."""
    lab.begin(user_count=16)

    def predicts(name: str, throughput_rps: float | None, response_s: float | None) -> None:
        told = {"throughput_rps": throughput_rps, "response_s": response_s}
        lab.when(lambda state: target(state, name)["predicted"] == told, f"{name}: {told}")

    predicts("flask-svc", 8, 1.0)
    predicts("fastapi-svc", 16, 0.5)

    lab.edit(user_count=16, route="async-io-multi")  # two parts, each of half the delay
    predicts("flask-svc", 16, 0.5)
    predicts("fastapi-svc", 32, 0.25)
    in_parts = lab.when(
        lambda state: [each["measured"]["busy"] for each in state["targets"]] == [SLOTS, 8],
        "two calls at the upstream for each busy slot",
    )
    assert [each["route"] for each in in_parts["targets"]] == ["async-io-multi"] * 2

    lab.edit(user_count=16, route="blocking-io")  # one event loop, blocked
    predicts("fastapi-svc", 2, 4.0)
    assert target(lab.state(), "fastapi-svc")["slots"] == 1

    lab.edit(user_count=16, think_s=1.5)  # eight users, two seconds around
    predicts("flask-svc", 4, 0.5)
    predicts("fastapi-svc", 4, 0.5)

    lab.edit(user_count=32, think_s=1.5)
    predicts("flask-svc", 8, 0.5)

    lab.edit(user_count=16, route="json", think_s=0.2)
    predicts("flask-svc", None, None)
    predicts("fastapi-svc", None, None)
    state = lab.when(
        lambda state: all(
            each["limit"]["sentence"].startswith("nothing to wait for on /json")
            for each in state["targets"]
        ),
        "no word of slots",
    )
    assert [each["limit"]["kind"] for each in state["targets"]] == ["clear"] * 2
