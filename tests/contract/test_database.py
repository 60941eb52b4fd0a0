"""The routes of the database on both services, over a real PostgreSQL, healthy and in trouble."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest
from running_database import Database, running_database

from lab import burst

WAITS = ("/db-wait", "/async-db-wait", "/blocking-db-wait", "/db-dependency")
READS = ("/db-read", "/orm-read")
GETS = (*WAITS, *READS)
# Threads where the worker class would have one slot, so that several requests reach the pool.
THREADS = {"FLASK_WORKER_CLASS": "gthread", "FLASK_THREADS": "8", "FLASK_CONNECTIONS": "8"}
DRIVERS = [
    pytest.param({}, id="pool"),
    pytest.param({"DB_LIFETIME": "request"}, id="request"),
    pytest.param({"FASTAPI_DB_DRIVER": "psycopg"}, id="psycopg"),
    pytest.param({"FASTAPI_DB_DRIVER": "psycopg", "DB_LIFETIME": "request"}, id="psycopg-request"),
]
SHORT = {"DB_POOL_TIMEOUT_S": "0.5", "DB_STATEMENT_TIMEOUT_S": "0.5"}

StartOdd = Callable[..., httpx.Client]


@pytest.fixture
def dial(upstream, database) -> Callable[..., None]:
    """A function that turns the upstream's dial, and with it the database's."""

    def turn(**behaviour: Any) -> None:
        upstream.put("/behaviour", json=behaviour)
        assert behaviour.items() <= database.page.get("/dial").json().items()

    turn(delay_ms=100)
    return turn


@pytest.fixture
def own_database(upstream, tmp_path) -> Iterator[Callable[..., Database]]:
    """A function that starts a database which the test may harm."""
    with ExitStack() as stack:

        def start_own(**settings: Any) -> Database:
            logs = len(list(tmp_path.glob("postgres-*.log")))
            log = tmp_path / f"postgres-{logs}.log"
            url = str(upstream.base_url).rstrip("/")
            return stack.enter_context(running_database(log, url, **settings))

        yield start_own


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and word of an answer, which has the common body."""
    body = answer.json()
    assert set(body) == {"error", "detail"}, body
    assert answer.headers["X-Worker-Pid"].isdigit()
    return answer.status_code, body["error"]


@pytest.mark.parametrize("settings", DRIVERS)
@pytest.mark.parametrize("path", WAITS)
def test_a_wait_takes_what_the_dial_says(odd_twin: StartOdd, database, dial, settings, path):
    """The database waits, and answers how long."""
    twin = odd_twin(DATABASE_URL=database.url, **settings)
    dial(delay_ms=150)

    answer = twin.get(path)
    assert (answer.status_code, answer.json()) == (200, {"delay_ms": 150.0})
    assert float(answer.headers["Server-Timing"].partition("dur=")[2].partition(",")[0]) >= 150


@pytest.mark.parametrize("settings", DRIVERS)
@pytest.mark.parametrize("path", READS)
def test_a_row_is_the_same_from_everybody(odd_twin: StartOdd, database, settings, path):
    """By SQL or as an object, by any driver."""
    twin = odd_twin(DATABASE_URL=database.url, **settings)

    answer = twin.get(path, params={"id": 70_123})
    item = {"id": 70_123, "name": "item 70123", "price_cents": 923, "stock": 23}
    assert (answer.status_code, answer.json()) == (200, item)
    assert twin.get(path).json()["id"] == 1


@pytest.mark.parametrize("settings", DRIVERS)
def test_an_order_is_written_once(odd_twin: StartOdd, database, settings):
    """201 with the id of the row."""
    twin = odd_twin(DATABASE_URL=database.url, **settings)
    answer = twin.post("/db-write", params={"id": 5, "amount": 3})

    assert answer.status_code == 201
    id = answer.json()["id"]
    assert database.ask(f"SELECT item_id, amount FROM lab.orders WHERE id = {id}") == [(5, 3)]
    assert twin.post("/db-write").json()["id"] == id + 1


