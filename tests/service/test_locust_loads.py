"""The loads other than the closed one: what leaves when, and that nothing of it is lost."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from programs import run_headless
from running_lab import Services

from lab.running.testbed.ports import free_port

pytestmark = pytest.mark.loads

ROWS = {"flask-svc": "flask-svc /io", "fastapi-svc": "fastapi-svc /async-io"}
EMPTY_LISTS = "[]\n"
STEPS = (1, 4, 16, 64, 256)
TWO_WORKERS = ("--processes", "2")


@dataclass(frozen=True)
class Row:
    """What Locust counted under one name."""

    requests: int
    failures: int
    median_ms: float
    all_ms: float
    longest_ms: float


@dataclass(frozen=True)
class Run:
    """A run that is over: its rows by name, and what it logged."""

    code: int
    rows: dict[str, Row]
    log: str

    def requests(self) -> dict[str, int]:
        """How many were answered, by target."""
        assert {*ROWS.values()} <= {*self.rows}, self.log
        return {target: self.rows[name].requests for target, name in ROWS.items()}


RunLoad = Callable[..., Run]


@pytest.fixture(scope="module")
def ports(services: Services) -> dict[str, str]:
    """Four slots of Flask and an event loop of FastAPI, by the settings of their ports."""
    return services.own_ports


@pytest.fixture
def run(ports: dict[str, str]) -> RunLoad:
    """Runs Locust without its page: run("--load", "burst", "-t", "1s")."""

    def run(*arguments: str) -> Run:
        port = str(free_port())
        own = {"LOCUST_MASTER_BIND_PORT": port, "LOCUST_MASTER_NODE_PORT": port}
        done = run_headless(own | ports, *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return Run(done.returncode, rows(done.stdout), done.stderr)

    return run


def rows(printed: str) -> dict[str, Row]:
    """The master's rows; each load worker prints an empty list before or after them."""
    found = {}
    for each in json.loads(f"[{printed.strip(EMPTY_LISTS)}]"):
        times = sorted((float(ms), n) for ms, n in each["response_times"].items())
        all_ms = [ms for ms, n in times for _ in range(n)]
        found[each["name"]] = Row(
            requests=each["num_requests"],
            failures=each["num_failures"],
            median_ms=all_ms[len(all_ms) // 2] if all_ms else 0.0,
            all_ms=each["total_response_time"],
            longest_ms=each["max_response_time"],
        )
    return found


def callers(upstream: httpx.Client, key: str) -> dict[str, int]:
    """A number that the upstream has for each target: served, peak."""
    stats = upstream.get("/stats").json()
    assert stats["all"]["in_flight"] == 0
    return {name: counts[key] for name, counts in stats["callers"].items()}


def test_a_burst_leaves_at_once_and_whole(run: RunLoad, upstream: httpx.Client) -> None:
    """FastAPI's upstream holds all sixteen at a time; Flask's four."""
    upstream.put("/behaviour", json={"delay_ms": 400})

    done = run("--load", "burst", "--burst-every-s", "60", "-t", "2s")

    assert done.code == 0, done.log
    assert done.requests() == callers(upstream, "served") == dict.fromkeys(ROWS, 16)
    assert callers(upstream, "peak") == {"flask-svc": 4, "fastapi-svc": 16}
    # Four waves of 400 ms, the last one answered after the run had ended.
    assert done.rows["flask-svc /io"].longest_ms >= 1600


def test_a_burst_of_two_load_workers_leaves_at_once_and_whole(
    run: RunLoad, upstream: httpx.Client
) -> None:
    """The upstream holds the eight requests of each worker at the same time.

    On a busy machine one worker may start late, and leave out its half of the first burst.
    """
    upstream.put("/behaviour", json={"delay_ms": 400})

    done = run("--load", "burst", "--burst-every-s", "2", "-t", "7s", *TWO_WORKERS)

    assert done.code == 0, done.log
    assert done.requests() == callers(upstream, "served")
    for requests in done.requests().values():
        assert requests >= 16
        assert requests % 8 == 0
    peak = callers(upstream, "peak")
    assert peak["flask-svc"] == 4
    assert peak["fastapi-svc"] >= 16
    assert done.rows["flask-svc /io"].longest_ms >= 1600


def test_a_burst_of_any_size_adds_up_over_load_workers(
    run: RunLoad, upstream: httpx.Client
) -> None:
    """Seven for each of two workers, and one more for one of them; again and again.

    On a busy machine a worker may begin with a later burst than the other, or end with one: each
    has sent whole bursts of its own, three or one more.
    """
    done = run("--load", "burst", "--burst-size", "15", "--burst-every-s", "2", "-t", "5s",
               *TWO_WORKERS)  # fmt: skip

    assert done.code == 0, done.log
    assert done.requests() == callers(upstream, "served")
    whole = {7 * few + 8 * many for few in range(5) for many in range(5)}
    for requests in done.requests().values():
        assert requests >= 15
        assert requests in whole


@pytest.mark.parametrize("processes", [(), TWO_WORKERS], ids=["alone", "two workers"])
def test_an_open_load_does_not_wait_for_answers(
    run: RunLoad, upstream: httpx.Client, processes: tuple[str, ...]
) -> None:
    """Twice what Flask's four slots can do: all arrivals are sent, and the last waits longest."""
    upstream.put("/behaviour", json={"delay_ms": 200})

    done = run("--load", "open", "--arrivals", "even", "--arrival-rate", "40", "-t", "3s",
               *processes)  # fmt: skip

    assert done.code == 0, done.log
    assert done.requests() == callers(upstream, "served")
    flask, fastapi = done.rows["flask-svc /io"], done.rows["fastapi-svc /async-io"]
    assert abs(flask.requests - fastapi.requests) <= 2
    # Answered when all before it were, four at a time, and due when the rate says.
    last = flask.requests
    answered_ms = -(-last // 4) * 200
    assert flask.longest_ms >= answered_ms - last / 40 * 1000 - 200
    assert flask.median_ms > 4 * fastapi.median_ms  # one that is late alone moves no median
    assert callers(upstream, "peak")["flask-svc"] == 4


def test_the_time_of_a_run_begins_when_all_is_loaded(run: RunLoad, tmp_path: Path) -> None:
    """However long that took: it did not leave a run with its first requests alone."""
    slow = tmp_path / "slow.py"
    slow.write_text("import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end: 0\n")

    done = run("-f", f"locust/locustfile.py,{slow}", "-u", "2", "-r", "2", "-t", "2s")

    assert done.rows["fastapi-svc /async-io"].requests > 2, done.stderr


def test_the_queue_of_a_closed_load_does_not_grow(run: RunLoad, upstream: httpx.Client) -> None:
    """As many users as would keep the same slots busy: each has one request in the lab at a time.

    Little: the times of all requests together are at most users times the time of the run, which
    ends with the last answer. In the open load above they are several times that.
    """
    upstream.put("/behaviour", json={"delay_ms": 200})

    done = run("--load", "closed", "-u", "16", "-r", "16", "-t", "3s")

    row = done.rows["flask-svc /io"]
    assert row.median_ms >= 400  # eight users, four slots
    assert row.all_ms <= 8 * (3000 + row.longest_ms)


def test_what_finds_too_many_in_flight_is_dropped_and_counted(
    run: RunLoad, upstream: httpx.Client
) -> None:
    """As failures in a row of its own; together the rows are all that fell due."""
    upstream.put("/behaviour", json={"delay_ms": 1000})

    done = run("--load", "open", "--arrivals", "even", "--arrival-rate", "20",
               "--max-in-flight", "5", "-t", "2s")  # fmt: skip

    assert done.code == 1
    assert done.requests() == callers(upstream, "served")
    assert callers(upstream, "peak") == {"flask-svc": 4, "fastapi-svc": 5}
    fell_due = []
    for name in ROWS.values():
        dropped = done.rows[f"{name} dropped"]
        assert dropped.failures == dropped.requests > done.rows[name].requests
        assert done.rows[name].failures == 0
        fell_due.append(dropped.requests + done.rows[name].requests)
    assert abs(fell_due[0] - fell_due[1]) <= 1
    assert "flask-svc /io dropped: not sent: as many in flight as --max-in-flight" in done.log


def test_one_seed_gives_every_target_the_same_arrivals(
    run: RunLoad, upstream: httpx.Client
) -> None:
    """What they answer differs, not what they were asked."""
    done = run("--load", "open", "--arrival-rate", "50", "-t", "2s", "--route", "io")

    flask, fastapi = (done.rows[f"{target} /io"].requests for target in ROWS)
    assert abs(flask - fastapi) <= 2
    assert flask > 50


@pytest.mark.parametrize("processes", [(), TWO_WORKERS], ids=["alone", "two workers"])
def test_steps_have_their_users_in_order_and_end(
    run: RunLoad, upstream: httpx.Client, processes: tuple[str, ...]
) -> None:
    """Each step asks for its users of each target, whatever -u says.

    On a busy machine a step may end before all of its users have started, but not the last one.
    """
    done = run("--load", "steps", "--step-s", "2", "--route", "json", "--think-s", "30",
               "-u", "3", *processes)  # fmt: skip

    assert done.code == 0, done.log
    asked = re.findall(r"(?:Sending spawn jobs of|Ramping to) (\d+) users", done.log)
    # Locust tells of -u at first; the lab deals out the first step's users all the same.
    assert [int(each) for each in asked] == [3, *(2 * users for users in STEPS[1:])]
    spawned = re.findall(r"All users spawned: ({.*?})", done.log)
    # A worker names all classes that it could run.
    chosen = [{name: n for name, n in json.loads(each).items() if n} for each in spawned]
    steps = [{"FastapiSvc": users, "FlaskSvc": users} for users in STEPS]
    assert chosen == [step for step in steps if step in chosen]
    assert chosen[-1] == steps[-1]


def test_a_load_goes_nowhere_else(run: RunLoad, upstream: httpx.Client) -> None:
    """Nothing listens on port 9: a request that went there would be a failure."""
    done = run("--load", "burst", "-t", "1s", "--host", "http://127.0.0.1:9")

    assert done.code == 0, done.log
    assert "--host is ignored" in done.log
    assert done.requests() == callers(upstream, "served")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--load", "heavy"), "argument --load: invalid choice: 'heavy'"),
        (("--arrival-rate", "0"), "argument --arrival-rate: expected a number from 0.1 to 10,000"),
        (("--burst-size", "2001"), "argument --burst-size: expected a whole number from 1 to"),
        (("--max-in-flight", "x"), "argument --max-in-flight: expected a whole number from 1 to"),
    ],
)
def test_an_option_that_cannot_be_used_ends_it_with_a_sentence(
    run: RunLoad, arguments: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2, and nothing is sent."""
    done = run("-t", "1s", *arguments)

    assert done.code == 2
    assert sentence in done.log
