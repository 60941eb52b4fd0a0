"""What a request costs each target, as a real lab measures it before a run, and what follows."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from programs import SUPERVISOR_ABOVE
from running_lab import Services

pytestmark = pytest.mark.loads

DELAY_MS = 1000
BURST = 8
ENDED = re.compile(r"calibration of flask-svc on /io: ended by START after (\d+) requests")
CLOSE = 1.15
SETTLE_S = 20.0  # for which a start waits for the calibrations, at most

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the process with the page writes."""
    return tmp_path_factory.mktemp("lab") / "page"


@pytest.fixture(scope="module")
def calibrating_lab(services: Services, start_lab: Any, log: Path) -> Iterator[Lab]:
    """A lab that calibrates, for all tests of this file."""
    began_s = time.monotonic()
    with start_lab(services.ports | {"CALIBRATE": "on"}, log.parent, workers=1) as lab:
        took_s = time.monotonic() - began_s
        # The start waits for the calibrations, and goes on where they take long.
        assert is_calibrated(lab.state()) or took_s >= SETTLE_S
        yield lab


@pytest.fixture
def lab(
    upstream_process: tuple[Any, httpx.Client, Path], services: Services, calibrating_lab: Lab
) -> Iterator[Lab]:
    """The lab without a run, with a calibration of each target."""
    calibrating_lab.when(is_calibrated, "a calibration of each target")
    yield calibrating_lab
    for url in (services.flask.url, services.fastapi.url):
        httpx.delete(shape_at(url), timeout=60).raise_for_status()
    calibrating_lab.end()


def is_calibrated(state: State) -> bool:
    return all(each["processor"] for each in state["targets"] if each["active"])


def shape_at(url: str) -> str:
    """Where a target's supervisor changes its shape."""
    return f"http://127.0.0.1:{int(url.rpartition(':')[2]) + SUPERVISOR_ABOVE}/shape"


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def cost(state: State, name: str) -> State:
    found: State = target(state, name)["processor"]
    return found


def test_a_healthy_lab_has_calibrated_each_target(calibrating_lab: Lab) -> None:
    """A median inside of its spread, over five spans with requests, and none is in any count."""
    state = calibrating_lab.when(is_calibrated, "a calibration of each target")

    for name in ("flask-svc", "fastapi-svc"):
        found = cost(state, name)
        assert 0 < found["least_s"] <= found["held_s"] <= found["most_s"]
        assert found["requests"] >= 5
        assert found["at_s"] < state["now_s"]
    assert state["run"]["began_s"] is None
    assert [each["measured"]["answered"] for each in state["targets"]] == [0, 0]


def test_what_changes_the_cost_is_calibrated_and_more_workers_are_not(
    lab: Lab, services: Services
) -> None:
    """What was calibrated once is known when its shape is back."""
    first = cost(lab.state(), "fastapi-svc")
    shape = shape_at(services.fastapi.url)

    httpx.put(shape, json={"workers": 2}, timeout=60).raise_for_status()
    state = lab.when(lambda state: target(state, "fastapi-svc")["workers"] == 2, "two workers")
    assert cost(state, "fastapi-svc") == first

    httpx.put(shape, json={"client_lifetime": "request"}, timeout=60).raise_for_status()
    state = lab.when(
        lambda state: cost(state, "fastapi-svc") not in (None, first), "another calibration"
    )
    assert cost(state, "fastapi-svc")["at_s"] > first["at_s"]

    httpx.delete(shape, timeout=60).raise_for_status()
    lab.when(lambda state: cost(state, "fastapi-svc") == first, "the first calibration")


def test_start_ends_a_calibration_and_counts_the_runs_requests_alone(
    lab: Lab, services: Services, log: Path, upstream: httpx.Client
) -> None:
    """The upstream has served those of the run, and those that the calibration has sent."""
    lab.dial(delay_ms=DELAY_MS)
    httpx.put(shape_at(services.flask.url), json={"client_connections": 7}, timeout=60)
    lab.when(lambda _: held(upstream)["in_flight"] >= 2, "a calibration under way")

    lab.begin(load="burst", burst_size=BURST, burst_every_s=600, user_classes=["FlaskSvc"])
    state = lab.when(
        lambda state: target(state, "flask-svc")["measured"]["answered"] == BURST, "the burst"
    )

    ended = ENDED.search(log.read_text(encoding="utf-8"))
    assert ended, log.read_text(encoding="utf-8")
    assert target(state, "flask-svc")["measured"]["failed"] == 0
    lab.when(lambda _: held(upstream)["in_flight"] == 0, "no request left")
    by_calibration = held(upstream)["served"] - BURST
    # One of each slot may have been about to leave when it was ended.
    assert int(ended[1]) - 4 <= by_calibration <= int(ended[1])
    # Locust's own table may lag by a report.
    lab.when(lambda _: lab.rows()["flask-svc /io"] == (BURST, 0), "as many in Locust's table")


def held(upstream: httpx.Client) -> State:
    """The upstream's tally of flask-svc."""
    tallies = upstream.get("/stats").json()["callers"]
    return tallies.get("flask-svc") or {"in_flight": 0, "served": 0}


def rates(state: State) -> list[float]:
    """Answers per second of FastAPI, of each second in which they are known."""
    rows = [each for each in state["seconds"] if each["target"] == "fastapi-svc"]
    return [each["throughput_rps"] for each in rows if each["throughput_rps"]]


def run_calibrated(lab: Lab, route: str, users: int) -> State:
    """Run one route on FastAPI after it has been calibrated, until its rate is known."""
    lab.begin(user_count=1, route=route, user_classes=["FastapiSvc"])
    lab.stop()
    lab.when(is_calibrated, f"a calibration on /{route}")
    lab.begin(user_count=users, route=route, user_classes=["FastapiSvc"])
    return lab.when(lambda state: len(rates(state)) >= 5, "five seconds with a rate")


def test_the_prediction_for_json_is_the_processors_bound(lab: Lab) -> None:
    """As many per second as a core can serve; the load needs the other and some of this one.

    Another program during the calibration makes its median dearer, and not its cheapest span.
    """
    state = run_calibrated(lab, "json", users=100)
    found = target(state, "fastapi-svc")

    bound_rps = 1 / found["processor"]["held_s"]
    assert found["predicted"]["throughput_rps"] == pytest.approx(bound_rps)
    assert median(rates(state)) <= CLOSE / found["processor"]["least_s"]


def test_no_more_of_a_route_that_computes_is_answered_than_predicted(lab: Lab) -> None:
    """20 ms of processor are 20 ms on any day."""
    state = run_calibrated(lab, "cpu", users=20)
    predicted = target(state, "fastapi-svc")["predicted"]

    assert median(rates(state)) <= CLOSE * predicted["throughput_rps"]