@pytest.mark.parametrize(
    ("method", "path", "name", "value"),
    [
        ("GET", "/db-read", "id", "0"),
        ("GET", "/db-read", "id", "100001"),
        ("GET", "/orm-read", "id", "x"),
        ("POST", "/db-write", "id", "-1"),
        ("POST", "/db-write", "amount", "0"),
        ("POST", "/db-write", "amount", "1001"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(twin, method, path, name, value):
    """Before anything is asked: these services have no database."""
    answer = twin.request(method, path, params={name: value})

    assert answer.status_code == 400
    assert [field["field"] for field in answer.json()["fields"]] == [name]


def test_a_client_is_called_after_its_target(odd_twin: StartOdd, database):
    """So that the database counts each target apart."""
    twin = odd_twin(DATABASE_URL=database.url)
    twin.get("/db-read")

    assert twin.get("/server").json()["target"] in database.clients()


def test_the_password_stays_with_the_service(odd_twin: StartOdd, database):
    """The page of its settings shows the address without it."""
    settings = odd_twin(DATABASE_URL=database.url).get("/server").json()["settings"]

    assert settings["database_url"] == database.url.replace(":lab@", ":***@")


@pytest.mark.parametrize(
    ("path", "settings", "flask", "fastapi"),
    [
        ("/db-wait", {"DB_POOL": "3"}, 3, 3),
        ("/db-wait", {"DB_POOL": "20"}, 8, 12),  # 8 threads, and fewer requests than tokens
        ("/db-wait", {"DB_POOL": "20", "FASTAPI_THREADS": "5"}, 8, 5),
        ("/async-db-wait", {"DB_POOL": "3"}, 8, 3),  # Flask's view has a connection of its own
        ("/async-db-wait", {"DB_POOL": "3", "FASTAPI_DB_DRIVER": "psycopg"}, 8, 3),
        ("/async-db-wait", {"DB_POOL": "3", "DB_LIFETIME": "request"}, 8, 12),
        ("/blocking-db-wait", {"DB_POOL": "3"}, 3, 1),  # the trap: one per event loop
    ],
)
def test_the_smaller_of_pool_and_threads_is_the_slots(
    odd_twin: StartOdd, database, dial, eventually, path, settings, flask, fastapi
):
    """12 requests at once: so many of them are busy in the database at a time, and never more."""
    twin = odd_twin(DATABASE_URL=database.url, **THREADS, **settings)
    told = twin.get("/server").json()
    slots = flask if told["framework"]["name"] == "flask" else fastapi
    twin.get(path)  # opens the pool
    dial(delay_ms=1000)
    name = told["target"]
    most = 0

    def busy() -> int:
        nonlocal most
        most = max(most, database.clients().get(name, {}).get("busy", 0))
        return most

    with ThreadPoolExecutor(1) as aside:
        url = f"{str(twin.base_url).rstrip('/')}{path}"
        sending = aside.submit(
            asyncio.run, burst.send(url, 12, target=name, route=path[1:], timeout_s=60)
        )
        eventually(lambda: busy() >= slots, "so many busy connections")
        while not sending.done():
            busy()
        samples = sending.result()

    assert most == slots
    assert [each.error for each in samples if each.error] == []
    stated = told["slots"][path[1:]]
    assert slots == (12 if stated is None else min(12, stated))


@pytest.mark.parametrize("path", [*READS, "/db-write"])
def test_a_query_takes_a_connection_of_the_pool(odd_twin: StartOdd, database, eventually, path):
    """Eight wait for a lock: three of them in the database, five for a connection, in vain."""
    twin = odd_twin(DATABASE_URL=database.url, **THREADS, DB_POOL="3", DB_POOL_TIMEOUT_S="2")
    ask = twin.post if path == "/db-write" else twin.get

    with ThreadPoolExecutor(8) as users, psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE lab.items")
        asked = [users.submit(ask, path) for _ in range(8)]
        eventually(lambda: sum(each.done() for each in asked) == 5, "five without a connection")
        other.rollback()
        answers = [each.result() for each in asked]

    refused = [problem(each) for each in answers if each.is_error]
    assert refused == [(503, "database_busy")] * 5


@pytest.mark.parametrize("path", ["/db-wait", "/async-db-wait"])
@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_who_gets_no_connection_in_time_is_told(odd_twin: StartOdd, database, dial, path, driver):
    """503, and the sentence says how long was waited for which pool; health needs none."""
    settings = {"DB_POOL": "1", "DB_POOL_TIMEOUT_S": "0.5", "FASTAPI_DB_DRIVER": driver}
    twin = odd_twin(DATABASE_URL=database.url, **THREADS, **settings)
    dial(delay_ms=3000)

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(twin.get, [path, path]))
        assert twin.get("/healthz").status_code == 200
    if path == "/async-db-wait" and twin.get("/server").json()["framework"]["name"] == "flask":
        assert [each.status_code for each in answers] == [200, 200]  # no pool to wait for
        return
    [refused] = [each for each in answers if each.status_code != 200]
    assert problem(refused) == (503, "database_busy")
    assert "none of the 1 connections" in refused.json()["detail"]
    assert "0.5 s" in refused.json()["detail"]


def test_a_connection_lent_to_the_whole_request_is_held_while_it_streams_or_not(
    odd_twin: StartOdd, database, eventually
):
    """FastAPI ends a dependency after the last line, Flask a request before the first."""
    twin = odd_twin(DATABASE_URL=database.url, DB_POOL="1", DB_POOL_TIMEOUT_S="0.5", **THREADS)
    is_fastapi = twin.get("/server").json()["framework"]["name"] == "fastapi"
    lines = []
    with twin.stream("GET", "/db-stream", params={"n": 3, "every_ms": 3000}) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if not lines:  # the second comes three seconds later
                second = twin.get("/db-wait")
            lines.append(line)

    assert lines == ["item 1", "item 2", "item 3"]
    assert second.status_code == (503 if is_fastapi else 200)
    eventually(lambda: twin.get("/db-wait").status_code == 200, "the connection is back")


def test_a_dependency_waits_in_a_circle_where_a_view_does_not(odd_twin: StartOdd, database, dial):
    """All threads wait for the connection, and to give it back takes a thread: until a time-out.

    The same 12 requests with a `with` inside of the view are all answered.
    """
    settings = {"FASTAPI_THREADS": "4", "DB_POOL": "1", "DB_POOL_TIMEOUT_S": "5"}
    twin = odd_twin(DATABASE_URL=database.url, **THREADS, **settings)
    is_fastapi = twin.get("/server").json()["framework"]["name"] == "fastapi"
    twin.get("/db-wait")
    dial(delay_ms=50)
    statuses = {}
    for path in ("/db-wait", "/db-dependency"):
        url = f"{str(twin.base_url).rstrip('/')}{path}"
        samples = asyncio.run(burst.send(url, 12, target="", route=path[1:], timeout_s=60))
        statuses[path] = {each.status for each in samples}

    assert statuses["/db-wait"] == {200}
    assert statuses["/db-dependency"] == ({200, 503} if is_fastapi else {200})


@pytest.mark.parametrize("path", GETS)
def test_without_an_address_there_is_no_database(twin, path):
    """503, at once."""
    assert problem(twin.get(path)) == (503, "database_unreachable")
    assert problem(twin.post("/db-write")) == (503, "database_unreachable")


@pytest.mark.parametrize("settings", DRIVERS)
@pytest.mark.parametrize("path", GETS)
def test_a_database_that_refuses_is_unreachable(odd_twin: StartOdd, closed_port, settings, path):
    """503 within the time that a request may wait for a connection."""
    url = f"postgresql://lab:lab@127.0.0.1:{closed_port}/lab"
    twin = odd_twin(DATABASE_URL=url, **SHORT, **settings)

    assert problem(twin.get(path)) == (503, "database_unreachable")


@pytest.mark.parametrize("settings", DRIVERS)
@pytest.mark.parametrize("path", WAITS)
def test_a_statement_that_takes_too_long_is_ended(
    odd_twin: StartOdd, database, dial, settings, path
):
    """504 after DB_STATEMENT_TIMEOUT_S, by the database itself; the connection serves again."""
    twin = odd_twin(DATABASE_URL=database.url, DB_STATEMENT_TIMEOUT_S="0.5", **settings)
    dial(delay_ms=20_000)

    refused = twin.get(path)
    assert problem(refused) == (504, "database_timeout")
    assert "0.5 s" in refused.json()["detail"]
    dial(delay_ms=100)
    assert twin.get(path).status_code == 200


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_frozen_database_keeps_nobody_for_ever(odd_twin: StartOdd, own_database, driver):
    """Each request is answered 503 or 504, and once it goes on, all is well again."""
    database = own_database()
    twin = odd_twin(DATABASE_URL=database.url, FASTAPI_DB_DRIVER=driver, **SHORT)
    for path in GETS:
        assert twin.get(path).status_code == 200
    database.signal(signal.SIGSTOP)
    try:
        for path in GETS:
            status, word = problem(twin.get(path))
            assert (status, word) in {
                (503, "database_unreachable"),
                (503, "database_busy"),
                (504, "database_timeout"),
            }
        assert twin.get("/healthz").status_code == 200
    finally:
        database.signal(signal.SIGCONT)

    assert [twin.get(path).status_code for path in GETS] == [200] * len(GETS)


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_restart_between_two_requests_is_not_seen(odd_twin: StartOdd, own_database, driver):
    """The pools are full of connections that the server has closed; no request gets one."""
    database = own_database()
    twin = odd_twin(DATABASE_URL=database.url, FASTAPI_DB_DRIVER=driver, **SHORT)
    assert [twin.get(path).status_code for path in GETS] == [200] * len(GETS)

    database.kill()
    own_database(like=database)

    assert [twin.get(path).status_code for path in GETS] == [200] * len(GETS)
    assert twin.post("/db-write").status_code == 201


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_database_that_is_away_for_a_while_is_survived(
    odd_twin: StartOdd, own_database, eventually, driver
):
    """While it is away 503; then all is well again on every route."""
    database = own_database()
    twin = odd_twin(DATABASE_URL=database.url, FASTAPI_DB_DRIVER=driver, **SHORT)
    assert [twin.get(path).status_code for path in GETS] == [200] * len(GETS)

    database.kill()
    assert {problem(twin.get(path)) for path in GETS} == {(503, "database_unreachable")}
    own_database(like=database)

    for path in GETS:
        # psycopg's pool tries once a second, and a request waits half a second here.
        eventually(lambda: twin.get(path).status_code == 200, path)  # noqa: B023


@pytest.mark.parametrize("settings", DRIVERS)
def test_a_database_without_a_free_connection_refuses(
    odd_twin: StartOdd, own_database, eventually, settings
):
    """503 on every route, in time; and all is well when there is one."""
    database = own_database(DB_MAX_CONNECTIONS="2")
    twin = odd_twin(DATABASE_URL=database.url, DB_POOL="1", **SHORT, **settings)
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(psycopg.connect(database.url, application_name="others"))
        for path in GETS:
            assert problem(twin.get(path)) in {
                (503, "database_busy"),
                (503, "database_unreachable"),
            }, path

    # The server frees them after their clients have left, and the pool tries once a second.
    eventually(lambda: twin.get("/db-wait").status_code == 200, "a connection")


@pytest.mark.parametrize("settings", DRIVERS)
def test_a_database_that_takes_no_writes_is_read_only(odd_twin: StartOdd, own_database, settings):
    """503 for an order; rows can be read."""
    database = own_database()
    database.ask("ALTER DATABASE lab SET default_transaction_read_only = on")
    twin = odd_twin(DATABASE_URL=database.url, **settings)

    assert problem(twin.post("/db-write")) == (503, "database_read_only")
    assert [twin.get(path).status_code for path in READS] == [200, 200]


def test_an_async_view_of_gevent_fails_and_a_plain_one_waits(run_target, database, dial):
    """As /server says of it: a thread runs one event loop at a time."""
    program = run_target("flask-gevent", DATABASE_URL=database.url)
    for path in ("/db-wait", "/async-db-wait"):
        url = f"{program.url}{path}"
        samples = asyncio.run(burst.send(url, 12, target="", route=path[1:], timeout_s=60))
        statuses = {each.status for each in samples}
        broken = path[1:] in httpx.get(f"{program.url}/server").json()["broken_routes"]

        assert (500 in statuses) == broken == (path == "/async-db-wait")
        assert broken or statuses == {200}


def test_a_service_ends_with_its_pools(run_target, database, eventually):
    """On SIGTERM, with connections in every pool; none of them is left in the database."""
    for name in ("flask-svc", "fastapi-svc"):
        program = run_target(name, DATABASE_URL=database.url, TARGET=f"{name}-ending")
        with httpx.Client(base_url=program.url, timeout=30) as client:
            assert [client.get(path).status_code for path in GETS] == [200] * len(GETS)
        program.process.terminate()

        assert program.process.wait(30) == 0
        eventually(lambda: not database.connections(f"{name}-ending"), "no connection")  # noqa: B023
        assert "Traceback" not in program.output()
