"""The stations of each target's way, as the dashboard tells them, filled one after the other."""

import os
import re
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import pytest
from programs import SUPERVISOR_ABOVE
from running_lab import Services

from lab.live.counters import Counters
from lab.live.stations import FULL_CORES

pytestmark = pytest.mark.loads

DELAY_MS = 1500

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture
def lab(shared_lab: Lab, upstream: httpx.Client) -> Iterator[Lab]:
    """A lab without a run, the dial slow enough to look at what waits."""
    shared_lab.dial(delay_ms=DELAY_MS)
    yield shared_lab
    shared_lab.end()


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def station(state: State, name: str, of: str) -> State:
    found: State = {each["name"]: each for each in target(state, name)["stations"]}[of]
    return found


def busy(state: State, name: str, *of: str) -> tuple[float, ...]:
    return tuple(station(state, name, each)["busy"] for each in of)


def full(state: State, name: str) -> list[str]:
    return [each["name"] for each in target(state, name)["stations"] if each["is_full"]]


def test_the_way_adds_up_and_names_the_full_station(lab: Lab) -> None:
    """Twenty in flight: four in Flask's workers and sixteen in the kernel; all in FastAPI's.

    A health probe waits in the kernel, too, as the seventeenth.
    """
    way = ("load", "accept queue", "worker", "upstream")

    lab.begin(user_count=40)
    state = lab.when(
        lambda state: (
            busy(state, "flask-svc", *way) in ((20, 16, 4, 4), (20, 17, 4, 4))
            and busy(state, "fastapi-svc", *way) == (20, 0, 20, 20)
            and target(state, "flask-svc")["limit"]["sentence"]
            == "all 4 slots busy, 16 waiting in the accept queue: more users add only waiting"
        ),
        "twenty requests of each, where they are",
    )

    assert full(state, "flask-svc") == ["worker"]
    assert full(state, "fastapi-svc") == []
    assert station(state, "flask-svc", "worker")["slots"] == 4
    assert station(state, "fastapi-svc", "worker")["slots"] is None


def test_plain_def_fills_the_threads_of_a_loop(lab: Lab) -> None:
    """Forty of fifty have a thread, ten wait for one in the worker, none in the kernel."""
    lab.begin(user_count=50, route="io", user_classes=["FastapiSvc"])
    state = lab.when(
        lambda state: busy(state, "fastapi-svc", "load", "worker", "upstream") == (50, 40, 40),
        "forty threads busy",
    )

    worker = station(state, "fastapi-svc", "worker")
    assert (worker["slots"], worker["waiting"]) == (40, 10)
    assert full(state, "fastapi-svc") == ["worker"]
    assert busy(state, "fastapi-svc", "accept queue") == (0,)


def test_a_blocked_loop_is_named(lab: Lab) -> None:
    """One request at a time, the others in the loop or in the kernel; also between two of them."""
    lab.begin(user_count=8, route="blocking-io", user_classes=["FastapiSvc"])
    state = lab.when(
        lambda state: (
            target(state, "fastapi-svc")["limit"]["kind"] == "loop"
            and busy(state, "fastapi-svc", "upstream") == (1,)
        ),
        "a blocked loop",
    )

    sentence = target(state, "fastapi-svc")["limit"]["sentence"]
    said = re.fullmatch(
        r"the event loop was blocked for ([\d.]+) (m?s): something in it waits without awaiting",
        sentence,
    )
    assert said, sentence
    # A call at least; a loop may begin the next ones before it looks at its clock again.
    assert float(said[1]) * (0.001 if said[2] == "ms" else 1) >= 0.5
    assert busy(state, "fastapi-svc", "worker") >= (1,)


def supervisor(services: Services) -> str:
    """Address of FastAPI's supervisor."""
    port = int(services.fastapi.url.rpartition(":")[2]) + SUPERVISOR_ABOVE
    return f"http://127.0.0.1:{port}"


@contextmanager
def shaped(services: Services, **shape: int) -> Iterator[None]:
    """FastAPI in this shape, by its supervisor; afterwards as before."""
    address = f"{supervisor(services)}/shape"
    httpx.put(address, json=shape, timeout=60).raise_for_status()
    yield
    httpx.delete(address, timeout=60).raise_for_status()


@pytest.fixture
def small_pool(services: Services) -> Iterator[None]:
    """FastAPI's client with two connections."""
    with shaped(services, client_connections=2):
        yield


def test_a_small_pool_of_the_client_is_named(lab: Lab, small_pool: None) -> None:
    """Two calls at the upstream, eighteen wait for a connection, all in service."""
    lab.begin(user_count=20, user_classes=["FastapiSvc"])
    state = lab.when(
        lambda state: (
            target(state, "fastapi-svc")["limit"]["kind"] == "pool"
            and busy(state, "fastapi-svc", "load", "worker", "upstream") == (20, 20, 2)
        ),
        "a full pool",
    )

    pool = station(state, "fastapi-svc", "client pool")
    assert (pool["busy"], pool["slots"], pool["waiting"]) == (2, 2, 18)
    assert full(state, "fastapi-svc") == ["client pool"]


