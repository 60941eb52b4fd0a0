"""A lab with a database, as the dashboard shows it: pools, PostgreSQL's own count, sentences."""

import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from programs import run_headless
from running_database import Database
from running_lab import Services, port_of, running_services

pytestmark = pytest.mark.loads

DELAY_MS = 1500
DELAY_S = DELAY_MS / 1000
POOL = 2

Lab = Any  # of conftest.py
State = dict[str, Any]


@pytest.fixture(scope="module")
def services(
    upstream_process: Any, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Both services with two database connections in each worker: FastAPI has one, Flask four."""
    settings = {"DATABASE_URL": database.url, "DB_POOL": str(POOL)}
    url = str(upstream_process[1].base_url)
    with running_services(url, tmp_path_factory.mktemp("services"), **settings) as both:
        yield both


@pytest.fixture(scope="module")
def database_lab(
    services: Services, database: Database, start_lab: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab whose page knows the database."""
    ports = services.ports | {"POSTGRES_PORT": port_of(database.program.url)}
    with start_lab(ports, tmp_path_factory.mktemp("lab"), workers=1) as lab:
        lab.when(lambda state: state["database"], "the database")
        yield lab


@pytest.fixture
def lab(
    database_lab: Lab, database: Database, upstream: httpx.Client, eventually: Any
) -> Iterator[Lab]:
    """The lab without a run, upstream and database slow enough to look at what waits."""
    database_lab.dial(delay_ms=DELAY_MS)
    eventually(lambda: database.page.get("/dial").json()["delay_ms"] == DELAY_MS)
    yield database_lab
    database_lab.end()


def target(state: State, name: str) -> State:
    found: State = {each["name"]: each for each in state["targets"]}[name]
    return found


def stations(state: State, name: str) -> dict[str, State]:
    return {each["name"]: each for each in target(state, name)["stations"]}


def busy(state: State, name: str, *of: str) -> tuple[float, ...]:
    return tuple(stations(state, name)[each]["busy"] for each in of)


def test_a_full_pool_is_counted_alike_by_workers_and_database(lab: Lab) -> None:
    """Six users on two connections: two have a query, four wait for them in the worker."""
    lab.begin(user_count=6, route="async-db-wait", user_classes=["FastapiSvc"])
    state = lab.when(
        lambda state: (
            busy(state, "fastapi-svc", "load", "worker", "database pool", "database")
            == (6, 6, POOL, POOL)
            and stations(state, "fastapi-svc")["database pool"]["waiting"] == 4
            and target(state, "fastapi-svc")["measured"]["busy"] == POOL
            and target(state, "fastapi-svc")["measured"]["queue"] == 4
            and target(state, "fastapi-svc")["limit"]["kind"] == "pool"
        ),
        "two queries, and four that wait",
    )

    fastapi = target(state, "fastapi-svc")
    assert fastapi["limit"]["sentence"] == (
        "both database connections busy, 4 queries waiting: a larger pool would take them"
    )
    assert fastapi["slots"] == POOL
    assert fastapi["predicted"] == pytest.approx(
        {"throughput_rps": POOL / DELAY_S, "response_s": 6 / POOL * DELAY_S}
    )
    assert fastapi["connections"] == {"connections": 2, "busy": 2, "idle_in_transaction": 0}
    way = stations(state, "fastapi-svc")
    assert list(way) == [
        *("load", "accept queue", "worker", "processor", "database pool", "database")
    ]
    assert (way["database pool"]["slots"], way["database"]["slots"]) == (POOL, 450)
    assert [each for each in way if way[each]["is_full"]] == ["database pool"]
    assert state["database"]["max_connections"] == 450


def test_a_larger_pool_by_the_dial_of_the_server_takes_them(lab: Lab) -> None:
    """While the run goes on; slots, prediction and the words of the shape follow."""
    lab.begin(user_count=6, route="async-db-wait", user_classes=["FastapiSvc"])
    lab.when(lambda state: target(state, "fastapi-svc")["limit"]["kind"] == "pool", "a full pool")
    try:
        told = lab.page.put("/lab/shape/fastapi-svc", json={"db_pool": 6}, timeout=120)
        told.raise_for_status()
        state = lab.when(
            lambda state: (
                busy(state, "fastapi-svc", "database pool", "database") == (6, 6)
                and target(state, "fastapi-svc")["measured"]["busy"] == 6
                and target(state, "fastapi-svc")["limit"]["kind"] == "clear"
            ),
            "six queries",
        )
    finally:
        lab.page.delete("/lab/shape/fastapi-svc", timeout=120).raise_for_status()

    fastapi = target(state, "fastapi-svc")
    assert fastapi["slots"] == 6
    assert fastapi["predicted"]["throughput_rps"] == pytest.approx(6 / DELAY_S)
    assert fastapi["limit"]["sentence"].startswith(
        "not limited: 6 of 6 in flight are waiting on the database"
    )
    assert fastapi["shape"] == "1 worker, 40 pool tokens, 6 database connections"


def test_the_worker_is_the_slot_where_it_can_do_one_thing_at_a_time(lab: Lab) -> None:
    """Four sync workers have eight connections, and can use four of them."""
    lab.begin(user_count=10, route="db-wait", user_classes=["FlaskSvc"])
    state = lab.when(
        lambda state: (
            busy(state, "flask-svc", "load", "worker", "database pool", "database") == (10, 4, 4, 4)
            and target(state, "flask-svc")["measured"]["busy"] == 4
            and target(state, "flask-svc")["measured"]["queue"] == 6
            and target(state, "flask-svc")["limit"]["kind"] == "slots"
        ),
        "four queries",
    )

    flask = target(state, "flask-svc")
    assert flask["limit"]["sentence"] == (
        "all 4 slots busy, 6 waiting in the accept queue: more users add only waiting"
    )
    assert stations(state, "flask-svc")["database pool"]["slots"] == 4 * POOL
    assert flask["predicted"]["throughput_rps"] == pytest.approx(4 / DELAY_S)


def test_users_of_the_database_read_and_order(lab: Lab) -> None:
    """In three rows for each target, all answers right; calls to the upstream count beside them."""
    names = ["FastapiSvc", "FastapiSvcDatabase", "FlaskSvcDatabase"]
    lab.begin(user_count=12, think_s=0.03, user_classes=names)
    state = lab.when(
        lambda state: (
            target(state, "flask-svc")["measured"]["answered"] > 200
            and target(state, "fastapi-svc")["measured"]["answered"] > 200
            and busy(state, "fastapi-svc", "upstream") == (4,)
            and target(state, "fastapi-svc")["measured"]["busy"] >= 4
        ),
        "200 answers of each",
    )

    reads = "db-read + orm-read + db-write"
    assert target(state, "flask-svc")["route"] == reads
    assert target(state, "fastapi-svc")["route"] == f"async-io + {reads}"
    mixed = target(state, "fastapi-svc")
    assert mixed["predicted"] == {"throughput_rps": None, "response_s": None}
    assert {"client pool", "upstream", "database pool", "database"} <= set(
        stations(state, "fastapi-svc")
    )
    # Two pools in the worker: that of the async driver and that of SQLAlchemy.
    assert stations(state, "fastapi-svc")["database pool"]["slots"] == 2 * POOL
    lab.stop()
    counted = lab.rows()
    for name in ("flask-svc", "fastapi-svc"):
        found = {row: counted[f"{name} {row}"] for row in READ_AND_ORDERED}
        assert all(failed == 0 for _, failed in found.values()), found
        reads_of, orders = found["GET /db-read"][0] + found["GET /orm-read"][0], found[ORDER][0]
        assert orders > 0
        assert reads_of > 4 * orders


ORDER = "POST /db-write"
READ_AND_ORDERED = ("GET /db-read", "GET /orm-read", ORDER)


def test_a_database_that_is_frozen_is_a_doubt_and_its_count_is_not_known(
    lab: Lab, database: Database
) -> None:
    """Not 0: what it does is not known, before and after it goes on."""
    lab.begin(user_count=6, route="async-db-wait", user_classes=["FastapiSvc"])
    lab.when(lambda state: target(state, "fastapi-svc")["limit"]["kind"] == "pool", "a full pool")
    database.signal(signal.SIGSTOP)
    try:
        state = lab.when(
            lambda state: (
                target(state, "fastapi-svc")["limit"]["kind"] == "database-silent"
                and busy(state, "fastapi-svc", "database") == (None,)
                and target(state, "fastapi-svc")["measured"]["busy"] is None
            ),
            "a silent database",
        )
    finally:
        database.signal(signal.SIGCONT)

    assert state["database"]["silent_s"] > 2
    assert re.fullmatch(
        r"the database has been silent for \d+ s: frozen or gone, so queries wait or fail",
        target(state, "fastapi-svc")["limit"]["sentence"],
    )
    lab.when(lambda state: target(state, "fastapi-svc")["limit"]["kind"] == "pool", "a full pool")


def offered(page: httpx.Client) -> tuple[set[str], set[str]]:
    """The routes and the classes in the page's form."""
    told = re.search(r"window.templateArgs = (\{.*\})", page.get("/").text)
    assert told is not None
    shown = json.loads(told[1])
    return set(shown["extra_options"]["route"]["choices"]), set(shown["available_user_classes"])


def test_routes_and_users_of_the_database_are_offered_where_it_is(
    lab: Lab, services: Services, start_lab: Any, tmp_path: Any
) -> None:
    """A lab without one offers neither, and says so to whoever asks for them."""
    routes = {"db-wait", "async-db-wait", "blocking-db-wait", "db-read", "orm-read"}
    users = {"FlaskSvcDatabase", "FastapiSvcDatabase"}
    here = offered(lab.page)
    with start_lab(services.ports, tmp_path, workers=0) as other:
        there = offered(other.page)
        assert other.state()["database"] is None

    assert here[0] - there[0] == routes
    assert here[1] - there[1] == users
    assert "natural" in there[0]
    assert "FlaskSvcSockets" in there[1]
    ended = run_headless(services.ports, "-u", "2", "-t", "1s", "--route", "db-wait")
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (
        2,
        "locust: route='db-wait': this lab has no database: `make up PROFILE=database` starts one.",
    )
