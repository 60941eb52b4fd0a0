"""The lab's PostgreSQL as a program: how it starts, what it has, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import httpx
import psutil
import psycopg
import pytest
from lab_postgres import own_folder
from programs import free_port
from running_database import Database, running_database

DEADLINE_S = 60


@pytest.fixture(scope="module")
def upstream(tmp_path_factory, run_program) -> Iterator[httpx.Client]:
    """Its dial is the database's."""
    log = tmp_path_factory.mktemp("upstream") / "log"
    settings = {"UPSTREAM_DELAY_MS": "100"}
    with (
        run_program("mock_upstream", settings, log) as program,
        httpx.Client(base_url=program.url) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def database(tmp_path_factory, upstream) -> Iterator[Database]:
    """One that the tests leave as it was."""
    log = tmp_path_factory.mktemp("postgres") / "log"
    with running_database(log, str(upstream.base_url).rstrip("/")) as database:
        yield database


def run(**settings: str) -> subprocess.CompletedProcess[str]:
    """A database that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "lab_postgres"],
        env=os.environ | {"LISTEN_PORT": str(free_port()), "DATABASE_URL": ""} | settings,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LISTEN_PORT", "x", "LISTEN_PORT='x': expected a whole number from 1 to 65535"),
        ("DATABASE_PORT", "0", "DATABASE_PORT='0': expected a whole number from 1 to 65535"),
        ("DB_MAX_CONNECTIONS", "", "DB_MAX_CONNECTIONS='': expected a whole number from 1 to 5000"),
        ("DATABASE_URL", "mysql://a:secret@b/c", "DATABASE_URL: expected postgresql://"),
    ],
)
def test_a_bad_setting_ends_it_with_a_sentence(name: str, value: str, sentence: str) -> None:
    """Exit code 2, one line, and no password in it."""
    ended = run(**{name: value})

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"postgres: {sentence}")
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr


def test_a_port_in_use_ends_it_with_a_sentence(tmp_path: Path) -> None:
    """Exit code 1; the sentence names the port and its setting, and nothing is left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(DATABASE_PORT=port, DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"postgres: port {port} on 127.0.0.1 cannot be had")
    assert ended.stderr.endswith("set another DATABASE_PORT\n")
    assert ended.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_only_its_page_is_for_a_room(tmp_path: Path, upstream: httpx.Client) -> None:
    """The password of the services is known, so that the server itself stays on loopback."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "log", url, LISTEN_HOST="0.0.0.0") as database:
        page = psutil.Process(database.program.process.pid)
        [server] = page.children()

        assert addresses(page) == {"0.0.0.0"}
        assert addresses(server) == {"127.0.0.1"}


def addresses(process: psutil.Process) -> set[str]:
    """The addresses at which a process listens."""
    found = process.net_connections()
    return {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN}


def test_a_folder_that_cannot_be_had_ends_it_with_a_sentence() -> None:
    """Exit code 1."""
    ended = run(DATA_DIR="/proc/nowhere", DATABASE_PORT=str(free_port()))

    assert ended.returncode == 1
    assert "/proc/nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_begins_with_a_hundred_thousand_items(database: Database) -> None:
    """And no orders."""
    assert database.ask("SELECT count(*), min(id), max(id) FROM lab.items") == [
        (100_000, 1, 100_000)
    ]
    assert database.ask("SELECT count(*) FROM lab.orders") == [(0,)]


def test_a_row_is_read_by_its_index(database: Database) -> None:
    """Not by reading the table, whatever the planner thinks of its size."""
    plan = database.ask("EXPLAIN SELECT * FROM lab.items WHERE id = 5")

    assert "Index Scan using items_pkey" in plan[0][0]


def test_nothing_is_compiled_and_nothing_waits_for_a_disk(database: Database) -> None:
    """Both would be in some answers of a measurement and not in others."""
    assert database.ask("SHOW jit") == [("off",)]
    assert database.ask("SHOW fsync") == [("off",)]


def test_the_role_of_the_services_can_do_nothing_outside_of_its_database(
    database: Database,
) -> None:
    """Its password is known: it is no admin, makes nobody, and runs no programs."""
    [rights] = database.ask(
        "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert rights == (False, False, False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.ask("COPY (SELECT 1) TO PROGRAM 'true'")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(database.url.replace("lab:lab@", "postgres:lab@"))
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(database.url.replace("lab:lab@", "lab:other@"))


def test_it_copies_the_dial(database: Database, upstream: httpx.Client, eventually) -> None:
    """By itself, in a moment; `/dial` copies it now."""
    upstream.put("/behaviour", json={"delay_ms": 70})
    assert database.page.get("/dial").json()["delay_ms"] == 70
    assert database.ask("SELECT lab.wait()") == [(70.0,)]

    upstream.put("/behaviour", json={"delay_ms": 30})
    eventually(lambda: database.ask("SELECT lab.wait()") == [(30.0,)], "the new delay")
    upstream.delete("/behaviour")


@pytest.mark.parametrize(
    ("behaviour", "least", "most", "expected"),
    [
        ({"delay_ms": 1000, "distribution": "fixed"}, 1000, 1000, 1000),
        ({"delay_ms": 1000, "distribution": "uniform", "spread_ms": 400}, 600, 1400, 1000),
        # exp(0.5 ** 2 / 2) = 1.133 times the median
        ({"delay_ms": 1000, "distribution": "lognormal", "sigma": 0.5}, 0, 100_000, 1133),
    ],
    ids=["fixed", "uniform", "lognormal"],
)
def test_its_waits_have_the_distribution_of_the_dial(
    database: Database, upstream: httpx.Client, behaviour, least, most, expected
) -> None:
    """The mean of 20,000 is within five of its standard errors, 2 % at most."""
    upstream.put("/behaviour", json=behaviour)
    database.page.get("/dial")
    rows = database.ask("SELECT lab.delay_ms() FROM generate_series(1, 20000)")
    upstream.delete("/behaviour")

    delays_ms = [each for [each] in rows]
    assert least <= min(delays_ms) <= max(delays_ms) <= most
    assert mean(delays_ms) == pytest.approx(expected, rel=0.02)
    assert (len(set(delays_ms)) == 1) == (behaviour["distribution"] == "fixed")


def test_its_page_tells_what_the_connections_do(database: Database) -> None:
    """By client: those with a statement, and those that hold a transaction without one."""
    with (
        psycopg.connect(database.url, application_name="idle", autocommit=True),
        psycopg.connect(database.url, application_name="holds") as holds,
    ):
        holds.execute("SELECT 1")
        clients = database.clients()

    nothing = {"busy": 0, "idle_in_transaction": 0}
    assert clients["idle"] == {"connections": 1, **nothing}
    assert clients["holds"] == {"connections": 1, "busy": 0, "idle_in_transaction": 1}
    assert database.page.get("/activity").json()["max_connections"] == 450
    missing = database.page.get("/nowhere")
    assert (missing.status_code, missing.json()["error"]) == (404, "not_found")


def test_so_many_connections_can_be_had_and_no_more(tmp_path, upstream) -> None:
    """Its own and the admin's are beside them."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "log", url, DB_MAX_CONNECTIONS="3") as database:
        held = [psycopg.connect(database.url) for _ in range(3)]
        with pytest.raises(psycopg.OperationalError, match="connection slots"):
            psycopg.connect(database.url)
        assert sum(each["connections"] for each in database.clients().values()) == 3
        for each in held:
            each.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_with_clients_connected(tmp_path, upstream, number) -> None:
    """A pool never disconnects by itself; processes and data are gone."""
    folder = tmp_path / "data"
    folder.mkdir()
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "log", url, DATA_DIR=str(folder)) as database:
        below = psutil.Process(database.program.process.pid).children(recursive=True)
        where = below[0].cwd()
        with psycopg.connect(database.url):
            database.program.process.send_signal(number)
            assert database.program.process.wait(DEADLINE_S) == 0
        assert len(below) > 1
        assert not [each for each in below if each.is_running()]
        assert not Path(where).exists()
        assert list(folder.iterdir()) == []