@pytest.mark.alone
def test_a_full_processor_is_named_and_the_kernel_agrees(lab: Lab, services: Services) -> None:
    """One worker, so one core at most; /cpu, because /json takes as much of the load as of it.

    Alone, because a neighbour on two cores would take a part of that core.
    """
    looks: deque[tuple[float, float]] = deque()

    def cores() -> float:
        # Those of the last two seconds, as those of the page are.
        looks.append((time.monotonic(), used_s(services)))
        while looks[-1][0] - looks[0][0] > 2:
            looks.popleft()
        (began_s, before_s), (ended_s, after_s) = looks[0], looks[-1]
        return (after_s - before_s) / max(1.0, ended_s - began_s)

    lab.begin(user_count=8, route="cpu", user_classes=["FastapiSvc"])
    state = lab.when(
        lambda state: (
            cores() >= FULL_CORES and target(state, "fastapi-svc")["limit"]["kind"] == "processor"
        ),
        "a full core, for the page and for the kernel",
    )

    processor = station(state, "fastapi-svc", "processor")
    assert (processor["slots"], full(state, "fastapi-svc")) == (1, ["processor"])
    assert re.fullmatch(
        r"its core is full at [\d.]+ ms a request: "
        r"more async does not help, more workers on more cores do",
        target(state, "fastapi-svc")["limit"]["sentence"],
    )
    assert [each["cpu"] < FULL_CORES for each in state["load_workers"]] == [True]


def test_processor_time_is_the_kernels(lab: Lab, services: Services) -> None:
    """It lies between two looks at the processes themselves, whatever else the machine does."""
    lab.begin(user_count=4, route="cpu", user_classes=["FastapiSvc"])
    lab.when(lambda state: target(state, "fastapi-svc")["measured"]["answered"] > 4, "some answers")

    before_s = used_s(services)
    told = Counters.read(httpx.get(f"{supervisor(services)}/metrics").text, at_s=0.0)
    after_s = used_s(services)

    assert told.processor_s is not None
    assert before_s - 1e-6 <= told.processor_s <= after_s + cut_off_s(services)
    assert told.processor_s >= 4 * 0.02  # what four of its answers took


def cut_off_s(services: Services) -> float:
    """What `used_s` may lack: /proc has whole hundredths, of user and of system time each."""
    server = psutil.Process(services.fastapi.process.pid)
    return 0.02 * len(server.children(recursive=True))


def used_s(services: Services) -> float:
    """Processor time of FastAPI's server and its workers, as the kernel counts it."""
    times = [
        each.cpu_times()
        for each in psutil.Process(services.fastapi.process.pid).children(recursive=True)
    ]
    return sum(each.user + each.system for each in times)


@pytest.fixture
def two_workers(services: Services) -> Iterator[list[int]]:
    """FastAPI with two workers of three tokens each; their PIDs, the lower one first."""
    with shaped(services, workers=2, threads=3):
        told = httpx.get(f"{supervisor(services)}/metrics").raise_for_status().text
        yield sorted(map(int, re.findall(r'lab_requests_in_service{worker="(\d+)"}', told)))


def test_a_crowded_worker_beside_an_idle_one_is_named(lab: Lab, two_workers: list[int]) -> None:
    """The first worker is stopped while twenty users connect, so all connections are the second's.

    They stay there when the first one goes on, because users keep their connections.
    """
    lab.when(lambda state: target(state, "fastapi-svc")["workers"] == 2, "the changed shape")
    os.kill(two_workers[0], signal.SIGSTOP)
    try:
        lab.begin(user_count=20, route="io", user_classes=["FastapiSvc"])
        stopped = lab.when(
            lambda state: (
                target(state, "fastapi-svc")["limit"]["kind"] == "loop"
                and busy(state, "fastapi-svc", "load", "accept queue", "upstream") == (20, 0, 3)
            ),
            "one loop without a sign of life, and all users connected to the other one",
        )
    finally:
        os.kill(two_workers[0], signal.SIGCONT)
    uneven = lab.when(
        lambda state: (
            target(state, "fastapi-svc")["limit"]["kind"] == "spread"
            and busy(state, "fastapi-svc", "load", "worker", "upstream") == (20, 3, 3)
        ),
        "tokens that are free in one worker and not in the other",
    )

    named = target(stopped, "fastapi-svc")["limit"]["sentence"]
    assert named.startswith("worker 1's event loop was blocked for "), named
    said = re.fullmatch(
        r"3 of 3 pool tokens are busy in worker 2, (\d+) waiting, while worker 1 has 3 free",
        target(uneven, "fastapi-svc")["limit"]["sentence"],
    )
    assert said, target(uneven, "fastapi-svc")["limit"]
    # Those who get the answers of a wave ask again within the moment in which the worker counts.
    assert 14 <= int(said[1]) <= 17
    assert full(uneven, "fastapi-svc") == []


def test_a_target_without_a_supervisor_has_no_station_inside(lab: Lab, services: Services) -> None:
    """Frozen, it tells nothing: what is known is what the load and the upstream count."""
    services.flask.process.send_signal(signal.SIGSTOP)
    try:
        state = lab.when(
            lambda state: station(state, "flask-svc", "worker")["busy"] is None,
            "counts that are too old",
        )
    finally:
        services.flask.process.send_signal(signal.SIGCONT)

    assert busy(state, "flask-svc", "load", "accept queue", "upstream") == (0, None, 0)