def test_the_folder_of_one_that_was_killed_is_removed_by_the_next(tmp_path, upstream) -> None:
    """And not that of one that lives."""
    url = str(upstream.base_url).rstrip("/")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # or root's server would take another one, which tests share
        own = {"DATA_DIR": folder}
        with running_database(tmp_path / "one.log", url, **own) as killed:
            killed.kill()
            [left] = Path(folder).iterdir()
            with running_database(tmp_path / "two.log", url, **own) as first:
                assert not left.exists()
                with running_database(tmp_path / "three.log", url, **own):
                    assert first.ask("SELECT count(*) FROM lab.items") == [(100_000,)]


@pytest.mark.room
def test_a_folder_is_left_alone_by_who_cannot_see_its_program(tmp_path) -> None:
    """In a PID namespace, as in a container, no other program has a PID."""
    another = (
        "import pathlib, sys; from lab_postgres import own_folder\n"
        "with own_folder.made(pathlib.Path(sys.argv[1])): pass"
    )
    with own_folder.made(tmp_path) as folder:
        apart = ["unshare", "--pid", "--fork", sys.executable, "-c", another, str(tmp_path)]
        subprocess.run(apart, check=True, timeout=DEADLINE_S)
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_when_its_server_does(tmp_path, upstream, number) -> None:
    """With another code than 0, so that the lab is told; the server's own may be 0."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "log", url) as database:
        [server] = psutil.Process(database.program.process.pid).children()
        server.send_signal(number)

        assert database.program.process.wait(DEADLINE_S) != 0


def test_a_server_of_the_users_gets_a_schema_and_loses_it_again(tmp_path, upstream) -> None:
    """Nothing else of it is touched."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "theirs.log", url) as theirs:
        theirs.ask("CREATE TABLE public.theirs AS SELECT 1 AS one")
        theirs.ask("DROP SCHEMA lab CASCADE")
        with running_database(tmp_path / "log", url, DATABASE_URL=theirs.url) as lab:
            assert psutil.Process(lab.program.process.pid).children() == []
            assert theirs.ask("SELECT count(*) FROM lab.items") == [(100_000,)]
            assert lab.page.get("/activity").json()["max_connections"] == 454
            lab.program.process.terminate()
            assert lab.program.process.wait(DEADLINE_S) == 0

        assert theirs.ask("SELECT to_regnamespace('lab')") == [(None,)]
        assert theirs.ask("SELECT one FROM public.theirs") == [(1,)]


def test_a_schema_is_removed_also_while_it_is_used(tmp_path, upstream) -> None:
    """A service's connection in a transaction ends; another one of the same role does not."""
    url = str(upstream.base_url).rstrip("/")
    with (
        running_database(tmp_path / "theirs.log", url) as theirs,
        running_database(tmp_path / "log", url, DATABASE_URL=theirs.url) as lab,
        psycopg.connect(theirs.url) as service,
        psycopg.connect(theirs.url) as other,
    ):
        service.execute("SELECT lab.wait()")
        other.execute("SELECT 1")
        lab.program.process.terminate()

        assert lab.program.process.wait(DEADLINE_S) == 0
        assert theirs.ask("SELECT to_regnamespace('lab')") == [(None,)]
        assert other.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            service.execute("SELECT 1")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("lab:secret@nowhere.invalid", "failed to resolve host 'nowhere.invalid'"),
        ("lab:secret@localhost:{free}", "connection failed: .*Connection refused"),
        ("lab:secret@127.0.0.1:{port}", "connection failed: .*password authentication failed"),
    ],
)
def test_a_server_of_the_users_that_refuses_is_a_sentence(
    database: Database, address: str, reason: str
) -> None:
    """With the setting, but without its password; exit code 1."""
    port = database.url.rpartition(":")[2].partition("/")[0]
    ended = run(DATABASE_URL=f"postgresql://{address}/lab".format(port=port, free=free_port()))

    assert ended.returncode == 1
    assert re.fullmatch(rf"postgres: DATABASE_URL: {reason}.*\n", ended.stderr)
    assert "secret" not in ended.stderr


def test_a_schema_is_removed_also_where_the_page_has_no_port(tmp_path, upstream) -> None:
    """It was made before the port is asked for."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "theirs.log", url) as theirs:
        taken = str(theirs.page.base_url.port)
        ended = run(DATABASE_URL=theirs.url, LISTEN_PORT=taken)

        assert ended.returncode == 1
        assert ended.stderr.startswith(f"postgres: port {taken} on 127.0.0.1 cannot be had")
        assert ended.stderr.endswith("set another POSTGRES_PORT\n")
        assert theirs.ask("SELECT to_regnamespace('lab')") == [(None,)]


def test_a_schema_of_the_users_is_not_touched(tmp_path, upstream) -> None:
    """One of the lab's name stays as it is, and the sentence says what to do."""
    url = str(upstream.base_url).rstrip("/")
    with running_database(tmp_path / "theirs.log", url) as theirs:
        theirs.ask("DROP SCHEMA lab CASCADE")
        theirs.ask("CREATE SCHEMA lab")
        theirs.ask("CREATE TABLE lab.mine AS SELECT 1 AS one")
        ended = run(DATABASE_URL=theirs.url)

        assert ended.returncode == 1
        assert 'has a schema "lab" that is not this lab\'s' in ended.stderr
        assert theirs.ask("SELECT one FROM lab.mine") == [(1,)]
